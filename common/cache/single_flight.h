// Several callers that want the same thing at the same time let one of them fetch it.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/strings.h"

namespace allmende::cache {

template <typename T>
class SingleFlight {
 public:
  // The first caller of a key runs `fetch` and gets its result; callers that come meanwhile wait for it, up to their
  // deadline. Absent where the wait was in vain or the fetch failed: then the caller fetches for itself.
  template <typename Fetch>
  std::optional<T> Do(const std::string& key, Deadline deadline, Fetch fetch) {
    auto [flight, first] = Join(key);
    if (first) {
      std::optional<T> result = fetch();
      Land(key, *flight, result);
      return result;
    }
    std::unique_lock lock(flight->mutex);
    const bool waited = deadline == Deadline::max()
                            ? (flight->landed.wait(lock, [&] { return flight->done; }), true)
                            : flight->landed.wait_until(lock, deadline, [&] { return flight->done; });
    return waited ? flight->result : std::nullopt;
  }

 private:
  struct Flight {
    std::mutex mutex;
    std::condition_variable landed;
    bool done = false;
    std::optional<T> result;
  };

  std::pair<std::shared_ptr<Flight>, bool> Join(const std::string& key) {
    const std::lock_guard lock(mutex_);
    auto [found, first] = flights_.try_emplace(key);
    if (first) found->second = std::make_shared<Flight>();
    return {found->second, first};
  }

  void Land(const std::string& key, Flight& flight, const std::optional<T>& result) {
    {
      const std::lock_guard lock(mutex_);
      flights_.erase(key);
    }
    const std::lock_guard lock(flight.mutex);
    flight.result = result;
    flight.done = true;
    flight.landed.notify_all();
  }

  std::mutex mutex_;
  StringMap<std::shared_ptr<Flight>> flights_;
};

}  // namespace allmende::cache
