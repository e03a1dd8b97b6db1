// Calls something when its time has come, on a thread of its own. One for all calls of a process: cheaper than a gRPC
// alarm for each, because nearly every call ends long before its deadline and then only leaves a map.
#pragma once

#include <absl/functional/any_invocable.h>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "common/base/clock.h"

namespace allmende::rpc {

class DeadlineWatch {
 public:
  using Token = std::pair<Deadline, std::uint64_t>;

  DeadlineWatch();
  // Forgets what is still to come.
  ~DeadlineWatch();
  DeadlineWatch(const DeadlineWatch&) = delete;
  DeadlineWatch& operator=(const DeadlineWatch&) = delete;

  // Calls `action` once at `when`, unless it is removed before. `action` must not wait for anything.
  Token Add(Deadline when, absl::AnyInvocable<void()> action);
  // Takes it back. It may be running at this moment, so what it uses must be shared with it.
  void Remove(const Token& token);

 private:
  void Watch();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Token, absl::AnyInvocable<void()>> waiting_;
  std::uint64_t next_ = 0;
  Deadline wakes_at_ = Deadline::max();  // by itself; only an earlier deadline needs to wake it
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace allmende::rpc
