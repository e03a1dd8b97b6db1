// Brings a service's schema up to date as the owner of the tables: the store's own statements, then what makes tenants
// apart - a role that may touch rows but owns nothing, and row-level security on every table with a landscape. Runs
// once per set of statements; processes that start together wait for each other.
//
// Row-level security lets only leakproof operators choose an index, and the text operator @@ is none. So each table r_X
// with a column `words` gets a function m_X(query, title) that finds the rows of the session's landscape as the owner.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/base/secret.h"

namespace allmende::store::postgres {

// The role that a service's sessions run as.
std::string RoleOf(std::string_view schema);

// DATABASE_NOT_PREPARED with what an administrator must run, TEMPORARILY_UNAVAILABLE, INTERNAL_ERROR.
absl::Status MigrateSchema(const Secret<std::string>& url, const std::string& schema,
                           std::span<const std::string> statements);

// Waits until no other process prepares this schema, and keeps it so until the pointer goes.
absl::StatusOr<std::shared_ptr<void>> LockSchemaPreparation(const Secret<std::string>& url, const std::string& schema);

}  // namespace allmende::store::postgres
