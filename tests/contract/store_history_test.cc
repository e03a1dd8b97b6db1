// The past: as-of reads, history, the changes after a revision, and waiting for the next one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <thread>

#include "tests/contract/store_fixture.h"

namespace allmende {
namespace {

using store::ChangeKind;
using store::Commit;
using store::Query;
using store::ReadAt;
using store::Transaction;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

Deadline In(std::chrono::steady_clock::duration time) { return std::chrono::steady_clock::now() + time; }

class StoreHistory : public StoreTest {
 protected:
  std::int64_t Put(std::string_view id, std::string_view name) {
    const auto revision = Write(*store_, CallIn("test"), [&](Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const auto before, tx.Find(Actors(), id));
      if (before == nullptr) return tx.Create(Actors(), id, NewActor(name)).status();
      return tx.Replace(Actors(), id, NewActor(name)).status();
    });
    EXPECT_OK(revision);
    return revision.value_or(0);
  }
  std::int64_t Remove(std::string_view id) {
    const auto revision = Write(*store_, CallIn("test"), [&](Transaction& tx) { return tx.Remove(Actors(), id); });
    EXPECT_OK(revision);
    return revision.value_or(0);
  }
  std::string NameAt(const std::string& id, const ReadAt& at) {
    const auto actor = ReadOne(*store_, Actors(), id, at);
    return actor.ok() ? actor->display_name() : Reason_Name(ReasonOf(actor.status()));
  }
  std::vector<Commit> Changes(std::int64_t from, int max, std::vector<std::string> collections = {}) {
    CallContext call = CallIn("test");
    const auto commits = store_->Changes(call, from, max, collections);
    EXPECT_OK(commits);
    return commits.ok() ? *commits : std::vector<Commit>();
  }
};
INSTANTIATE_TEST_SUITE_P(EveryDatabase, StoreHistory, ::testing::ValuesIn(DatabaseKinds()), NameOfKind);

TEST_P(StoreHistory, ReadsAsOfARevision) {
  Put("a", "first");
  Put("a", "second");
  Remove("a");
  EXPECT_EQ(NameAt("a", {.revision = 1}), "NOT_FOUND");
  EXPECT_EQ(NameAt("a", {.revision = 2}), "first");
  EXPECT_EQ(NameAt("a", {.revision = 3}), "second");
  EXPECT_EQ(NameAt("a", {.revision = 4}), "NOT_FOUND");
  EXPECT_EQ(NameAt("a", {.revision = 5}), "REVISION_UNAVAILABLE");
  EXPECT_EQ(NameAt("a", {.revision = -1}), "REVISION_UNAVAILABLE");
  CallContext call = CallIn("test");
  const std::vector<std::string> ids = {"a"};
  ASSERT_OK(store_->Read(call, Actors(), ids, {.revision = 2}));
  EXPECT_EQ(call.revision, 2);
}

TEST_P(StoreHistory, ReadsAsOfATime) {
  const Time start = clock_.Now();
  clock_.Advance(1h);
  Put("a", "first");
  clock_.Advance(1h);
  Put("a", "second");
  EXPECT_EQ(NameAt("a", {.time = start - 1h}), "NOT_FOUND");
  EXPECT_EQ(NameAt("a", {.time = start + 59min}), "NOT_FOUND");
  EXPECT_EQ(NameAt("a", {.time = start + 1h}), "first");
  EXPECT_EQ(NameAt("a", {.time = start + 119min}), "first");
  EXPECT_EQ(NameAt("a", {.time = start + 10h}), "second");
}

TEST_P(StoreHistory, TimeNeverRunsBackwards) {
  Put("a", "first");
  clock_.Advance(-1h);
  Put("a", "second");
  const auto commits = Changes(0, 100);
  ASSERT_THAT(commits, SizeIs(3));
  EXPECT_EQ(commits[1].time, commits[2].time);
}

TEST_P(StoreHistory, RefusesToSearchThePast) {
  Put("a", "first");
  Query query;
  query.at.revision = 1;
  query.facets = {"kinds"};
  CallContext call = CallIn("test");
  EXPECT_THAT(store_->Find(call, Actors(), query), StatusIs(Reason::CONFLICTING_FIELDS));
}

TEST_P(StoreHistory, WaitsForTheRevisionWantedAtLeast) {
  Put("a", "first");
  std::thread writer([this] {
    std::this_thread::sleep_for(100ms);
    Put("a", "second");
  });
  EXPECT_EQ(NameAt("a", {.min_revision = 3}), "second");
  writer.join();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(NameAt("a", {.min_revision = 9}), "REVISION_UNAVAILABLE");
  EXPECT_GE(std::chrono::steady_clock::now() - start, 900ms);
  CallContext call = CallIn("test");
  call.deadline = In(100ms);
  Query query;
  query.at.min_revision = 9;
  EXPECT_FALSE(store_->Find(call, Actors(), query).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1900ms);
}

TEST_P(StoreHistory, TellsWhatBecameOfAResourceNewestFirst) {
  Put("a", "first");
  Put("b", "other");
  Put("a", "second");
  Remove("a");
  CallContext call = CallIn("test");
  ASSERT_OK_AND_ASSIGN(const auto newest, store_->History(call, Actors(), "a", 0, 2));
  ASSERT_THAT(newest, SizeIs(2));
  EXPECT_EQ(newest[0].revision, 5);
  EXPECT_EQ(newest[0].principal, "key:test");
  EXPECT_EQ(newest[0].changes.at(0).kind, ChangeKind::kDeleted);
  EXPECT_EQ(newest[1].revision, 4);
  EXPECT_EQ(newest[1].changes.at(0).kind, ChangeKind::kUpdated);
  ASSERT_OK_AND_ASSIGN(const auto rest, store_->History(call, Actors(), "a", 4, 2));
  ASSERT_THAT(rest, SizeIs(1));
  EXPECT_EQ(rest[0].revision, 2);
  EXPECT_EQ(rest[0].changes.at(0).kind, ChangeKind::kCreated);
  // A deletion shows what was there last.
  Actor last;
  ASSERT_TRUE(last.ParseFromString(newest[0].changes[0].bytes));
  EXPECT_EQ(last.display_name(), "second");
}

TEST_P(StoreHistory, OneTransactionIsOneChangePerResource) {
  ASSERT_OK(Write(*store_, CallIn("test"), [](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Create(Actors(), "kept", NewActor("first")).status());
    RETURN_IF_ERROR(tx.Replace(Actors(), "kept", NewActor("second")).status());
    RETURN_IF_ERROR(tx.Create(Actors(), "gone", NewActor("x")).status());
    return tx.Remove(Actors(), "gone");
  }));
  const auto commits = Changes(1, 100);
  ASSERT_THAT(commits, SizeIs(1));
  ASSERT_THAT(commits[0].changes, SizeIs(1));
  EXPECT_EQ(commits[0].changes[0].id, "kept");
  EXPECT_EQ(commits[0].changes[0].kind, ChangeKind::kCreated);
}

TEST_P(StoreHistory, ATransactionThatUndoesItselfHasNoRevision) {
  ASSERT_OK(Write(*store_, CallIn("test"), [](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Create(Actors(), "gone", NewActor("x")).status());
    return tx.Remove(Actors(), "gone");
  }));
  CallContext call = CallIn("test");
  EXPECT_THAT(store_->Revision(call), IsOkAndHolds(1));
}

TEST_P(StoreHistory, ChangesCanBeResumedAnywhereAndLoseNothing) {
  for (int i = 0; i < 7; ++i) {
    ASSERT_OK(Write(*store_, CallIn("test"), [&](Transaction& tx) -> absl::Status {
      for (int j = 0; j <= i; ++j) {
        RETURN_IF_ERROR(tx.Create(Actors(), fmt::format("a{}-{}", i, j), NewActor("x")).status());
      }
      return tx.Create(Areas(), fmt::format("b{}", i), NewArea("x")).status();
    }));
  }
  for (const int max : {1, 3, 5, 100}) {
    std::int64_t from = 1;
    std::size_t changes = 0;
    while (from < 8) {
      const auto commits = Changes(from, max);
      ASSERT_FALSE(commits.empty());
      for (const Commit& commit : commits) {
        EXPECT_EQ(commit.revision, ++from);
        EXPECT_THAT(commit.changes, SizeIs(static_cast<std::size_t>(from)));
        changes += commit.changes.size();
      }
    }
    EXPECT_EQ(changes, 28U + 7U);
    EXPECT_THAT(Changes(from, max), IsEmpty());
  }
}

TEST_P(StoreHistory, ChangesOfOtherCollectionsLeaveEmptyCommits) {
  Put("a", "x");
  ASSERT_OK(CreateOne(*store_, Areas(), "b", NewArea("y")));
  Put("c", "z");
  const auto commits = Changes(0, 100, {"areas"});
  ASSERT_THAT(commits, SizeIs(4));
  EXPECT_THAT(commits[0].changes, IsEmpty());
  EXPECT_THAT(commits[1].changes, IsEmpty());
  EXPECT_THAT(commits[2].changes, SizeIs(1));
  EXPECT_THAT(commits[3].changes, IsEmpty());
}

TEST_P(StoreHistory, RefusesChangesAfterARevisionThatIsNotThereYet) {
  CallContext call = CallIn("test");
  EXPECT_THAT(store_->Changes(call, 2, 10, {}), StatusIs(Reason::REVISION_UNAVAILABLE));
  EXPECT_THAT(store_->Changes(call, -1, 10, {}), StatusIs(Reason::REVISION_UNAVAILABLE));
}

TEST_P(StoreHistory, WakesWhoWaitsForTheNextRevision) {
  std::thread writer([this] {
    std::this_thread::sleep_for(100ms);
    Put("a", "x");
  });
  CallContext call = CallIn("test");
  EXPECT_THAT(store_->AwaitRevision(call, 1, In(20s)), IsOkAndHolds(2));
  writer.join();
  EXPECT_THAT(store_->AwaitRevision(call, 1, In(20s)), IsOkAndHolds(2));
  EXPECT_THAT(store_->AwaitRevision(call, 2, In(50ms)), IsOkAndHolds(2));
  std::atomic<bool> cancelled = false;
  call.cancelled = [&] { return cancelled.load(); };
  std::thread caller([&] {
    std::this_thread::sleep_for(100ms);
    cancelled = true;
  });
  const auto start = std::chrono::steady_clock::now();
  EXPECT_OK(store_->AwaitRevision(call, 2, In(20s)));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  caller.join();
}

TEST_P(StoreHistory, SeesRevisionsOfAnotherProcessOrKeepsItOut) {
  auto engine = database_->Open();
  if (!engine.ok()) {
    EXPECT_THAT(engine, StatusIs(Reason::TEMPORARILY_UNAVAILABLE));
    return;
  }
  ASSERT_TRUE((*engine)->shared());
  ASSERT_OK_AND_ASSIGN(const auto other, store::sql::OpenSqlStore(*std::move(engine), TestTypes(), {.clock = &clock_}));
  std::thread writer([&] {
    std::this_thread::sleep_for(100ms);
    EXPECT_OK(CreateOne(*other, Actors(), "a", NewActor("x")));
  });
  CallContext call = CallIn("test");
  EXPECT_THAT(store_->AwaitRevision(call, 1, In(20s)), IsOkAndHolds(2));
  writer.join();
}

// Every state there ever was can be read again, alone and in lists.
TEST_P(StoreHistory, ThePastEqualsItsReplay) {
  const bool passed = rc::check([&] {
    static int round = 0;
    const std::string landscape = fmt::format("past-{}-{}", GetParam().name == "SQLite" ? "a" : "b", round++);
    RC_ASSERT(CreateLandscape(*store_, landscape).ok());
    std::map<std::string, std::string> now;
    std::vector<std::map<std::string, std::string>> states = {{}, {}};  // by revision
    const int steps = *rc::gen::inRange(1, 8);
    for (int step = 0; step < steps; ++step) {
      const auto before = now;
      const auto writes = *rc::gen::container<std::vector<std::pair<int, int>>>(
          rc::gen::pair(rc::gen::inRange(0, 3), rc::gen::inRange(0, 3)));
      RC_ASSERT(Write(*store_, CallIn(landscape), [&](Transaction& tx) -> absl::Status {
                  for (const auto& [which, what] : writes) {
                    const std::string id = fmt::format("a{}", which);
                    if (what == 0) {
                      if (now.erase(id) > 0) RETURN_IF_ERROR(tx.Remove(Actors(), id));
                      continue;
                    }
                    const Actor actor = NewActor(std::to_string(what));
                    const bool exists = now.contains(id);
                    RETURN_IF_ERROR(
                        (exists ? tx.Replace(Actors(), id, actor) : tx.Create(Actors(), id, actor)).status());
                    now[id] = std::to_string(what);
                  }
                  return absl::OkStatus();
                }).ok());
      CallContext call = CallIn(landscape);
      const std::int64_t revision = store_->Revision(call).value_or(0);
      // A removal and a creation that end where they began are still a change: of the times.
      RC_ASSERT(revision == static_cast<std::int64_t>(states.size()) || now == before);
      if (revision == static_cast<std::int64_t>(states.size())) states.push_back(now);
    }
    for (std::size_t revision = 1; revision < states.size(); ++revision) {
      Query query;
      query.limit = 2;
      query.at.revision = static_cast<std::int64_t>(revision);
      std::vector<std::string> expected;
      for (const auto& [id, name] : states[revision]) expected.push_back(id);
      RC_ASSERT(FindAll(*store_, Actors(), query, landscape).value() == expected);
      for (const auto& [id, name] : states[revision]) {
        RC_ASSERT(ReadOne(*store_, Actors(), id, query.at, landscape)->display_name() == name);
      }
    }
  });
  EXPECT_TRUE(passed);
}

}  // namespace
}  // namespace allmende
