// What a real Redis can do to us: die, stop in its tracks, forget everything, remember too much.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "common/cache/redis_cache.h"
#include "common/testing/temporary_redis.h"
#include "tests/support/cache_scene.h"

namespace allmende::cache {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class RedisFaultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ALLMENDE_SKIP_WITHOUT_REDIS();
    redis_ = std::make_unique<TemporaryRedis>();
    here_ = Process();
    ASSERT_OK(Write(*here_, "a", 1, "musterland", {.create_landscape = true}));
  }

  // Another process in front of the same database and the same Redis, without a near cache: every read asks Redis.
  std::unique_ptr<store::Store> Process(ForwardingStore** counted = nullptr) {
    auto front = std::make_unique<ForwardingStore>(database_);
    if (counted != nullptr) *counted = front.get();
    return WithCache(std::move(front), {.near_bytes = 0, .redis_url = Secret<std::string>(redis_->url())});
  }

  MemoryStore database_;
  std::unique_ptr<TemporaryRedis> redis_;
  std::unique_ptr<store::Store> here_;
};

milliseconds NinetyNinthPercentile(std::vector<steady_clock::duration> times) {
  const auto nth = times.begin() + std::ssize(times) * 99 / 100;
  std::ranges::nth_element(times, nth);
  return std::chrono::ceil<milliseconds>(*nth);
}

// Writes and reads for a while; every answer must be right, and the slowest of a hundred reads hardly slower than
// without Redis.
void ExpectNoHarm(store::Store& store, std::int64_t from) {
  constexpr int kRounds = 300;
  std::vector<steady_clock::duration> times;
  for (int i = 0; i < kRounds; ++i) {
    ASSERT_OK(Write(store, "a", from + i));
    for (int k = 0; k < 3; ++k) {
      const auto begin = steady_clock::now();
      EXPECT_THAT(NumberOf(store, "a"), IsOkAndHolds(from + i));
      times.push_back(steady_clock::now() - begin);
    }
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_LE(NinetyNinthPercentile(std::move(times)), milliseconds(10));
}

TEST_F(RedisFaultTest, AnswersOfAnotherProcessAreUsed) {
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  EXPECT_THAT(NumberOf(*here_, "ghost"), IsOkAndHolds(kNothing));
  ForwardingStore* counted = nullptr;
  const auto elsewhere = Process(&counted);
  EXPECT_THAT(NumberOf(*elsewhere, "a"), IsOkAndHolds(1));
  EXPECT_THAT(NumberOf(*elsewhere, "ghost"), IsOkAndHolds(kNothing));
  EXPECT_EQ(counted->reads, 0) << "a warm Redis survives a restart";
}

TEST_F(RedisFaultTest, StaleAnswersOfAnotherProcessAreNotBelieved) {
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  ASSERT_OK(Write(database_, "a", 2));  // by a process that does not tell Redis
  const auto elsewhere = Process();
  EXPECT_THAT(NumberOf(*elsewhere, "a"), IsOkAndHolds(2));
}

TEST_F(RedisFaultTest, AnswersFromBeforeALandscapeWasMadeAnewAreNotBelieved) {
  ASSERT_OK(Write(*here_, "b", 2));
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  EXPECT_THAT(NumberOf(*here_, "c"), IsOkAndHolds(kNothing));
  CallContext call = CallTo();
  ASSERT_OK(database_.DropLandscape(call));
  ASSERT_OK(Write(database_, "c", 3, "musterland", {.create_landscape = true}));
  ASSERT_OK(Write(database_, "b", 3));  // the same revision as before
  const auto elsewhere = Process();
  EXPECT_THAT(NumberOf(*elsewhere, "a"), IsOkAndHolds(kNothing));
  EXPECT_THAT(NumberOf(*elsewhere, "c"), IsOkAndHolds(3));
}

TEST_F(RedisFaultTest, DyingDoesNoHarm) {
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  redis_->Kill();
  ExpectNoHarm(*here_, 10);
  redis_->Start();
  ExpectNoHarm(*here_, 1'000);
}

TEST_F(RedisFaultTest, StoppingInItsTracksDoesNoHarm) {
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  redis_->Pause();
  ExpectNoHarm(*here_, 10);
  redis_->Resume();  // and now holds values from before the pause
  ExpectNoHarm(*here_, 1'000);
}

TEST_F(RedisFaultTest, ForgettingEverythingDoesNoHarm) {
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  redis_->Flush();
  ExpectNoHarm(*here_, 10);
}

TEST_F(RedisFaultTest, IsUsedAgainWhenItIsBack) {
  redis_->Kill();
  for (int i = 0; i < 20; ++i) EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  redis_->Start();
  const auto deadline = steady_clock::now() + milliseconds(8'000);
  ForwardingStore* counted = nullptr;
  const auto elsewhere = Process(&counted);
  do {
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
    counted->reads = 0;
    EXPECT_THAT(NumberOf(*elsewhere, "a"), IsOkAndHolds(1));
  } while (counted->reads > 0 && steady_clock::now() < deadline);
  EXPECT_EQ(counted->reads, 0);
}

TEST_F(RedisFaultTest, KeepsTheNewerOfTwoValues) {
  RedisCache cache(Secret<std::string>(redis_->url()));
  const auto value = [](std::int64_t revision, std::int64_t time, std::string bytes) {
    return Stamped{.revision = revision, .commit_time = FromMicros(time), .exists = true, .bytes = std::move(bytes)};
  };
  const auto put = [&](const Stamped& stamped) {
    const std::pair<std::string, Stamped> entry = {"key", stamped};
    cache.Put({&entry, 1});
    const std::string key = "key";
    return cache.Get({&key, 1}).front().value_or(Stamped{}).bytes;
  };
  constexpr std::int64_t kTime = 1'700'000'000'000'000;
  EXPECT_EQ(put(value(5, kTime, "five")), "five");
  EXPECT_EQ(put(value(4, kTime - 1, "four")), "five");
  EXPECT_EQ(put(value(6, kTime, "six")), "six");
  EXPECT_EQ(put(value(1, kTime + 1, "made anew")), "made anew");
  EXPECT_EQ(put(value(7, kTime, "from before")), "made anew");
}

TEST_F(RedisFaultTest, GetsAndPutsManyAtOnce) {
  RedisCache cache(Secret<std::string>(redis_->url()));
  std::vector<std::string> keys;
  std::vector<std::pair<std::string, Stamped>> values;
  for (int i = 0; i < 100; ++i) {
    keys.push_back("k" + std::to_string(i));
    if (i % 3 == 0) continue;
    values.emplace_back(keys.back(), Stamped{.revision = i,
                                             .commit_time = FromMicros(i),
                                             .exists = true,
                                             .bytes = std::string(static_cast<std::size_t>(i) * 100, 'x')});
  }
  cache.Put(values);
  const auto found = cache.Get(keys);
  for (int i = 0; i < 100; ++i) {
    const auto& value = found[static_cast<std::size_t>(i)];
    EXPECT_EQ(value.has_value(), i % 3 != 0);
    EXPECT_EQ(value.value_or(Stamped{}).bytes.size(), i % 3 == 0 ? 0U : static_cast<std::size_t>(i) * 100);
  }
}

// Writers and readers in two processes on one Redis, which dies, stops and forgets meanwhile.
TEST_F(RedisFaultTest, HoldsItsPromisesUnderLoadWhateverHappensToIt) {
  const auto elsewhere = Process();
  ASSERT_OK(Write(*here_, "r0", 0));
  ASSERT_OK(Write(*here_, "r1", 0));
  std::atomic<bool> stop = false;
  std::vector<std::jthread> threads;
  for (int side = 0; side < 2; ++side) {
    store::Store& mine = side == 0 ? *here_ : *elsewhere;
    store::Store& other = side == 0 ? *elsewhere : *here_;
    const std::string id = "r" + std::to_string(side);
    threads.emplace_back([&mine, &other, &stop, id] {
      for (int n = 1; !stop; ++n) {
        const auto revision = Write(mine, id, n);
        ASSERT_THAT(revision, IsOk());
        EXPECT_THAT(NumberOf(mine, id), IsOkAndHolds(n));
        EXPECT_THAT(NumberOf(other, id, *revision), IsOkAndHolds(n));
        std::this_thread::sleep_for(milliseconds(1));
      }
    });
    threads.emplace_back([&mine, &stop] {
      std::vector<std::int64_t> last(2, 0);
      for (std::size_t i = 0; !stop; ++i) {
        const auto number = NumberOf(mine, "r" + std::to_string(i % 2));
        ASSERT_THAT(number, IsOk());
        EXPECT_GE(*number, last[i % 2]) << "went back in time";
        last[i % 2] = *number;
      }
    });
  }
  const auto rest = [] { std::this_thread::sleep_for(milliseconds(300)); };
  rest();
  redis_->Flush();
  rest();
  redis_->Pause();
  rest();
  redis_->Resume();
  rest();
  redis_->Kill();
  rest();
  redis_->Start();
  std::this_thread::sleep_for(milliseconds(1'000));
  stop = true;
}

}  // namespace
}  // namespace allmende::cache
