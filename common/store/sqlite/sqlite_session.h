// One SQLite connection as a Session: prepared statements are kept, deadlines interrupt, results of the driver become
// our errors.
#pragma once

#include <absl/status/status.h>
#include <sqlite3.h>

#include <filesystem>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/store/sql/session.h"

namespace allmende::store::sqlite {

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

class SqliteSession final : public sql::Session {
 public:
  enum class Role { kWriter, kReader };

  // Opens the connection. Only the writer may create the file.
  static absl::StatusOr<std::unique_ptr<SqliteSession>> Open(const std::filesystem::path& file, Role role);
  ~SqliteSession() override;

  absl::Status Run(std::string_view statement, std::span<const sql::Param> params, sql::RowSink sink) override;
  absl::Status RunAll(std::span<const sql::Bound> statements) override;
  void SetDeadline(Deadline deadline) override { deadline_ = deadline; }
  absl::Status Begin() override { return Execute("BEGIN IMMEDIATE"); }
  absl::Status Commit() override { return Execute("COMMIT"); }
  void Rollback() override;
  absl::Status BeginSnapshot() override { return Execute("BEGIN"); }

  absl::Status Execute(std::string_view statement);

 private:
  struct Prepared {
    std::string text;
    sqlite3_stmt* statement = nullptr;
  };

  SqliteSession(Database database, Role role);
  absl::StatusOr<sqlite3_stmt*> Prepare(std::string_view text);
  absl::Status Step(sqlite3_stmt* statement, sql::RowSink sink);
  // What a failed call means for the caller. Ends the process where going on could lose what was acknowledged.
  absl::Status ErrorOf(int code, std::string_view statement);

  Database database_;
  Role role_;
  Deadline deadline_ = Deadline::max();
  // The statements used last come first.
  std::list<Prepared> prepared_;
  std::unordered_map<std::string_view, std::list<Prepared>::iterator> by_text_;
};

}  // namespace allmende::store::sqlite
