// The store on a SQL engine. One implementation for SQLite and PostgreSQL; the schema is made from the declarations.
#pragma once

#include <memory>
#include <vector>

#include "common/store/sql/session.h"
#include "common/store/store.h"

namespace allmende::store::sql {

struct SqlStoreOptions {
  const Clock* clock = &SystemClock();
  // The most transactions that share one commit.
  int group_commit_limit = 256;
  // How often a shared database is asked for new revisions.
  std::chrono::milliseconds poll_interval{100};
};

// Migrates the schema and starts the commit lanes. `types` are all resources of the service.
absl::StatusOr<std::unique_ptr<Store>> OpenSqlStore(std::unique_ptr<Engine> engine,
                                                    std::vector<const ResourceType*> types, SqlStoreOptions options);

}  // namespace allmende::store::sql
