#include "common/store/sqlite/sqlite_engine.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/log/log.h"
#include "common/status/error.h"
#include "common/store/sqlite/sqlite_session.h"

namespace allmende::store::sqlite {
namespace {

// Sessions that are lent and come back.
class Pool {
 public:
  void Add(std::unique_ptr<SqliteSession> session) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(session));
  }

  absl::StatusOr<sql::SessionPtr> Borrow(Deadline deadline) {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return !free_.empty(); };
    if (deadline == Deadline::max()) {
      returned_.wait(lock, ready);
    } else if (!returned_.wait_until(lock, deadline, ready)) {
      return Error(Reason::DEADLINE_PASSED);
    }
    // The one that came back last has the warmest cache.
    std::unique_ptr<SqliteSession> session = std::move(free_.back());
    free_.pop_back();
    session->SetDeadline(deadline);
    return sql::SessionPtr(session.release(),
                           [this](sql::Session* back) { Return(static_cast<SqliteSession*>(back)); });
  }

 private:
  void Return(SqliteSession* session) {
    session->Rollback();
    {
      const std::lock_guard lock(mutex_);
      free_.emplace_back(session);
    }
    returned_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<SqliteSession>> free_;
};

// Held as long as the process lives; the kernel lets go of it even after kill -9.
class LockFile {
 public:
  explicit LockFile(const std::filesystem::path& file)
      : descriptor_(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    locked_ = descriptor_ >= 0 && flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
  }
  ~LockFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  bool locked() const { return locked_; }

 private:
  int descriptor_;
  bool locked_ = false;
};

class SqliteEngine final : public sql::Engine {
 public:
  explicit SqliteEngine(std::unique_ptr<LockFile> lock) : lock_(std::move(lock)) {}

  absl::Status Open(const SqliteOptions& options) {
    ASSIGN_OR_RETURN(auto writer, SqliteSession::Open(options.file, SqliteSession::Role::kWriter));
    writers_.Add(std::move(writer));
    for (int i = 0; i < options.readers; ++i) {
      ASSIGN_OR_RETURN(auto reader, SqliteSession::Open(options.file, SqliteSession::Role::kReader));
      readers_.Add(std::move(reader));
    }
    return absl::OkStatus();
  }

  const sql::Dialect& dialect() const override { return dialect_; }
  absl::StatusOr<sql::SessionPtr> Reader(std::string_view, Deadline deadline) override {
    return readers_.Borrow(deadline);
  }
  absl::StatusOr<sql::SessionPtr> Writer(std::string_view, Deadline deadline) override {
    return writers_.Borrow(deadline);
  }
  int write_lanes() const override { return 1; }
  bool shared() const override { return false; }

  absl::Status Migrate(std::span<const std::string> statements) override {
    ASSIGN_OR_RETURN(const sql::SessionPtr session, writers_.Borrow(Deadline::max()));
    RETURN_IF_ERROR(session->Begin());
    for (const std::string& statement : statements) {
      RETURN_IF_ERROR(session->Run(statement, {}, [](const sql::Row&) {}));
    }
    return session->Commit();
  }

 private:
  sql::Dialect dialect_{.blob_type = "BLOB", .text_type = "TEXT", .table_suffix = "WITHOUT ROWID", .for_update = ""};
  std::unique_ptr<LockFile> lock_;  // let go of last
  Pool writers_;
  Pool readers_;  // closed before the writer, so that the writer is the one that checkpoints last
};

}  // namespace

absl::StatusOr<std::unique_ptr<sql::Engine>> OpenSqlite(SqliteOptions options) {
  auto lock = std::make_unique<LockFile>(options.file.string() + ".lock");
  if (!lock->locked()) {
    log::Error("the database is in use by another process, or its folder cannot be written to",
               {{"file", options.file.string()}});
    return Error(Reason::TEMPORARILY_UNAVAILABLE, {{"what", options.file.string()}});
  }
  auto engine = std::make_unique<SqliteEngine>(std::move(lock));
  RETURN_IF_ERROR(engine->Open(options));
  return engine;
}

absl::Status BackUp(const std::filesystem::path& database, const std::filesystem::path& copy) {
  ASSIGN_OR_RETURN(const auto session, SqliteSession::Open(database, SqliteSession::Role::kReader));
  // Into another file, so query_only stands in nobody's way; but SQLite takes it literally.
  RETURN_IF_ERROR(session->Execute("PRAGMA query_only=0"));
  const std::vector<sql::Param> target = {std::string_view(copy.native())};
  return session->Run("VACUUM INTO $1", target, [](const sql::Row&) {});
}

}  // namespace allmende::store::sqlite
