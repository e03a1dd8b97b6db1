// What a Redis that lies can do to us: cost time. Never a wrong answer, never a failed read.
#include "tests/support/lying_redis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/support/cache_scene.h"

namespace allmende::cache {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::unique_ptr<store::Store> Process(MemoryStore& database, const LyingRedis& redis,
                                      ForwardingStore** counted = nullptr) {
  auto front = std::make_unique<ForwardingStore>(database);
  if (counted != nullptr) *counted = front.get();
  return WithCache(std::move(front), {.near_bytes = 0, .redis_url = Secret<std::string>(redis.url())});
}

class LyingRedisTest : public ::testing::TestWithParam<Lie> {
 protected:
  LyingRedisTest() {
    EXPECT_OK(Write(database_, "a", 1, "musterland", {.create_landscape = true}));
    EXPECT_OK(Write(database_, "b", 100));
  }
  MemoryStore database_;
  LyingRedis redis_;
};

TEST(HonestRedis, IsBelieved) {
  MemoryStore database;
  ASSERT_OK(Write(database, "a", 1, "musterland", {.create_landscape = true}));
  const LyingRedis redis;
  ForwardingStore* counted = nullptr;
  const auto store = Process(database, redis, &counted);
  for (int i = 0; i < 5; ++i) EXPECT_THAT(NumberOf(*store, "a"), IsOkAndHolds(1));
  EXPECT_EQ(counted->reads, 1);
  EXPECT_EQ(redis.asked, 5);
}

TEST_P(LyingRedisTest, IsNeverBelieved) {
  const auto here = Process(database_, redis_);
  const auto elsewhere = Process(database_, redis_);
  for (const auto* store : {&here, &elsewhere}) {
    EXPECT_THAT(NumberOf(**store, "a"), IsOkAndHolds(1));
    EXPECT_THAT(NumberOf(**store, "b"), IsOkAndHolds(100));
  }
  redis_.lie = GetParam();
  std::vector<steady_clock::duration> times;
  for (int i = 2; i < 100; ++i) {
    ASSERT_OK_AND_ASSIGN(const std::int64_t revision, Write(*here, "a", i));
    for (const auto& [store, min_revision] : {std::pair(&here, std::int64_t{0}), std::pair(&elsewhere, revision)}) {
      const auto begin = steady_clock::now();
      EXPECT_THAT(NumberOf(**store, "a", min_revision), IsOkAndHolds(i));
      EXPECT_THAT(NumberOf(**store, "b", min_revision), IsOkAndHolds(100));
      EXPECT_THAT(NumberOf(**store, "ghost", min_revision), IsOkAndHolds(kNothing));
      times.push_back((steady_clock::now() - begin) / 3);
    }
    std::this_thread::sleep_for(milliseconds(2));
  }
  std::ranges::sort(times);
  EXPECT_LE(times[times.size() * 99 / 100], milliseconds(10));
  redis_.lie = Lie::kTruth;
  EXPECT_THAT(NumberOf(*here, "a"), IsOkAndHolds(99));
}

INSTANTIATE_TEST_SUITE_P(EveryLie, LyingRedisTest,
                         ::testing::Values(Lie::kOldest, Lie::kOtherKey, Lie::kGarbage, Lie::kFlippedBit, Lie::kNothing,
                                           Lie::kWrongCount, Lie::kError, Lie::kNoProtocol, Lie::kSilence,
                                           Lie::kDribble, Lie::kHangUp));

}  // namespace
}  // namespace allmende::cache
