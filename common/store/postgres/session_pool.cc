#include "common/store/postgres/session_pool.h"

#include <algorithm>
#include <chrono>

#include "common/base/macros.h"
#include "common/status/error.h"
#include "common/store/postgres/driver_error.h"

namespace allmende::store::postgres {
namespace {

using std::chrono::steady_clock;

constexpr auto kPauseAfterFailure = std::chrono::milliseconds(50);

}  // namespace

absl::StatusOr<sql::SessionPtr> SessionPool::Lend(std::string_view landscape, Deadline deadline) {
  ASSIGN_OR_RETURN(Owned session, Claim(landscape, deadline));
  if (session != nullptr && !session->StartUse()) session.reset();  // its place is taken by a new one
  if (session == nullptr) {
    absl::StatusOr<Owned> opened = OpenSession(deadline);
    if (!opened.ok()) {
      GiveUpPlace();
      return opened.status();
    }
    session = *std::move(opened);
  }
  session->UseLandscape(landscape);
  session->SetDeadline(deadline);
  return sql::SessionPtr(session.release(),
                         [this](sql::Session* lent) { Return(Owned(static_cast<PostgresSession*>(lent))); });
}

absl::StatusOr<SessionPool::Owned> SessionPool::OpenSession(Deadline deadline) {
  {
    const std::lock_guard lock(mutex_);
    if (steady_clock::now() < try_again_) return StillUnreachable();
  }
  absl::StatusOr<Owned> opened = PostgresSession::Open(settings_, deadline);
  if (!opened.ok() && ReasonOf(opened.status()) != Reason::DEADLINE_PASSED) {
    const std::lock_guard lock(mutex_);
    try_again_ = steady_clock::now() + kPauseAfterFailure;
  }
  return opened;
}

absl::StatusOr<SessionPool::Owned> SessionPool::Claim(std::string_view landscape, Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto some_free = [this] { return !idle_.empty() || open_ < size_; };
  if (deadline == Deadline::max()) {
    freed_.wait(lock, some_free);
  } else if (!freed_.wait_until(lock, deadline, some_free)) {
    return Error(Reason::DEADLINE_PASSED);
  }
  if (!idle_.empty()) return TakeIdle(landscape);
  ++open_;
  return nullptr;
}

SessionPool::Owned SessionPool::TakeIdle(std::string_view landscape) {
  auto chosen = std::find_if(idle_.begin(), idle_.end(), [&](const Owned& s) { return s->landscape() == landscape; });
  if (chosen == idle_.end()) --chosen;  // the one unused for longest: its landscape is missed least
  Owned session = std::move(*chosen);
  idle_.erase(chosen);
  return session;
}

void SessionPool::Return(Owned session) {
  if (!session->EndUse()) return GiveUpPlace();
  {
    const std::lock_guard lock(mutex_);
    idle_.push_front(std::move(session));
  }
  freed_.notify_one();
}

void SessionPool::GiveUpPlace() {
  {
    const std::lock_guard lock(mutex_);
    --open_;
  }
  freed_.notify_one();
}

}  // namespace allmende::store::postgres
