// A landscape taken out of one engine and put into another is the same landscape: history, records, search and replies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/store/sql/transfer.h"
#include "tests/contract/store_fixture.h"

namespace allmende {
namespace {

using store::Commit;
using store::sql::KeptReply;
using store::sql::Replay;
using ::testing::ElementsAre;

std::vector<Commit> AllCommits(store::Store& store) {
  CallContext call = CallIn("test");
  auto commits = store.Changes(call, 0, 1'000'000, {});
  EXPECT_OK(commits);
  return commits.ok() ? *commits : std::vector<Commit>();
}

std::string TextOf(const std::vector<Commit>& commits) {
  std::string text;
  for (const Commit& commit : commits) {
    text += std::to_string(commit.revision) + " " + ToIso8601(commit.time) + " " + commit.principal + " " +
            commit.method + " " + commit.request_id + "\n";
    for (const auto& change : commit.changes) {
      text += "  " + change.collection + "/" + change.id + " " + std::to_string(static_cast<int>(change.kind)) + " " +
              change.bytes + "\n";
    }
  }
  return text;
}

class Transfer : public ::testing::TestWithParam<std::tuple<DatabaseKind, DatabaseKind>> {};

TEST_P(Transfer, CarriesEverythingOfALandscape) {
  const DatabaseKind& from = std::get<0>(GetParam());
  const DatabaseKind& to = std::get<1>(GetParam());
  ALLMENDE_SKIP_WITHOUT(from);
  ALLMENDE_SKIP_WITHOUT(to);
  FakeClock clock;
  const auto source = from.create();
  std::string before;
  {
    auto opened = store::sql::OpenSqlStore(*source->Open(), TestTypes(), {.clock = &clock});
    ASSERT_OK(opened);
    store::Store& store = **opened;
    ASSERT_OK(CreateLandscape(store, "test"));
    clock.Advance(std::chrono::hours(1));
    ASSERT_OK(CreateOne(store, Areas(), "north", NewArea("Nordstadt")));
    ASSERT_OK(CreateOne(store, Actors(), "choir", NewActor("Gesangverein")));
    ASSERT_OK(CreateOne(store, Actors(), "gone", NewActor("Ruderklub")));
    clock.Advance(std::chrono::hours(1));
    ASSERT_OK(Write(store, CallIn("test", "request-1", "print"), [](store::Transaction& tx) {
      return tx.Replace(Actors(), "choir", NewActor("Männergesangverein")).status();
    }));
    ASSERT_OK(Write(store, CallIn("test"), [](store::Transaction& tx) { return tx.Remove(Actors(), "gone"); }));
    before = TextOf(AllCommits(store));
  }

  const auto target = to.create();
  {
    const auto engine = *source->Open();
    EXPECT_THAT(store::sql::ListLandscapes(*engine), IsOkAndHolds(ElementsAre("test")));
    auto replay = Replay::Open(*target->Open(), TestTypes());
    ASSERT_OK(replay);
    ASSERT_OK(store::sql::ReadLandscape(
        *engine, "test", [&](const Commit& commit) { return (*replay)->Append("test", std::span(&commit, 1)); },
        [&](const KeptReply& reply) { return (*replay)->Append("test", reply); }));
  }

  auto opened = store::sql::OpenSqlStore(*target->Open(), TestTypes(), {.clock = &clock});
  ASSERT_OK(opened);
  store::Store& store = **opened;
  EXPECT_EQ(TextOf(AllCommits(store)), before);
  EXPECT_EQ(ReadOne(store, Actors(), "choir")->display_name(), "Männergesangverein");
  EXPECT_EQ(ReadOne(store, Actors(), "choir", {.revision = 3})->display_name(), "Gesangverein");
  EXPECT_EQ(ReasonOf(ReadOne(store, Actors(), "gone").status()), Reason::NOT_FOUND);
  store::Query query;
  query.text = store::TextQuery{.text = "maennergesangverein"};
  EXPECT_THAT(FindAll(store, Actors(), query), IsOkAndHolds(ElementsAre("choir")));
  // A repetition of the request still gets its first answer, and new writes go on after the last revision.
  EXPECT_EQ(
      ReasonOf(Write(store, CallIn("test", "request-1", "other"), [](store::Transaction&) { return absl::OkStatus(); })
                   .status()),
      Reason::REQUEST_ID_REUSED);
  EXPECT_THAT(CreateOne(store, Actors(), "new", NewActor("Neu")), IsOkAndHolds(AllCommits(store).size() + 1));
}

TEST_P(Transfer, RefusesAGapAndADatabaseThatIsNotEmpty) {
  const DatabaseKind& to = std::get<1>(GetParam());
  ALLMENDE_SKIP_WITHOUT(to);
  const auto target = to.create();
  {
    auto replay = Replay::Open(*target->Open(), TestTypes());
    ASSERT_OK(replay);
    Commit commit{.revision = 2, .time = FromMicros(1), .principal = "", .method = "", .request_id = "", .changes = {}};
    EXPECT_EQ(ReasonOf((*replay)->Append("test", std::span(&commit, 1))), Reason::INVALID_FIELDS);
    commit.revision = 1;
    EXPECT_OK((*replay)->Append("test", std::span(&commit, 1)));
  }
  EXPECT_EQ(ReasonOf(Replay::Open(*target->Open(), TestTypes()).status()), Reason::ALREADY_EXISTS);
}

INSTANTIATE_TEST_SUITE_P(BetweenAllDatabases, Transfer,
                         ::testing::Combine(::testing::ValuesIn(DatabaseKinds()), ::testing::ValuesIn(DatabaseKinds())),
                         [](const auto& info) {
                           return std::get<0>(info.param).name + "To" + std::get<1>(info.param).name;
                         });

}  // namespace
}  // namespace allmende
