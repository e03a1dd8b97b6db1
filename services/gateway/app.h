// The gateway in a process: HTTP on --listen, in front of the services of this process or of those that are named; and
// on
// --grpc-listen gRPC for all of them.
#pragma once

#include <absl/status/status.h>

#include "common/app/application.h"

namespace allmende::gateway {

absl::Status Bind(app::Runtime& runtime);

}  // namespace allmende::gateway
