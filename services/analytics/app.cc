#include "services/analytics/app.h"

namespace allmende::analytics {

// The service has no resources yet: it starts, is healthy and serves no method, so that installations are complete.
absl::Status Bind(app::Runtime& /*runtime*/) { return absl::OkStatus(); }

}  // namespace allmende::analytics
