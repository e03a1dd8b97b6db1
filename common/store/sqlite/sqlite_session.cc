#include "common/store/sqlite/sqlite_session.h"

#include <cerrno>
#include <cstdlib>

#include "common/base/macros.h"
#include "common/log/log.h"
#include "common/status/error.h"

namespace allmende::store::sqlite {
namespace {

constexpr std::size_t kPreparedStatements = 200;
// About how many virtual machine instructions lie between two looks at the clock.
constexpr int kInstructionsPerLook = 4000;

class SqliteRow final : public sql::Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool IsNull(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t Integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  double Real(int column) const override { return sqlite3_column_double(statement_, column); }
  std::string_view Text(int column) const override { return Bytes(column); }
  std::string_view Bytes(int column) const override {
    const void* bytes = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    return bytes == nullptr ? std::string_view()
                            : std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }

 private:
  sqlite3_stmt* statement_;
};

int BindOne(sqlite3_stmt* statement, int index, const sql::Param& param) {
  if (const auto* integer = std::get_if<std::int64_t>(&param)) return sqlite3_bind_int64(statement, index, *integer);
  if (const auto* real = std::get_if<double>(&param)) return sqlite3_bind_double(statement, index, *real);
  // A null pointer would bind NULL.
  if (const auto* text = std::get_if<std::string_view>(&param)) {
    return sqlite3_bind_text64(statement, index, text->data() == nullptr ? "" : text->data(), text->size(),
                               SQLITE_STATIC, SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<sql::Blob>(&param)) {
    return sqlite3_bind_blob64(statement, index, blob->bytes.data() == nullptr ? "" : blob->bytes.data(),
                               blob->bytes.size(), SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, index);
}

constexpr std::string_view kWriterPragmas[] = {
    "PRAGMA journal_mode=WAL",        "PRAGMA synchronous=FULL",
    "PRAGMA wal_autocheckpoint=4000", "PRAGMA journal_size_limit=67108864",
    "PRAGMA cache_size=-24576",       "PRAGMA temp_store=MEMORY",
};
// Readers never write and never checkpoint: the defect in the reset of the WAL needs two that do. They look at the file
// where the kernel has it already, rather than copy it page by page.
constexpr std::string_view kReaderPragmas[] = {
    "PRAGMA query_only=1",         "PRAGMA wal_autocheckpoint=0", "PRAGMA cache_size=-2048",
    "PRAGMA mmap_size=1073741824", "PRAGMA temp_store=MEMORY",
};

bool IsFull(int code, int system_error) {
  const int primary = code & 0xFF;
  return primary == SQLITE_FULL || (primary == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT));
}

}  // namespace

SqliteSession::SqliteSession(Database database, Role role) : database_(std::move(database)), role_(role) {
  sqlite3_extended_result_codes(database_.get(), 1);
  if (role == Role::kReader) sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_progress_handler(
      database_.get(), kInstructionsPerLook,
      [](void* self) -> int {
        const Deadline deadline = static_cast<SqliteSession*>(self)->deadline_;
        return deadline != Deadline::max() && std::chrono::steady_clock::now() >= deadline ? 1 : 0;
      },
      this);
}

SqliteSession::~SqliteSession() {
  for (const Prepared& prepared : prepared_) sqlite3_finalize(prepared.statement);
}

absl::StatusOr<std::unique_ptr<SqliteSession>> SqliteSession::Open(const std::filesystem::path& file, Role role) {
  const int create = role == Role::kWriter ? SQLITE_OPEN_CREATE : 0;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | create, nullptr);
  Database database(raw);
  if (code != SQLITE_OK) {
    log::Error("database cannot be opened", {{"file", file.string()}, {"why", sqlite3_errstr(code)}});
    return Error(Reason::TEMPORARILY_UNAVAILABLE, {{"what", file.filename().string()}});
  }
  auto session = std::unique_ptr<SqliteSession>(new SqliteSession(std::move(database), role));
  const std::span<const std::string_view> pragmas = role == Role::kWriter
                                                        ? std::span<const std::string_view>(kWriterPragmas)
                                                        : std::span<const std::string_view>(kReaderPragmas);
  for (const std::string_view pragma : pragmas) RETURN_IF_ERROR(session->Execute(pragma));
  return session;
}

absl::Status SqliteSession::Execute(std::string_view statement) {
  return Run(statement, {}, [](const sql::Row&) {});
}

absl::Status SqliteSession::Run(std::string_view text, std::span<const sql::Param> params, sql::RowSink sink) {
  ASSIGN_OR_RETURN(sqlite3_stmt * statement, Prepare(text));
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (const int code = BindOne(statement, static_cast<int>(i + 1), params[i]); code != SQLITE_OK) {
      return ErrorOf(code, text);
    }
  }
  return Step(statement, sink);
}

absl::Status SqliteSession::RunAll(std::span<const sql::Bound> statements) {
  for (const sql::Bound& bound : statements) {
    RETURN_IF_ERROR(Run(bound.statement, bound.params, [](const sql::Row&) {}));
  }
  return absl::OkStatus();
}

void SqliteSession::Rollback() {
  // After some errors SQLite has rolled back by itself.
  if (sqlite3_get_autocommit(database_.get()) != 0) return;
  SetDeadline(Deadline::max());
  if (const absl::Status status = Execute("ROLLBACK"); !status.ok()) log::Error("rollback failed");
}

absl::Status SqliteSession::Step(sqlite3_stmt* statement, sql::RowSink sink) {
  const SqliteRow row(statement);
  int code = sqlite3_step(statement);
  for (; code == SQLITE_ROW; code = sqlite3_step(statement)) sink(row);
  const absl::Status status = code == SQLITE_DONE ? absl::OkStatus() : ErrorOf(code, sqlite3_sql(statement));
  sqlite3_reset(statement);
  return status;
}

absl::StatusOr<sqlite3_stmt*> SqliteSession::Prepare(std::string_view text) {
  if (const auto found = by_text_.find(text); found != by_text_.end()) {
    prepared_.splice(prepared_.begin(), prepared_, found->second);
    return found->second->statement;
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), text.data(), static_cast<int>(text.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return ErrorOf(code, text);
  prepared_.push_front({std::string(text), statement});
  by_text_.emplace(prepared_.front().text, prepared_.begin());
  if (prepared_.size() > kPreparedStatements) {
    by_text_.erase(prepared_.back().text);
    sqlite3_finalize(prepared_.back().statement);
    prepared_.pop_back();
  }
  return statement;
}

absl::Status SqliteSession::ErrorOf(int code, std::string_view statement) {
  const int system_error = sqlite3_system_errno(database_.get());
  const int primary = code & 0xFF;
  if (primary == SQLITE_INTERRUPT) return Error(Reason::DEADLINE_PASSED);
  if (IsFull(code, system_error)) {
    log::Error("the disk is full; writes are refused until there is room again");
    return ErrorWithRetry(Reason::TEMPORARILY_UNAVAILABLE, 5, Both("what", "Der Speicher", "The store"));
  }
  log::Error(
      "SQLite refused a statement",
      {{"code", code}, {"why", sqlite3_errmsg(database_.get())}, {"errno", system_error}, {"statement", statement}});
  const bool broken = primary == SQLITE_IOERR || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
  if (broken && role_ == Role::kWriter) {
    log::Error("the state of the database is not known any more; the process ends rather than guess");
    std::abort();
  }
  if (broken || primary == SQLITE_BUSY || primary == SQLITE_CANTOPEN || primary == SQLITE_NOMEM) {
    return ErrorWithRetry(Reason::TEMPORARILY_UNAVAILABLE, 1, Both("what", "Der Speicher", "The store"));
  }
  return Error(Reason::INTERNAL_ERROR);
}

}  // namespace allmende::store::sqlite
