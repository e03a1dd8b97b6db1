#include "common/cache/single_flight.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace allmende::cache {
namespace {

using std::chrono::milliseconds;

TEST(SingleFlight, LetsOneFetchForAll) {
  SingleFlight<int> flights;
  std::atomic<int> fetched = 0;
  std::atomic<int> sum = 0;
  std::vector<std::jthread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      sum += flights
                 .Do("key", Deadline::max(),
                     [&]() -> std::optional<int> {
                       std::this_thread::sleep_for(milliseconds(100));
                       return ++fetched;
                     })
                 .value_or(100);
    });
  }
  callers.clear();
  EXPECT_EQ(fetched, 1);
  EXPECT_EQ(sum, 8);
}

TEST(SingleFlight, DoesNotWaitBeyondTheDeadlineOfTheCaller) {
  SingleFlight<int> flights;
  std::atomic<bool> under_way = false;
  const std::jthread slow([&] {
    flights.Do("key", Deadline::max(), [&]() -> std::optional<int> {
      under_way = true;
      std::this_thread::sleep_for(milliseconds(300));
      return 1;
    });
  });
  while (!under_way) std::this_thread::yield();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(flights.Do("key", begin + milliseconds(20), [] { return std::optional<int>(2); }).has_value());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(250));
}

TEST(SingleFlight, HandsNoFailureOn) {
  SingleFlight<int> flights;
  EXPECT_FALSE(flights.Do("key", Deadline::max(), [] { return std::optional<int>(); }).has_value());
  EXPECT_EQ(flights.Do("key", Deadline::max(), [] { return std::optional<int>(7); }), 7);
}

TEST(SingleFlight, KeepsKeysApart) {
  SingleFlight<int> flights;
  flights.Do("a", Deadline::max(), [&] {
    EXPECT_EQ(flights.Do("b", Deadline::max(), [] { return std::optional<int>(2); }), 2);
    return std::optional<int>(1);
  });
}

}  // namespace
}  // namespace allmende::cache
