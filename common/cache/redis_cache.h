// Redis as a cache that may be missing: every command is bounded in time, every failure is a miss, and after a failure
// Redis is left alone for a short, growing time, so that a dead or stopped one costs little. Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/secret.h"
#include "common/cache/frame.h"

namespace allmende::cache {

class RedisCache {
 public:
  // `url`: redis://[:password@]host[:port][/db]. Connects at first use. Writes to a connection that is gone must not
  // end the process, so SIGPIPE is ignored from here on.
  explicit RedisCache(Secret<std::string> url);
  ~RedisCache();
  RedisCache(const RedisCache&) = delete;
  RedisCache& operator=(const RedisCache&) = delete;

  // Whether the URL can be read; where not, nothing is ever found.
  bool usable() const;

  // In the order asked for; absent: not there, not intact, or Redis does not answer.
  std::vector<std::optional<Stamped>> Get(std::span<const std::string> keys);
  // Keeps of each key the value of the newer commit. In one round trip.
  void Put(std::span<const std::pair<std::string, Stamped>> values);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace allmende::cache
