// The cache in front of real stores: what was promised of it holds on both engines, with and without Redis.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "common/testing/temporary_redis.h"
#include "tests/contract/store_fixture.h"
#include "tests/support/cache_scene.h"

namespace allmende::cache {
namespace {

using std::chrono::milliseconds;

// Two processes in front of one database and one Redis. Where the engine cannot be opened twice, they share the store.
class CachedSqlStoreTest : public ::testing::TestWithParam<DatabaseKind> {
 protected:
  void SetUp() override {
    ALLMENDE_SKIP_WITHOUT(GetParam());
    ALLMENDE_SKIP_WITHOUT_REDIS();
    redis_ = std::make_unique<TemporaryRedis>();
    database_ = GetParam().create();
    ASSERT_OK_AND_ASSIGN(auto engine, database_->Open());
    const bool shared = engine->shared();
    ASSERT_OK_AND_ASSIGN(store_, store::sql::OpenSqlStore(std::move(engine), {&Landscapes(), &NumberedActors()}, {}));
    ASSERT_OK(CreateLandscape(*store_, "musterland"));
    if (shared) {
      ASSERT_OK_AND_ASSIGN(auto second, database_->Open());
      ASSERT_OK_AND_ASSIGN(other_store_,
                           store::sql::OpenSqlStore(std::move(second), {&Landscapes(), &NumberedActors()}, {}));
    }
    here_ = Process(*store_);
    elsewhere_ = Process(shared ? *other_store_ : *store_);
  }

  std::unique_ptr<store::Store> Process(store::Store& store) {
    return WithCache(std::make_unique<ForwardingStore>(store),
                     {.near_bytes = 1U << 20U, .redis_url = Secret<std::string>(redis_->url())});
  }

  std::unique_ptr<TemporaryRedis> redis_;
  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Store> other_store_;
  std::unique_ptr<store::Store> here_;
  std::unique_ptr<store::Store> elsewhere_;
};

TEST_P(CachedSqlStoreTest, AnswersAsTheStoreDoes) {
  ASSERT_OK(Write(*here_, "a", 1));
  const std::vector<std::string> ids = {"a", "ghost"};
  CallContext direct = CallTo();
  ASSERT_OK_AND_ASSIGN(const auto expected, store_->Read(direct, NumberedActors(), ids, {}));
  for (int i = 0; i < 3; ++i) {
    for (const auto* process : {&here_, &elsewhere_}) {
      CallContext call = CallTo();
      ASSERT_OK_AND_ASSIGN(const auto found, (*process)->Read(call, NumberedActors(), ids, {}));
      ASSERT_EQ(found.size(), 2U);
      EXPECT_EQ(found[0]->bytes, expected[0]->bytes);
      EXPECT_EQ(found[0]->revision, expected[0]->revision);
      EXPECT_FALSE(found[1].has_value());
      EXPECT_EQ(call.revision, direct.revision);
    }
  }
  CallContext nowhere = CallTo("nowhere");
  EXPECT_THAT(here_->Read(nowhere, NumberedActors(), ids, {}), StatusIs(Reason::UNKNOWN_LANDSCAPE));
}

// Two writers and two readers per process, while Redis is wiped, stopped and killed.
TEST_P(CachedSqlStoreTest, ReadsItsWritesAndNeverGoesBackInTime) {
  ASSERT_OK(Write(*here_, "r0", 0));
  ASSERT_OK(Write(*here_, "r1", 0));
  std::atomic<bool> stop = false;
  std::atomic<int> rounds = 0;
  std::vector<std::jthread> threads;
  for (int side = 0; side < 2; ++side) {
    store::Store& mine = side == 0 ? *here_ : *elsewhere_;
    store::Store& other = side == 0 ? *elsewhere_ : *here_;
    const std::string id = "r" + std::to_string(side);
    threads.emplace_back([&mine, &other, &stop, &rounds, id] {
      for (int n = 1; !stop; ++n, ++rounds) {
        const auto revision = Write(mine, id, n);
        ASSERT_THAT(revision, IsOk());
        EXPECT_THAT(NumberOf(mine, id), IsOkAndHolds(n));
        EXPECT_THAT(NumberOf(other, id, *revision), IsOkAndHolds(n));
      }
    });
    threads.emplace_back([&mine, &stop] {
      std::vector<std::int64_t> last(2, 0);
      for (std::size_t i = 0; !stop; ++i) {
        const auto number = NumberOf(mine, "r" + std::to_string(i % 2));
        ASSERT_THAT(number, IsOk());
        EXPECT_GE(*number, last[i % 2]) << "went back in time";
        last[i % 2] = *number;
        std::this_thread::sleep_for(milliseconds(1));
      }
    });
  }
  const auto rest = [] { std::this_thread::sleep_for(milliseconds(400)); };
  rest();
  redis_->Flush();
  rest();
  redis_->Pause();
  rest();
  redis_->Resume();
  rest();
  redis_->Kill();
  rest();
  stop = true;
  threads.clear();
  EXPECT_GT(rounds, 10);
}

INSTANTIATE_TEST_SUITE_P(EveryDatabase, CachedSqlStoreTest, ::testing::ValuesIn(DatabaseKinds()), NameOfKind);

}  // namespace
}  // namespace allmende::cache
