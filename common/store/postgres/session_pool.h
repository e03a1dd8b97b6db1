// The sessions of one service on one database: bounded, lent one by one, preferably one that already is on the
// landscape asked for. A session that broke is thrown away and replaced at the next need, so that a restarted server is
// found again.
#pragma once

#include <absl/status/statusor.h>

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <string_view>

#include "common/store/postgres/postgres_session.h"

namespace allmende::store::postgres {

class SessionPool {
 public:
  SessionPool(SessionSettings settings, int size) : settings_(std::move(settings)), size_(size) {}

  // Lends a session until the pointer goes. DEADLINE_PASSED where none becomes free in time; TEMPORARILY_UNAVAILABLE.
  // The pool must outlive what it lends.
  absl::StatusOr<sql::SessionPtr> Lend(std::string_view landscape, Deadline deadline);

 private:
  using Owned = std::unique_ptr<PostgresSession>;

  // An idle session, or null with the right to open one. DEADLINE_PASSED.
  absl::StatusOr<Owned> Claim(std::string_view landscape, Deadline deadline);
  Owned TakeIdle(std::string_view landscape);
  // Opens a session on the place claimed. For a moment after a failure others are told the same without trying: a
  // server that is starting has better things to do than to refuse us.
  absl::StatusOr<Owned> OpenSession(Deadline deadline);
  void Return(Owned session);
  void GiveUpPlace();

  const SessionSettings settings_;
  const int size_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::list<Owned> idle_;  // used last first
  int open_ = 0;           // idle and lent
  Deadline try_again_ = Deadline::min();
};

}  // namespace allmende::store::postgres
