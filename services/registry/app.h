// The registry put together: settings, store, handlers, service.
#pragma once

#include <absl/status/statusor.h>

#include <filesystem>
#include <memory>

#include "common/app/application.h"
#include "common/store/sql/session.h"

namespace allmende::registry {

// Opens the store (DATA/registry.db, or the schema "registry" of the database in the settings) and serves
// allmende.registry.v1.RegistryService. Ready while the store answers.
absl::Status Bind(app::Runtime& runtime);

// The engine that Bind opens its store on. For commands that work on the data itself.
absl::StatusOr<std::unique_ptr<store::sql::Engine>> OpenEngine(const app::Settings& settings);
// Where the embedded database lies.
std::filesystem::path DatabaseFile(const std::filesystem::path& data);

}  // namespace allmende::registry
