// A connection as the login role, which owns the tables: for what sessions may not do. One statement at a time.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/secret.h"
#include "common/store/postgres/connection.h"

namespace allmende::store::postgres {

class Owner {
 public:
  // The deadline holds for everything that is done with it.
  static absl::StatusOr<Owner> Connect(const Secret<std::string>& url, Deadline deadline);

  // The result, also where the server refused the statement.
  absl::StatusOr<Result> Try(const std::string& statement);
  // The first column of the first row, or empty.
  absl::StatusOr<std::string> Run(const std::string& statement);
  absl::StatusOr<bool> Succeeds(const std::string& statement);

  // Empty where it succeeded.
  static std::string_view SqlState(const Result& result);

 private:
  Owner(std::unique_ptr<Connection> connection, Deadline deadline)
      : connection_(std::move(connection)), deadline_(deadline) {}

  std::unique_ptr<Connection> connection_;
  Deadline deadline_;
};

}  // namespace allmende::store::postgres
