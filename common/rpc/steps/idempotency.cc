#include "common/resource/request.h"
#include "common/rpc/steps/steps.h"

namespace allmende::rpc {
namespace {

class Idempotency final : public Step {
 public:
  std::string_view name() const override { return "idempotency"; }

  absl::Status Handle(CallContext& call, const Incoming& /*incoming*/, const Message* request,
                      Next next) const override {
    const bool by_id = PolicyOf(*call.method).idempotency() == options::v1::BY_REQUEST_ID;
    call.request_id = by_id && request != nullptr ? resource::StringField(*request, "request_id") : std::string();
    call.fingerprint =
        call.request_id.empty() ? std::string() : resource::Fingerprint(call.method->full_name(), *request);
    return next();
  }
};

}  // namespace

std::unique_ptr<Step> IdempotencyStep() { return std::make_unique<Idempotency>(); }

}  // namespace allmende::rpc
