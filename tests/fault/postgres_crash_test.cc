// kill -9 of PostgreSQL itself in the middle of writing, again and again, while our process goes on: its callers repeat
// what was not acknowledged, and nothing is lost or takes effect twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "common/store/postgres/postgres_engine.h"
#include "common/testing/temporary_postgres.h"
#include "tests/fault/crash_story.h"

namespace allmende {
namespace {

using namespace std::chrono_literals;
using store::Store;

constexpr int kKills = 50;
constexpr int kThreads = 8;

// Sends requests one after the other, each until it is acknowledged.
class Callers {
 public:
  explicit Callers(Store& store) {
    for (int thread = 0; thread < kThreads; ++thread) {
      threads_.emplace_back([this, thread, &store](const std::stop_token& stop) {
        for (int number = 0; !stop.stop_requested(); ++number) {
          while (!Acknowledged(store, {0, thread, number})) std::this_thread::sleep_for(5ms);
          acknowledged_.fetch_add(1);
        }
      });
    }
  }

  int acknowledged() const { return acknowledged_; }
  int refused() const { return refused_; }
  // Once each has finished what it was at.
  int Stop() {
    threads_.clear();
    return acknowledged_;
  }

 private:
  bool Acknowledged(Store& store, const CrashRequest& request) {
    const absl::Status status = Send(store, request);
    if (status.ok()) return true;
    EXPECT_THAT(status, StatusIs(Reason::TEMPORARILY_UNAVAILABLE));
    refused_.fetch_add(1);
    return false;
  }

  std::atomic<int> acknowledged_ = 0;
  std::atomic<int> refused_ = 0;
  std::vector<std::jthread> threads_;
};

TEST(PostgresCrash, LosesNothingThatWasAcknowledgedAndDoublesNothing) {
  ALLMENDE_SKIP_WITHOUT_POSTGRES();
  TemporaryPostgres server;
  auto engine = store::postgres::OpenPostgres({.url = Secret(server.NewDatabase()), .schema = "registry"});
  ASSERT_OK(engine);
  ASSERT_OK_AND_ASSIGN(const auto store, store::sql::OpenSqlStore(*std::move(engine), TestTypes(), {}));
  ASSERT_OK(CreateLandscape(*store, "test"));
  Actor counter = NewActor("counter");
  counter.set_source_key("0");
  ASSERT_OK(CreateOne(*store, Actors(), "counter", counter));

  Callers callers(*store);
  std::minstd_rand random(20240101);
  for (int kill = 0; kill < kKills; ++kill) {
    const int before = callers.acknowledged();
    const auto give_up = std::chrono::steady_clock::now() + 20s;
    while (callers.acknowledged() == before) {
      ASSERT_LT(std::chrono::steady_clock::now(), give_up) << "no recovery after kill " << kill;
      std::this_thread::sleep_for(1ms);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 60'000));
    server.Kill();
    server.Start();
  }
  const int acknowledged = callers.Stop();
  EXPECT_GT(callers.refused(), 0) << "the kills hit nothing";

  EXPECT_EQ(ReadOne(*store, Actors(), "counter")->source_key(), std::to_string(acknowledged));
  CallContext call = CallIn("test");
  EXPECT_THAT(store->Revision(call), IsOkAndHolds(acknowledged + 2));
  store::Query all;
  all.limit = 1;
  all.count_total = true;
  const auto found = store->Find(call, Actors(), all);
  ASSERT_OK(found);
  EXPECT_EQ(found->total, acknowledged + 1) << "one record for each, and the counter";
}

}  // namespace
}  // namespace allmende
