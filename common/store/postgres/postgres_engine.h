// PostgreSQL 15: many tenants, many machines. A service has a schema of its own; its sessions run as a role that owns
// nothing and see, by row-level security, only the landscape they were lent for. Sessions are pooled and stay on one
// landscape where possible; writes of a batch go in one pipeline. A lost connection is UNAVAILABLE and recovers by
// itself.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "common/base/secret.h"
#include "common/store/sql/session.h"

namespace allmende::store::postgres {

struct PostgresOptions {
  Secret<std::string> url;  // postgresql://...
  std::string schema;       // "registry"
  int sessions = 16;        // at most, readers and writers together
  int write_lanes = 4;
};

absl::StatusOr<std::unique_ptr<sql::Engine>> OpenPostgres(PostgresOptions options);

}  // namespace allmende::store::postgres
