// The near cache of finished answers, and one fetch for several callers who want the same thing at the same time.
//
// A key is made of the address without min_revision, of what the caller may see in the landscape, and of the epoch in
// which the landscape is followed; so it says everything that the bytes depend on, except for later changes: those the
// ChangeFollower knows.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/strings.h"
#include "common/cache/near_cache.h"
#include "common/call/principal.h"
#include "services/gateway/feed/change_follower.h"
#include "services/gateway/handling/answer.h"
#include "services/gateway/transcode/router.h"

namespace allmende::gateway {

// A read that can be answered from the cache, told by its address alone.
struct CacheableRead {
  Dependency on;
  std::string name;  // of the resource or parent it is about
  std::int64_t min_revision = 0;
};

// Absent where the answer must always come from the service: methods that do not just read records, reads without a
// landscape, addresses with escapes in their path.
std::optional<CacheableRead> CacheableReadOf(const RouteMatch& match, std::string_view path, std::string_view query);

// What decides what a caller sees in a landscape: their roles there; for representatives also who they are.
std::string ViewOf(const Principal& principal, std::string_view landscape);

std::string CacheKey(std::uint64_t epoch, std::string_view view, std::string_view path, std::string_view query,
                     bool gzip);

class AnswerCache {
 public:
  AnswerCache(std::size_t max_bytes, ChangeFollower& follower) : cache_(max_bytes), follower_(follower) {}

  // The answer and the revision at which it is true.
  std::optional<std::pair<FinishedAnswer, std::int64_t>> Find(const std::string& key, const CacheableRead& read) const;
  void Put(const std::string& key, std::int64_t revision, const FinishedAnswer& answer);

  // The answer and its revision, or null: fetch for yourself.
  using Waiter = std::function<void(const FinishedAnswer* answer, std::int64_t revision)>;
  // True: the caller is the first and must Land. False: `waiter` is called when the first has landed.
  bool Join(const std::string& key, Waiter waiter);
  void Land(const std::string& key, const FinishedAnswer* answer, std::int64_t revision);

 private:
  cache::NearCache cache_;
  ChangeFollower& follower_;
  std::mutex mutex_;
  StringMap<std::vector<Waiter>> flights_;
};

}  // namespace allmende::gateway
