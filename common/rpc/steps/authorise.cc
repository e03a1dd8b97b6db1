#include <set>

#include "common/base/macros.h"
#include "common/identity/grants.h"
#include "common/resource/name.h"
#include "common/resource/request.h"
#include "common/rpc/steps/steps.h"

namespace allmende::rpc {
namespace {

// Every landscape that a name of the request lies in. More than one is refused later (validate), but the right is
// needed in each before the caller learns anything.
std::set<std::string> Landscapes(const CallContext& call, const Message* request,
                                 const std::vector<std::string>& names) {
  std::set<std::string> landscapes = {call.landscape};
  for (const std::string& text : names) {
    if (const auto name = resource::ParseName(text)) landscapes.insert(name->landscape);
  }
  // A landscape that is to be created is named by its id alone.
  if (request != nullptr) {
    if (std::string id = resource::StringField(*request, "landscape_id"); !id.empty()) landscapes = {std::move(id)};
  }
  return landscapes;
}

class Authorise final : public Step {
 public:
  std::string_view name() const override { return "authorise"; }

  absl::Status Handle(CallContext& call, const Incoming& /*incoming*/, const Message* request,
                      Next next) const override {
    const options::v1::MethodPolicy& policy = PolicyOf(*call.method);
    const std::vector<std::string> names =
        request == nullptr ? std::vector<std::string>() : resource::NamesOf(*request);
    for (const std::string& landscape : Landscapes(call, request, names)) {
      const identity::Target target{
          .landscape = landscape, .resources = names, .owner_from_store = policy.owner_from_store()};
      RETURN_IF_ERROR(identity::Authorise(call.principal, policy.scope(), target));
    }
    return next();
  }
};

}  // namespace

std::unique_ptr<Step> AuthoriseStep() { return std::make_unique<Authorise>(); }

}  // namespace allmende::rpc
