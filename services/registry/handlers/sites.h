// A site belongs to its actor: whoever may edit only its own actors may edit their sites and no others.
#pragma once

#include <absl/status/statusor.h>

#include "allmende/registry/v1/registry_service.pb.h"
#include "common/call/call_context.h"
#include "common/standard/standard_methods.h"
#include "common/store/store.h"

namespace allmende::registry {

class SiteHandlers {
 public:
  SiteHandlers(store::Store& store, standard::StandardMethods& standard) : store_(store), standard_(standard) {}

  // The standard method, once the caller is known to have the right to the site's actor. NOT_FOUND, NOT_ALLOWED.
  absl::StatusOr<v1::Site> UpdateSite(CallContext& call, const v1::UpdateSiteRequest& request);

 private:
  absl::Status CheckOwner(CallContext& call, const std::string& name);

  store::Store& store_;
  standard::StandardMethods& standard_;
};

}  // namespace allmende::registry
