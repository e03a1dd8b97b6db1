#include "services/registry/app.h"

#include <system_error>
#include <utility>

#include "common/base/macros.h"
#include "common/cache/cached_store.h"
#include "common/store/postgres/postgres_engine.h"
#include "common/store/sql/sql_store.h"
#include "common/store/sqlite/sqlite_engine.h"
#include "services/registry/registry_service.h"
#include "services/registry/resources.h"

namespace allmende::registry {
namespace {

absl::StatusOr<std::unique_ptr<store::Store>> OpenStore(const app::Runtime& runtime) {
  const app::Settings& settings = runtime.settings();
  ASSIGN_OR_RETURN(auto engine, OpenEngine(settings));
  ASSIGN_OR_RETURN(auto store, store::sql::OpenSqlStore(std::move(engine), Resources(), {.clock = &runtime.clock()}));
  // Half of the memory for caches is the gateway's, which keeps finished answers.
  const std::size_t near_bytes = (static_cast<std::size_t>(settings.cache_mib) << 20U) / 2;
  return cache::WithCache(std::move(store), {.near_bytes = near_bytes, .redis_url = settings.redis});
}

}  // namespace

std::filesystem::path DatabaseFile(const std::filesystem::path& data) { return data / "registry.db"; }

absl::StatusOr<std::unique_ptr<store::sql::Engine>> OpenEngine(const app::Settings& settings) {
  if (!settings.database.Reveal().empty()) {
    return store::postgres::OpenPostgres({.url = settings.database, .schema = "registry"});
  }
  const std::filesystem::path folder(settings.data);
  std::error_code unmade;  // what is wrong with the folder, the engine will say
  std::filesystem::create_directories(folder, unmade);
  return store::sqlite::OpenSqlite({.file = folder / "registry.db"});
}

absl::Status Bind(app::Runtime& runtime) {
  ASSIGN_OR_RETURN(auto opened, OpenStore(runtime));
  store::Store& store = runtime.Own(std::move(opened));
  runtime.AddReadiness("store", [&store] { return store.Ping(); });
  Handlers& handlers = runtime.Own(std::make_unique<Handlers>(store));
  runtime.Serve(std::make_unique<RegistryService>(runtime.engine(), handlers));
  return absl::OkStatus();
}

}  // namespace allmende::registry
