#include "services/registry/handlers/sites.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/identity/grants.h"
#include "common/resource/name.h"
#include "services/registry/resources.h"

namespace allmende::registry {

using options::v1::REGISTRY_EDIT;

absl::StatusOr<v1::Site> SiteHandlers::UpdateSite(CallContext& call, const v1::UpdateSiteRequest& request) {
  // Most callers may edit the whole landscape; for them there is nothing to look up.
  if (!identity::Authorise(call.principal, REGISTRY_EDIT, {.landscape = call.landscape, .resources = {}}).ok()) {
    RETURN_IF_ERROR(CheckOwner(call, request.site().name()));
  }
  v1::Site reply;
  RETURN_IF_ERROR(standard_.Update(call, request, reply));
  return reply;
}

// A site never changes its actor, so what is found here still holds at the update.
absl::Status SiteHandlers::CheckOwner(CallContext& call, const std::string& name) {
  const std::optional<resource::Name> parsed = resource::ParseName(name);
  if (!parsed || parsed->collection != kSites.collection) return Error(Reason::NOT_FOUND, {{"name", name}});
  const std::array<std::string, 1> ids = {parsed->id};
  ASSIGN_OR_RETURN(const std::vector<std::optional<store::Record>> records, store_.Read(call, kSites, ids, {}));
  if (!records.front()) return Error(Reason::NOT_FOUND, {{"name", name}});
  v1::Site site;
  if (!site.ParseFromString(records.front()->bytes)) return Error(Reason::INTERNAL_ERROR);
  const std::array<std::string, 1> owner = {site.actor()};
  return identity::Authorise(call.principal, REGISTRY_EDIT, {.landscape = call.landscape, .resources = owner});
}

}  // namespace allmende::registry
