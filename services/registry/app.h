// The registry put together: settings, store, handlers, service.
#pragma once

#include <absl/status/status.h>

#include "common/app/application.h"

namespace allmende::registry {

// Opens the store (DATA/registry.db, or the schema "registry" of the database in the settings) and serves
// allmende.registry.v1.RegistryService. Ready while the store answers.
absl::Status Bind(app::Runtime& runtime);

}  // namespace allmende::registry
