// SQLite: the embedded default. One connection writes and checkpoints, a pool reads (the WAL-reset defect of 3.40.1
// needs two that write or checkpoint); synchronous=FULL; a lock file keeps a second process out. After an I/O error the
// process ends rather than guess; a full disk is refused and recovered from.
#pragma once

#include <absl/status/statusor.h>

#include <filesystem>
#include <memory>

#include "common/store/sql/session.h"

namespace allmende::store::sqlite {

struct SqliteOptions {
  std::filesystem::path file;  // its folder must exist
  int readers = 4;
};

absl::StatusOr<std::unique_ptr<sql::Engine>> OpenSqlite(SqliteOptions options);

// A consistent copy of a live database, made online (VACUUM INTO).
absl::Status BackUp(const std::filesystem::path& database, const std::filesystem::path& copy);

}  // namespace allmende::store::sqlite
