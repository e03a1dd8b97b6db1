#include "common/base/macros.h"
#include "common/rpc/steps/steps.h"

namespace allmende::rpc {
namespace {

class Authenticate final : public Step {
 public:
  explicit Authenticate(const identity::Authenticator& authenticator) : authenticator_(authenticator) {}
  std::string_view name() const override { return "authenticate"; }

  absl::Status Handle(CallContext& call, const Incoming& incoming, const Message* /*request*/,
                      Next next) const override {
    ASSIGN_OR_RETURN(call.principal, authenticator_.Authenticate(incoming.metadata("authorization")));
    return next();
  }

 private:
  const identity::Authenticator& authenticator_;
};

}  // namespace

std::unique_ptr<Step> AuthenticateStep(const identity::Authenticator& authenticator) {
  return std::make_unique<Authenticate>(authenticator);
}

}  // namespace allmende::rpc
