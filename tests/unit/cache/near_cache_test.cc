#include "common/cache/near_cache.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <thread>
#include <vector>

namespace allmende::cache {
namespace {

Versioned Value(std::int64_t revision, std::string bytes) {
  return {revision, std::make_shared<const std::string>(std::move(bytes))};
}

TEST(NearCache, GivesBackWhatWasPutIn) {
  NearCache cache(1U << 20U);
  EXPECT_FALSE(cache.Get("a").has_value());
  cache.Put("a", Value(7, "x"));
  ASSERT_TRUE(cache.Get("a").has_value());
  EXPECT_EQ(cache.Get("a")->revision, 7);
  EXPECT_EQ(*cache.Get("a")->bytes, "x");
}

TEST(NearCache, RemembersThatSomethingDoesNotExist) {
  NearCache cache(1U << 20U);
  cache.Put("a", {3, nullptr});
  ASSERT_TRUE(cache.Get("a").has_value());
  EXPECT_EQ(cache.Get("a")->bytes, nullptr);
}

TEST(NearCache, NeverReplacesANewerValueByAnOlderOne) {
  NearCache cache(1U << 20U);
  cache.Put("a", Value(7, "new"));
  cache.Put("a", Value(6, "old"));
  EXPECT_EQ(*cache.Get("a")->bytes, "new");
  cache.Put("a", Value(8, "newest"));
  EXPECT_EQ(*cache.Get("a")->bytes, "newest");
}

TEST(NearCache, KeepsItsBoundAndDropsTheLeastRecentlyUsed) {
  constexpr std::size_t kBytes = 256U << 10U;
  NearCache cache(kBytes);
  for (int i = 0; i < 5'000; ++i) {
    cache.Put("key" + std::to_string(i), Value(1, std::string(100, 'x')));
    EXPECT_TRUE(cache.Get("key0").has_value()) << "used all the time, gone after " << i;
    EXPECT_LE(cache.bytes(), kBytes);
  }
  EXPECT_FALSE(cache.Get("key1").has_value());
  EXPECT_TRUE(cache.Get("key4999").has_value());
  cache.Clear();
  EXPECT_EQ(cache.bytes(), 0U);
  EXPECT_FALSE(cache.Get("key4999").has_value());
}

TEST(NearCache, DoesNotKeepWhatIsTooLarge) {
  NearCache cache(64U << 10U);
  cache.Put("a", Value(1, std::string(1U << 20U, 'x')));
  EXPECT_FALSE(cache.Get("a").has_value());
  NearCache none(0);
  none.Put("a", Value(1, ""));
  EXPECT_FALSE(none.Get("a").has_value());
}

TEST(NearCache, IsUsedByManyThreadsAtOnce) {
  NearCache cache(128U << 10U);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&cache, t] {
      for (int i = 0; i < 20'000; ++i) {
        const std::string key = std::to_string((i * 7 + t) % 300);
        if (const auto found = cache.Get(key); found && *found->bytes != key) std::abort();
        cache.Put(key, Value(i, key));
      }
    });
  }
  threads.clear();
  EXPECT_LE(cache.bytes(), 128U << 10U);
}

// Whatever happens: what is found is the newest value that was put in.
RC_GTEST_PROP(NearCache, FindsTheNewestOrNothing, ()) {
  NearCache cache(24U << 10U);
  std::map<std::string, std::int64_t> newest;
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 40), rc::gen::inRange(0, 20)));
  for (const auto& [key, revision] : steps) {
    const std::string name = std::to_string(key);
    const bool known = cache.Get(name).has_value();
    cache.Put(name, Value(revision, std::to_string(revision)));
    newest[name] = known ? std::max<std::int64_t>(newest[name], revision) : revision;
    const auto found = cache.Get(name);
    RC_ASSERT(found.has_value());
    RC_ASSERT(found->revision == newest[name]);
    RC_ASSERT(*found->bytes == std::to_string(newest[name]));
  }
}

}  // namespace
}  // namespace allmende::cache
