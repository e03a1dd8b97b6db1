// What the store needs of a SQL engine: sessions that run statements, and the few things that the engines spell
// differently (Dialect). Statements use $1, $2 ... in order of first appearance, which both engines understand.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/clock.h"

namespace allmende::store::sql {

struct Blob {
  std::string_view bytes;
};
using Param = std::variant<std::monostate, std::int64_t, double, std::string_view, Blob>;

// One row of an answer; valid only inside the callback.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool IsNull(int column) const = 0;
  virtual std::int64_t Integer(int column) const = 0;
  virtual double Real(int column) const = 0;
  virtual std::string_view Text(int column) const = 0;
  virtual std::string_view Bytes(int column) const = 0;
};
using RowSink = absl::FunctionRef<void(const Row&)>;

// A statement with its values, for RunAll. The views must stay valid until RunAll returns.
struct Bound {
  std::string_view statement;
  std::vector<Param> params;
};

// One connection, used by one thread at a time. Statements are prepared once per session and text (bounded LRU).
// Errors: TEMPORARILY_UNAVAILABLE (connection lost, disk full, server starting), DEADLINE_PASSED, INTERNAL_ERROR (a
// statement of ours is wrong; logged with the driver's text, which never leaves the process).
class Session {
 public:
  virtual ~Session() = default;
  virtual absl::Status Run(std::string_view statement, std::span<const Param> params, RowSink sink) = 0;
  // All or the first error; answers are thrown away. In one round trip where the engine can.
  virtual absl::Status RunAll(std::span<const Bound> statements) = 0;
  // No more time than this for the statements that follow.
  virtual void SetDeadline(Deadline deadline) = 0;
  virtual absl::Status Begin() = 0;   // of a write: takes what locks the engine needs up front
  virtual absl::Status Commit() = 0;  // durable when OK. SQLite: an I/O error here ends the process.
  virtual void Rollback() = 0;
  // Until Rollback, all statements see the same state. For reads of several statements.
  virtual absl::Status BeginSnapshot() = 0;
};

// A session lent from the pool; goes back by itself. A broken session is thrown away.
using SessionPtr = std::unique_ptr<Session, std::function<void(Session*)>>;

// What the engines spell differently.
struct Dialect {
  std::string_view blob_type;     // "BLOB" / "BYTEA"
  std::string_view text_type;     // "TEXT" / "TEXT COLLATE \"C\""
  std::string_view table_suffix;  // "WITHOUT ROWID" where that helps / ""
  std::string_view for_update;    // "" / "FOR UPDATE"
  // For the text index, the one place where the engines differ in kind. PostgreSQL's row-level security lets only
  // leakproof operators choose an index: =, <, >= and the like, but not @@, LIKE or @>.
  bool is_postgres = false;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual const Dialect& dialect() const = 0;
  // A session for reads of this landscape ("" : across landscapes); waits up to the deadline for a free one.
  virtual absl::StatusOr<SessionPtr> Reader(std::string_view landscape, Deadline deadline) = 0;
  // A session for writes to this landscape. SQLite has one.
  virtual absl::StatusOr<SessionPtr> Writer(std::string_view landscape, Deadline deadline) = 0;
  // How many landscapes can commit at the same time: 1 for SQLite.
  virtual int write_lanes() const = 0;
  // Runs the schema's statements as the owner of the tables. Idempotent.
  virtual absl::Status Migrate(std::span<const std::string> statements) = 0;
  // Held by whoever prepares the tables, so that processes that start together do so one after the other. Null where no
  // other process can be.
  virtual absl::StatusOr<std::shared_ptr<void>> LockPreparation() { return std::shared_ptr<void>(); }
  // Whether other processes may commit to the same database (then revisions are polled).
  virtual bool shared() const = 0;
};

}  // namespace allmende::store::sql
