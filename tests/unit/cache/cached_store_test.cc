#include "common/cache/cached_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "tests/support/cache_scene.h"

namespace allmende::cache {
namespace {

using std::chrono::milliseconds;

// Two processes in front of one database, without Redis.
class CachedStoreTest : public ::testing::Test {
 protected:
  CachedStoreTest() {
    auto front = std::make_unique<ForwardingStore>(database_);
    counted_ = front.get();
    here_ = WithCache(std::move(front), {.redis_url = {}});
    elsewhere_ = WithCache(std::make_unique<ForwardingStore>(database_), {.redis_url = {}});
    EXPECT_OK(Write(*here_, "a", 1, "musterland", {.create_landscape = true}));
  }

  MemoryStore database_;
  ForwardingStore* counted_ = nullptr;
  std::unique_ptr<store::Store> here_;
  std::unique_ptr<store::Store> elsewhere_;
};

TEST_F(CachedStoreTest, ReadsTheStoreOnlyOnce) {
  for (int i = 0; i < 10; ++i) EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  EXPECT_EQ(counted_->reads, 1);
}

TEST_F(CachedStoreTest, RemembersThatSomethingDoesNotExist) {
  for (int i = 0; i < 10; ++i) EXPECT_THAT(NumberOf(*here_, "ghost"), IsOkAndHolds(kNothing));
  EXPECT_EQ(counted_->reads, 1);
  EXPECT_OK(Write(*here_, "ghost", 7));
  EXPECT_THAT(NumberOf(*here_, "ghost"), IsOkAndHolds(7));
}

TEST_F(CachedStoreTest, ShowsAWriterItsOwnWritesAtOnce) {
  for (int i = 2; i < 100; ++i) {
    EXPECT_OK(Write(*here_, "a", i));
    EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(i));
  }
  EXPECT_OK(Remove(*here_, "a"));
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(kNothing));
}

TEST_F(CachedStoreTest, KeepsWhatAWriteDidNotTouch) {
  EXPECT_OK(Write(*here_, "b", 1));
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  const int before = counted_->reads;
  EXPECT_OK(Write(*here_, "b", 2));
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  EXPECT_EQ(counted_->reads, before);
}

TEST_F(CachedStoreTest, AnswersAtLeastTheRevisionAskedFor) {
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  ASSERT_OK_AND_ASSIGN(const std::int64_t revision, Write(*elsewhere_, "a", 2));
  EXPECT_THAT(NumberOf(*here_, "a", revision), IsOkAndHolds(2));
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(2));
  EXPECT_THAT(NumberOf(*here_, "a", revision + 1), StatusIs(Reason::REVISION_UNAVAILABLE));
}

TEST_F(CachedStoreTest, IsNeverMoreThanASecondBehindOthers) {
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  for (int i = 2; i < 4; ++i) {
    EXPECT_OK(Write(*elsewhere_, "a", i));
    std::this_thread::sleep_for(milliseconds(1'001));
    EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(i));
  }
}

TEST_F(CachedStoreTest, SaysWhichRevisionAnAnswerIsAbout) {
  ASSERT_OK_AND_ASSIGN(const std::int64_t revision, Write(*here_, "b", 1));
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(const Seen seen, See(*here_, "a"));
    EXPECT_EQ(seen.revision, revision);
  }
}

TEST_F(CachedStoreTest, ReadsSeveralRecordsOfOneState) {
  EXPECT_OK(Write(*here_, "b", 2));
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  // "a" is cached, "b" was changed elsewhere together with "a": never the old one of one with the new one of the other.
  CallContext writing = CallTo();
  EXPECT_OK(elsewhere_->Transact(writing, [&](store::Transaction& tx) -> absl::StatusOr<std::string> {
    for (const char* id : {"a", "b"}) {
      registry::v1::Actor actor;
      actor.set_display_name("9");
      RETURN_IF_ERROR(tx.Replace(NumberedActors(), id, actor).status());
    }
    return std::string();
  }));
  CallContext reading = CallTo();
  const std::vector<std::string> ids = {"a", "ghost", "b"};
  ASSERT_OK_AND_ASSIGN(const auto records, here_->Read(reading, NumberedActors(), ids, {}));
  ASSERT_EQ(records.size(), 3U);
  EXPECT_FALSE(records[1].has_value());
  EXPECT_EQ(records[0]->revision, records[2]->revision);
  EXPECT_EQ(reading.revision, records[2]->revision);
}

TEST_F(CachedStoreTest, GivesBackTheRecordAsTheStoreDoes) {
  CallContext direct = CallTo();
  const std::string id = "a";
  ASSERT_OK_AND_ASSIGN(const auto expected, database_.Read(direct, NumberedActors(), {&id, 1}, {}));
  for (int i = 0; i < 2; ++i) {
    CallContext call = CallTo();
    ASSERT_OK_AND_ASSIGN(const auto found, here_->Read(call, NumberedActors(), {&id, 1}, {}));
    EXPECT_EQ(found[0]->id, expected[0]->id);
    EXPECT_EQ(found[0]->revision, expected[0]->revision);
    EXPECT_EQ(found[0]->bytes, expected[0]->bytes);
    EXPECT_EQ(call.revision, direct.revision);
  }
}

TEST_F(CachedStoreTest, ForgetsALandscapeThatWasRemoved) {
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  CallContext call = CallTo();
  EXPECT_OK(here_->DropLandscape(call));
  EXPECT_THAT(NumberOf(*here_, "a"), StatusIs(Reason::UNKNOWN_LANDSCAPE));
  EXPECT_OK(Write(*here_, "b", 5, "musterland", {.create_landscape = true}));
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(kNothing));
  EXPECT_THAT(NumberOf(*here_, "b"), IsOkAndHolds(5));
}

TEST_F(CachedStoreTest, NoticesALandscapeMadeAnewElsewhereWithTheSameRevision) {
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  EXPECT_THAT(NumberOf(*here_, "b"), IsOkAndHolds(kNothing));
  CallContext call = CallTo();
  EXPECT_OK(elsewhere_->DropLandscape(call));
  EXPECT_OK(Write(*elsewhere_, "b", 5, "musterland", {.create_landscape = true}));
  std::this_thread::sleep_for(milliseconds(1'001));
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(kNothing));
  EXPECT_THAT(NumberOf(*here_, "b"), IsOkAndHolds(5));
}

TEST_F(CachedStoreTest, IsNoReasonToAnswerForAStoreThatIsAwayForLong) {
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  counted_->before = [] { return Error(Reason::TEMPORARILY_UNAVAILABLE, {{"what", "store"}}); };
  std::this_thread::sleep_for(milliseconds(1'001));
  EXPECT_THAT(NumberOf(*here_, "a"), StatusIs(Reason::TEMPORARILY_UNAVAILABLE));
  counted_->before = [] { return absl::OkStatus(); };
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
}

TEST_F(CachedStoreTest, FetchesOnceForManyCallersAtTheSameTime) {
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  const int before = counted_->reads;
  counted_->before = [] {
    std::this_thread::sleep_for(milliseconds(50));
    return absl::OkStatus();
  };
  std::vector<std::jthread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([this] { EXPECT_THAT(NumberOf(*here_, "ghost"), IsOkAndHolds(kNothing)); });
  }
  callers.clear();
  EXPECT_EQ(counted_->reads, before + 1);
}

TEST_F(CachedStoreTest, PassesReadsOfThePastOn) {
  EXPECT_THAT(NumberOf(*here_, "a"), IsOkAndHolds(1));
  const int before = counted_->reads;
  CallContext call = CallTo();
  const std::string id = "a";
  store::ReadAt at;
  at.revision = 1;
  EXPECT_OK(here_->Read(call, NumberedActors(), {&id, 1}, at));
  EXPECT_EQ(counted_->reads, before + 1);
}

// Writers and readers in two processes: whoever was told a revision sees at least that one, and nobody goes back in
// time.
TEST_F(CachedStoreTest, HoldsItsPromisesUnderLoad) {
  constexpr int kIds = 5;
  for (int i = 0; i < kIds; ++i) EXPECT_OK(Write(*here_, "r" + std::to_string(i), 0));
  std::atomic<bool> stop = false;
  std::atomic<int> looks = 0;
  std::vector<std::jthread> threads;
  for (int writer = 0; writer < 2; ++writer) {
    threads.emplace_back([&, writer] {
      store::Store& mine = writer == 0 ? *here_ : *elsewhere_;
      store::Store& other = writer == 0 ? *elsewhere_ : *here_;
      const std::string id = "r" + std::to_string(writer);
      for (int n = 1; !stop; ++n) {
        const auto revision = Write(mine, id, n);
        ASSERT_THAT(revision, IsOk());
        EXPECT_THAT(NumberOf(mine, id), IsOkAndHolds(n));
        EXPECT_THAT(NumberOf(other, id, *revision), IsOkAndHolds(n));
        std::this_thread::sleep_for(milliseconds(1));
      }
    });
  }
  for (int reader = 0; reader < 4; ++reader) {
    threads.emplace_back([&, reader] {
      store::Store& mine = reader % 2 == 0 ? *here_ : *elsewhere_;
      std::vector<std::int64_t> last(kIds, 0);
      for (int i = 0; !stop; ++i, ++looks) {
        const auto which = static_cast<std::size_t>(i % kIds);
        const auto number = NumberOf(mine, "r" + std::to_string(which));
        ASSERT_THAT(number, IsOk());
        EXPECT_GE(*number, last[which]) << "went back in time";
        last[which] = *number;
        if (i % 64 == 0) std::this_thread::sleep_for(milliseconds(1));
      }
    });
  }
  std::this_thread::sleep_for(milliseconds(2'000));
  stop = true;
  threads.clear();
  EXPECT_GT(looks, 1'000);
}

}  // namespace
}  // namespace allmende::cache
