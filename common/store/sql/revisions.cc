#include "common/store/sql/revisions.h"

#include <algorithm>

namespace allmende::store::sql {

void Revisions::Announce(std::string_view landscape, std::int64_t revision) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = newest_.find(landscape);
    if (found == newest_.end()) {
      newest_.emplace(landscape, revision);
    } else if (found->second < revision) {
      found->second = revision;
    } else {
      return;
    }
  }
  announced_.notify_all();
}

void Revisions::Forget(std::string_view landscape) {
  const std::lock_guard lock(mutex_);
  if (const auto found = newest_.find(landscape); found != newest_.end()) newest_.erase(found);
}

std::int64_t Revisions::AwaitAbove(std::string_view landscape, std::int64_t revision, Deadline until) {
  std::unique_lock lock(mutex_);
  ++waiting_;
  announced_.wait_until(lock, until, [&] { return Known(landscape) > revision; });
  --waiting_;
  return Known(landscape);
}

bool Revisions::IsAwaited() const {
  const std::lock_guard lock(mutex_);
  return waiting_ > 0;
}

std::int64_t Revisions::Known(std::string_view landscape) const {
  const auto found = newest_.find(landscape);
  return found == newest_.end() ? 0 : found->second;
}

}  // namespace allmende::store::sql
