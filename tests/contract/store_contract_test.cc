// What every store promises about writing and reading, whatever database it stands on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/contract/store_fixture.h"

namespace allmende {
namespace {

using store::Transaction;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class StoreContract : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(EveryDatabase, StoreContract, ::testing::ValuesIn(DatabaseKinds()), NameOfKind);

TEST_P(StoreContract, ReadsWhatWasCreated) {
  ASSERT_OK_AND_ASSIGN(const std::int64_t revision, CreateOne(*store_, Actors(), "a", NewActor("Grundschule Süd")));
  EXPECT_EQ(revision, 2);
  ASSERT_OK_AND_ASSIGN(const Actor actor, ReadOne(*store_, Actors(), "a"));
  EXPECT_EQ(actor.name(), "landscapes/test/actors/a");
  EXPECT_EQ(actor.display_name(), "Grundschule Süd");
  EXPECT_EQ(actor.revision(), 2);
  EXPECT_FALSE(actor.etag().empty());
  EXPECT_EQ(FromProto(actor.create_time()), clock_.Now());
  EXPECT_EQ(FromProto(actor.update_time()), clock_.Now());
}

TEST_P(StoreContract, ReadsSeveralInTheOrderAskedForAndLeavesThePlaceOfAMissingOneEmpty) {
  for (const char* id : {"a", "b", "c"}) ASSERT_OK(CreateOne(*store_, Actors(), id, NewActor(id)));
  const std::vector<std::string> ids = {"c", "none", "a", "NO/ID", "c"};
  CallContext call = CallIn("test");
  ASSERT_OK_AND_ASSIGN(const auto records, store_->Read(call, Actors(), ids, {}));
  ASSERT_THAT(records, SizeIs(5));
  EXPECT_EQ(records[0]->id, "c");
  EXPECT_FALSE(records[1].has_value());
  EXPECT_EQ(records[2]->id, "a");
  EXPECT_FALSE(records[3].has_value());
  EXPECT_EQ(records[4]->id, "c");
  EXPECT_EQ(call.revision, 4);
}

TEST_P(StoreContract, ReadsMoreThanFitIntoOneStatement) {
  ASSERT_OK(Write(*store_, CallIn("test"), [](Transaction& tx) -> absl::Status {
    for (int i = 0; i < 1500; ++i) {
      RETURN_IF_ERROR(tx.Create(Actors(), fmt::format("a{:04}", i), NewActor("x")).status());
    }
    return absl::OkStatus();
  }));
  std::vector<std::string> ids;
  for (int i = 1499; i >= 0; --i) ids.push_back(fmt::format("a{:04}", i));
  CallContext call = CallIn("test");
  ASSERT_OK_AND_ASSIGN(const auto records, store_->Read(call, Actors(), ids, {}));
  ASSERT_THAT(records, SizeIs(1500));
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(records[i]->id, ids[i]);
}

TEST_P(StoreContract, CreatesAnIdOnce) {
  ASSERT_OK(CreateOne(*store_, Actors(), "a", NewActor("x")));
  EXPECT_THAT(CreateOne(*store_, Actors(), "a", NewActor("y")), StatusIs(Reason::ALREADY_EXISTS));
}

TEST_P(StoreContract, RefusesAnIdThatIsNone) {
  EXPECT_THAT(CreateOne(*store_, Actors(), "Ä b", NewActor("x")), HasViolation("actor_id", Reason::MALFORMED));
}

TEST_P(StoreContract, ReplacesAndKeepsTheTimeOfCreation) {
  ASSERT_OK(CreateOne(*store_, Actors(), "a", NewActor("x")));
  ASSERT_OK_AND_ASSIGN(const Actor before, ReadOne(*store_, Actors(), "a"));
  clock_.Advance(1h);
  ASSERT_OK(Write(*store_, CallIn("test"),
                  [](Transaction& tx) { return tx.Replace(Actors(), "a", NewActor("y")).status(); }));
  ASSERT_OK_AND_ASSIGN(const Actor after, ReadOne(*store_, Actors(), "a"));
  EXPECT_EQ(after.display_name(), "y");
  EXPECT_THAT(after.create_time(), EqualsProto(before.create_time()));
  EXPECT_EQ(FromProto(after.update_time()) - FromProto(before.update_time()), 1h);
  EXPECT_NE(after.etag(), before.etag());
}

TEST_P(StoreContract, ReplacesOnlyWhatIsThere) {
  EXPECT_THAT(
      Write(*store_, CallIn("test"), [](Transaction& tx) { return tx.Replace(Actors(), "a", NewActor("y")).status(); }),
      StatusIs(Reason::NOT_FOUND));
}

TEST_P(StoreContract, RefusesAStaleEtag) {
  ASSERT_OK(CreateOne(*store_, Actors(), "a", NewActor("x")));
  ASSERT_OK_AND_ASSIGN(const Actor first, ReadOne(*store_, Actors(), "a"));
  const auto replace = [&](const std::string& name, const std::string& etag) {
    return Write(*store_, CallIn("test"),
                 [&](Transaction& tx) { return tx.Replace(Actors(), "a", NewActor(name), etag).status(); });
  };
  EXPECT_OK(replace("y", first.etag()));
  EXPECT_THAT(replace("z", first.etag()), StatusIs(Reason::STALE_ETAG));
  EXPECT_OK(replace("z", ""));
  EXPECT_THAT(Write(*store_, CallIn("test"), [&](Transaction& tx) { return tx.Remove(Actors(), "a", first.etag()); }),
              StatusIs(Reason::STALE_ETAG));
}

TEST_P(StoreContract, AReplacementThatChangesNothingWritesNothing) {
  ASSERT_OK(CreateOne(*store_, Actors(), "a", NewActor("x")));
  clock_.Advance(1h);
  CallContext call = CallIn("test");
  ASSERT_OK_AND_ASSIGN(const std::int64_t revision, Write(*store_, call, [](Transaction& tx) {
                         return tx.Replace(Actors(), "a", NewActor("x")).status();
                       }));
  EXPECT_EQ(revision, 2);
  EXPECT_THAT(store_->Revision(call), IsOkAndHolds(2));
  ASSERT_OK_AND_ASSIGN(const Actor actor, ReadOne(*store_, Actors(), "a"));
  EXPECT_EQ(actor.revision(), 2);
}

TEST_P(StoreContract, RemovesAndForgets) {
  ASSERT_OK(CreateOne(*store_, Actors(), "a", NewActor("x")));
  ASSERT_OK(Write(*store_, CallIn("test"), [](Transaction& tx) { return tx.Remove(Actors(), "a"); }));
  EXPECT_THAT(ReadOne(*store_, Actors(), "a"), StatusIs(Reason::NOT_FOUND));
  EXPECT_THAT(FindAll(*store_, Actors(), {}), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(FindAll(*store_, Actors(), Filtered("kinds:SCHOOL")), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(Write(*store_, CallIn("test"), [](Transaction& tx) { return tx.Remove(Actors(), "a"); }),
              StatusIs(Reason::NOT_FOUND));
  EXPECT_OK(CreateOne(*store_, Actors(), "a", NewActor("again")));
}

TEST_P(StoreContract, ATransactionReadsItsOwnWrites) {
  ASSERT_OK(CreateOne(*store_, Actors(), "old", NewActor("x")));
  EXPECT_OK(Write(*store_, CallIn("test"), [](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Create(Actors(), "new", NewActor("first")).status());
    EXPECT_THAT(tx.Get(Actors(), "new"), IsOk());
    RETURN_IF_ERROR(tx.Replace(Actors(), "new", NewActor("second")).status());
    EXPECT_EQ(tx.Get(Actors(), "new")->display_name(), "second");
    RETURN_IF_ERROR(tx.Remove(Actors(), "old"));
    EXPECT_THAT(tx.Get(Actors(), "old"), StatusIs(Reason::NOT_FOUND));
    EXPECT_THAT(tx.FindIds(Actors(), "display_name", std::string("second"), 5), IsOkAndHolds(ElementsAre("new")));
    EXPECT_THAT(tx.FindIds(Actors(), "display_name", std::string("first"), 5), IsOkAndHolds(IsEmpty()));
    EXPECT_THAT(tx.FindIds(Actors(), "display_name", std::string("x"), 5), IsOkAndHolds(IsEmpty()));
    return absl::OkStatus();
  }));
}

TEST_P(StoreContract, AFailingTransactionLeavesNothing) {
  EXPECT_THAT(Write(*store_, CallIn("test"),
                    [](Transaction& tx) -> absl::Status {
                      RETURN_IF_ERROR(tx.Create(Actors(), "a", NewActor("x")).status());
                      return Error(Reason::CONFLICTING_FIELDS);
                    }),
              StatusIs(Reason::CONFLICTING_FIELDS));
  EXPECT_THAT(ReadOne(*store_, Actors(), "a"), StatusIs(Reason::NOT_FOUND));
  CallContext call = CallIn("test");
  EXPECT_THAT(store_->Revision(call), IsOkAndHolds(1));
}

TEST_P(StoreContract, ADiscardedTransactionAnswersButLeavesNothing) {
  ASSERT_OK_AND_ASSIGN(const std::int64_t revision, Write(*store_, CallIn("test", "r1", "f"), [](Transaction& tx) {
                         tx.Discard();
                         return tx.Create(Actors(), "a", NewActor("x")).status();
                       }));
  EXPECT_EQ(revision, 1);
  EXPECT_THAT(ReadOne(*store_, Actors(), "a"), StatusIs(Reason::NOT_FOUND));
  EXPECT_OK(Write(*store_, CallIn("test", "r1", "f"),
                  [](Transaction& tx) { return tx.Create(Actors(), "a", NewActor("x")).status(); }));
  EXPECT_OK(ReadOne(*store_, Actors(), "a"));
}

TEST_P(StoreContract, ManyWritersGetConsecutiveRevisions) {
  constexpr int kWriters = 16;
  constexpr int kWrites = 20;
  std::mutex mutex;
  std::vector<std::int64_t> revisions;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < kWrites; ++i) {
        const auto revision = CreateOne(*store_, Actors(), fmt::format("a{}-{}", writer, i), NewActor("x"));
        ASSERT_OK(revision);
        const std::lock_guard lock(mutex);
        revisions.push_back(*revision);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  std::sort(revisions.begin(), revisions.end());
  ASSERT_THAT(revisions, SizeIs(kWriters * kWrites));
  for (std::size_t i = 0; i < revisions.size(); ++i) EXPECT_EQ(revisions[i], static_cast<std::int64_t>(i) + 2);
  CallContext call = CallIn("test");
  ASSERT_OK_AND_ASSIGN(const auto commits, store_->Changes(call, 0, 10'000, {}));
  ASSERT_THAT(commits, SizeIs(kWriters * kWrites + 1));
  for (std::size_t i = 0; i < commits.size(); ++i) {
    EXPECT_EQ(commits[i].revision, static_cast<std::int64_t>(i) + 1);
    EXPECT_THAT(commits[i].changes, SizeIs(1));
  }
}

TEST_P(StoreContract, AReaderNeverSeesHalfOfATransaction) {
  const auto set_both = [&](int number) {
    return Write(*store_, CallIn("test"), [&](Transaction& tx) -> absl::Status {
      for (const char* id : {"a", "b"}) {
        const Actor actor = NewActor(std::to_string(number));
        RETURN_IF_ERROR((number == 0 ? tx.Create(Actors(), id, actor) : tx.Replace(Actors(), id, actor)).status());
      }
      return absl::OkStatus();
    });
  };
  ASSERT_OK(set_both(0));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 1; i < 150; ++i) EXPECT_OK(set_both(i));
    stop = true;
  });
  int looks = 0;
  const std::vector<std::string> ids = {"a", "b"};
  while (!stop) {
    CallContext call = CallIn("test");
    const auto records = store_->Read(call, Actors(), ids, {});
    ASSERT_OK(records);
    ASSERT_THAT(*records, SizeIs(2));
    EXPECT_EQ((*records)[0]->revision, (*records)[1]->revision);
    EXPECT_EQ((*records)[0]->revision, call.revision);
    store::Query query;
    query.count_total = true;
    const auto found = store_->Find(call, Actors(), query);
    ASSERT_OK(found);
    ASSERT_THAT(found->hits, SizeIs(2));
    EXPECT_EQ(found->hits[0].record.revision, found->hits[1].record.revision);
    ++looks;
  }
  writer.join();
  EXPECT_GT(looks, 10);
}

}  // namespace
}  // namespace allmende
