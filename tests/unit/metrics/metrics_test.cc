#include "common/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace allmende {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, CountsCallsByMethodAndCode) {
  Metrics metrics;
  metrics.CallEnded("a.B.C", absl::StatusCode::kOk, std::chrono::milliseconds(3));
  metrics.CallEnded("a.B.C", absl::StatusCode::kOk, std::chrono::milliseconds(30));
  metrics.CallEnded("a.B.C", absl::StatusCode::kNotFound, std::chrono::milliseconds(1));
  EXPECT_EQ(metrics.Calls("a.B.C", absl::StatusCode::kOk), 2);
  EXPECT_EQ(metrics.Calls("a.B.C", absl::StatusCode::kNotFound), 1);
  const std::string text = metrics.Exposition();
  EXPECT_THAT(text, HasSubstr(R"(allmende_calls_total{code="OK",method="a.B.C"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(allmende_call_seconds_count{method="a.B.C"} 3)"));
  EXPECT_THAT(text, HasSubstr(R"(allmende_call_seconds_bucket{method="a.B.C",le="0.005"} 2)"));
}

TEST(Metrics, GivesTheSameCounterForTheSameNameAndLabels) {
  Metrics metrics;
  auto& first = metrics.Counter("allmende_cache_reads_total", "Reads", {{"result", "hit"}});
  EXPECT_EQ(&first, &metrics.Counter("allmende_cache_reads_total", "Reads", {{"result", "hit"}}));
  EXPECT_NE(&first, &metrics.Counter("allmende_cache_reads_total", "Reads", {{"result", "miss"}}));
}

TEST(Metrics, CountsEveryCallOfManyThreads) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        metrics.CallEnded(i % 2 == 0 ? "even" : "odd", absl::StatusCode::kOk, std::chrono::nanoseconds(1));
        metrics.Rejected("queue");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(metrics.Calls("even", absl::StatusCode::kOk), 4000);
  EXPECT_EQ(metrics.Calls("odd", absl::StatusCode::kOk), 4000);
  EXPECT_THAT(metrics.Exposition(), HasSubstr(R"(allmende_rejected_total{limit="queue"} 8000)"));
}

}  // namespace
}  // namespace allmende
