#include "common/rpc/deadline_watch.h"

namespace allmende::rpc {

DeadlineWatch::DeadlineWatch() : thread_([this] { Watch(); }) {}

DeadlineWatch::~DeadlineWatch() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

DeadlineWatch::Token DeadlineWatch::Add(Deadline when, absl::AnyInvocable<void()> action) {
  const std::scoped_lock lock(mutex_);
  const auto [entry, is_new] = waiting_.try_emplace(Token{when, next_++}, std::move(action));
  if (when < wakes_at_) changed_.notify_all();
  return entry->first;
}

void DeadlineWatch::Remove(const Token& token) {
  absl::AnyInvocable<void()> removed;  // destroyed after the lock: it may own the last reference to a call
  const std::scoped_lock lock(mutex_);
  if (const auto found = waiting_.find(token); found != waiting_.end()) {
    removed = std::move(found->second);
    waiting_.erase(found);
  }
}

void DeadlineWatch::Watch() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (waiting_.empty()) {
      wakes_at_ = Deadline::max();
      changed_.wait(lock);
      continue;
    }
    if (const Deadline next = waiting_.begin()->first.first; next > std::chrono::steady_clock::now()) {
      wakes_at_ = next;
      changed_.wait_until(lock, next);
      continue;
    }
    absl::AnyInvocable<void()> action = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    lock.unlock();
    action();
    action = nullptr;
    lock.lock();
  }
}

}  // namespace allmende::rpc
