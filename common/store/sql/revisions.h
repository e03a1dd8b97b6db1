// The newest revision of each landscape as far as this process knows, and waiting for a newer one.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/strings.h"

namespace allmende::store::sql {

class Revisions {
 public:
  // Only goes up; wakes those who wait.
  void Announce(std::string_view landscape, std::int64_t revision);
  void Forget(std::string_view landscape);
  // Waits until a revision above `revision` was announced, or `until`. The newest one known, 0 where none is.
  std::int64_t AwaitAbove(std::string_view landscape, std::int64_t revision, Deadline until);
  // Whether anybody waits at the moment.
  bool IsAwaited() const;

 private:
  std::int64_t Known(std::string_view landscape) const;

  mutable std::mutex mutex_;
  std::condition_variable announced_;
  StringMap<std::int64_t> newest_;
  int waiting_ = 0;
};

}  // namespace allmende::store::sql
