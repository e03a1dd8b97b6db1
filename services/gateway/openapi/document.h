// The OpenAPI 3.1 document of everything that the gateway answers, made from the same descriptors as its routes.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "services/gateway/transcode/route.h"

namespace allmende::gateway {

// The document as JSON; the same bytes for the same protos. `services` with comments (descriptors.h).
absl::StatusOr<std::string> OpenApiDocument(const std::vector<const ServiceDescriptor*>& services);

}  // namespace allmende::gateway
