// A connection to PostgreSQL in pipeline mode that never waits beyond a deadline: statements are queued, travel
// together at Sync(), and their results are taken one by one in the order queued. Used by one thread at a time.
#pragma once

#include <absl/status/statusor.h>
#include <libpq-fe.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/secret.h"
#include "common/store/sql/session.h"

namespace allmende::store::postgres {

struct ResultClearer {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ResultClearer>;

// The values of one statement in the form the driver wants: numbers and text as text, bytes as they are.
class DriverParams {
 public:
  // INTERNAL_ERROR for a text with a zero byte, which PostgreSQL cannot keep. The views must outlive this object's use.
  absl::Status Encode(std::span<const sql::Param> params);

  int size() const { return static_cast<int>(values_.size()); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  std::string texts_;  // every number and text, each ended by a zero
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

class Connection {
 public:
  // TEMPORARILY_UNAVAILABLE, at the latest after five seconds; DEADLINE_PASSED.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Secret<std::string>& url, Deadline deadline);

  // Queue. A failure (connection lost) shows when results are taken.
  void Prepare(const std::string& name, const std::string& statement);
  void ExecutePrepared(const std::string& name, const DriverParams& params);
  void Execute(const std::string& statement);
  void Sync();
  // Sends what can be sent without waiting; Next sends the rest.
  void Flush() { lost_ |= PQflush(connection_.get()) < 0; }

  // The result of the next thing queued; of a statement only when it is complete. A refusal by the server is a result
  // (PGRES_FATAL_ERROR), not an error. After an error the connection is lost.
  absl::StatusOr<Result> Next(Deadline deadline);

  bool lost() const { return lost_; }
  // For an idle connection: whether the server is still there, as far as can be told without asking it.
  bool Alive();

 private:
  struct Closer {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  explicit Connection(PGconn* connection) : connection_(connection) {}

  absl::Status Connect(Deadline deadline);
  absl::Status WaitForResult(Deadline deadline);
  absl::StatusOr<Result> Take(Deadline deadline);
  absl::Status Lose(absl::Status status);

  std::unique_ptr<PGconn, Closer> connection_;
  bool lost_ = false;
};

// Waits until the socket can do what `events` (POLLIN, POLLOUT) ask for; false when the deadline passes first.
bool AwaitSocket(int socket, short events, Deadline deadline);

}  // namespace allmende::store::postgres
