#include "common/cache/redis_cache.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <mutex>

#include "common/cache/redis_connection.h"

namespace allmende::cache {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kCommandLimit{10};
constexpr std::size_t kPooled = 32;
constexpr std::string_view kSecondsKept = "86400";

// Replaces only what was read at an older commit: by its time, then by its revision (frame.cc). A landscape that was
// removed and made anew begins with revision 1 again, but time goes on.
constexpr std::string_view kReplaceOlder = R"(
local held = redis.call('GETRANGE', KEYS[1], 0, 17)
if #held == 18 and string.sub(held, 1, 2) == string.sub(ARGV[1], 1, 2) then
  local held_time, held_revision = struct.unpack('>I8I8', string.sub(held, 3, 18))
  local new_time, new_revision = struct.unpack('>I8I8', string.sub(ARGV[1], 3, 18))
  if held_time > new_time or (held_time == new_time and held_revision >= new_revision) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1)";

// Leaves Redis alone after failures: 100 ms, then twice as long each time up to 5 s; then one caller tries again.
class Breaker {
 public:
  bool Closed() {
    const std::lock_guard lock(mutex_);
    if (failures_ == 0) return true;
    if (trying_ || steady_clock::now() < next_try_) return false;
    trying_ = true;
    return true;
  }
  void Succeeded() {
    const std::lock_guard lock(mutex_);
    failures_ = 0;
    trying_ = false;
  }
  void Failed() {
    constexpr milliseconds kFirstPause{100};
    constexpr milliseconds kLongestPause{5'000};
    constexpr int kMostDoublings = 6;
    const std::lock_guard lock(mutex_);
    next_try_ = steady_clock::now() + std::min(kFirstPause * (1 << std::min(failures_, kMostDoublings)), kLongestPause);
    ++failures_;
    trying_ = false;
  }

 private:
  std::mutex mutex_;
  int failures_ = 0;
  bool trying_ = false;
  steady_clock::time_point next_try_;
};

}  // namespace

struct RedisCache::State {
  // The answers to the commands, or nothing where Redis failed or is left alone.
  std::optional<std::vector<Reply>> Run(const std::vector<Command>& commands) {
    if (!address || !breaker.Closed()) return std::nullopt;
    std::unique_ptr<RedisConnection> connection = Take();
    auto replies = connection == nullptr ? std::nullopt : connection->Run(commands, kCommandLimit);
    if (!replies) {
      Clear();  // the others most likely lead to the same dead end
      breaker.Failed();
      return std::nullopt;
    }
    breaker.Succeeded();
    GiveBack(std::move(connection));
    return replies;
  }

  std::unique_ptr<RedisConnection> Take() {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        std::unique_ptr<RedisConnection> taken = std::move(idle.back());
        idle.pop_back();
        return taken;
      }
    }
    return RedisConnection::Open(*address);
  }

  void GiveBack(std::unique_ptr<RedisConnection> connection) {
    const std::lock_guard lock(mutex);
    if (idle.size() < kPooled) idle.push_back(std::move(connection));
  }

  void Clear() {
    const std::lock_guard lock(mutex);
    idle.clear();
  }

  std::optional<RedisAddress> address;
  Breaker breaker;
  std::mutex mutex;
  std::vector<std::unique_ptr<RedisConnection>> idle;
};

RedisCache::RedisCache(Secret<std::string> url) : state_(std::make_unique<State>()) {
  state_->address = ParseRedisUrl(url.Reveal());
  std::signal(SIGPIPE, SIG_IGN);
}

RedisCache::~RedisCache() = default;

bool RedisCache::usable() const { return state_->address.has_value(); }

std::vector<std::optional<Stamped>> RedisCache::Get(std::span<const std::string> keys) {
  std::vector<std::optional<Stamped>> values(keys.size());
  Command command = {"MGET"};
  command.insert(command.end(), keys.begin(), keys.end());
  const auto replies = state_->Run({command});
  if (!replies) return values;
  const redisReply& list = *replies->front();
  if (list.type != REDIS_REPLY_ARRAY || list.elements != keys.size()) return values;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const redisReply& value = *list.element[i];
    if (value.type == REDIS_REPLY_STRING)
      values[i] = FromFrame(keys[i], {value.str, static_cast<std::size_t>(value.len)});
  }
  return values;
}

void RedisCache::Put(std::span<const std::pair<std::string, Stamped>> values) {
  std::vector<Command> commands;
  for (const auto& [key, value] : values) {
    commands.push_back({"EVAL", std::string(kReplaceOlder), "1", key, ToFrame(key, value), std::string(kSecondsKept)});
  }
  if (!commands.empty()) state_->Run(commands);
}

}  // namespace allmende::cache
