// The analytics service as part of a process. What it owns: README.md.
#pragma once

#include <absl/status/status.h>

#include "common/app/application.h"

namespace allmende::analytics {

// Makes what the service needs and hands it to the runtime.
absl::Status Bind(app::Runtime& runtime);

}  // namespace allmende::analytics
