// What the store may expect of a SQL engine, the same of each.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <limits>
#include <optional>
#include <thread>

#include "common/testing/matchers.h"
#include "tests/contract/database_kinds.h"

namespace allmende {
namespace {

using std::chrono::steady_clock;
using store::sql::Blob;
using store::sql::Bound;
using store::sql::Engine;
using store::sql::Param;
using store::sql::Row;
using store::sql::Session;
using store::sql::SessionPtr;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;

constexpr char kInsert[] =
    "INSERT INTO things (landscape, id, number, real_number, words, data) VALUES ($1, $2, $3, $4, $5, $6)";
constexpr char kIds[] = "SELECT id FROM things WHERE landscape = 'a' ORDER BY id";
// Runs for minutes where nothing stops it.
constexpr char kEndless[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT COUNT(*) FROM n";

Deadline In(steady_clock::duration time) { return steady_clock::now() + time; }

std::vector<std::string> MakeTable(const Engine& engine) {
  const auto& dialect = engine.dialect();
  return {
      fmt::format("CREATE TABLE IF NOT EXISTS things (landscape {0} NOT NULL, id {0} NOT NULL, number BIGINT,"
                  " real_number DOUBLE PRECISION, words {0}, data {1}, PRIMARY KEY (landscape, id)) {2}",
                  dialect.text_type, dialect.blob_type, dialect.table_suffix)};
}

class EngineContract : public ::testing::TestWithParam<DatabaseKind> {
 protected:
  void SetUp() override {
    ALLMENDE_SKIP_WITHOUT(GetParam());
    database_ = GetParam().create();
    ASSERT_OK_AND_ASSIGN(engine_, database_->Open());
    ASSERT_OK(engine_->Migrate(MakeTable(*engine_)));
  }

  SessionPtr Writer() { return Lent(engine_->Writer("a", In(20s))); }
  SessionPtr Reader() { return Lent(engine_->Reader("a", In(20s))); }

  static SessionPtr Lent(absl::StatusOr<SessionPtr> session) {
    EXPECT_OK(session);
    return session.ok() ? *std::move(session) : nullptr;
  }

  static absl::Status Insert(Session& session, std::string_view id, std::string_view words = "") {
    const Param params[] = {"a", id, std::monostate{}, std::monostate{}, words, std::monostate{}};
    return session.Run(kInsert, params, [](const Row&) {});
  }

  static std::vector<std::string> Texts(Session& session, std::string_view statement,
                                        std::span<const Param> params = {}) {
    std::vector<std::string> texts;
    EXPECT_OK(session.Run(statement, params, [&](const Row& row) { texts.emplace_back(row.Text(0)); }));
    return texts;
  }

  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<Engine> engine_;
};

struct Thing {
  std::optional<std::int64_t> number;
  std::optional<double> real;
  std::optional<std::string> words;
  std::optional<std::string> data;
  bool operator==(const Thing&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Thing& thing) {
  return out << fmt::format("number {} real {} words {} data of {} bytes", thing.number.value_or(-1),
                            thing.real.value_or(-1), thing.words.value_or("(null)"),
                            thing.data ? thing.data->size() : 0);
}

Thing StoreAndRead(Session& session, const Thing& thing) {
  Param params[] = {"a", "x", std::monostate{}, std::monostate{}, std::monostate{}, std::monostate{}};
  if (thing.number) params[2] = *thing.number;
  if (thing.real) params[3] = *thing.real;
  if (thing.words) params[4] = std::string_view(*thing.words);
  if (thing.data) params[5] = Blob{*thing.data};
  EXPECT_OK(session.Run("DELETE FROM things WHERE landscape = $1", std::span<const Param>(params).first(1),
                        [](const Row&) {}));
  EXPECT_OK(session.Run(kInsert, params, [](const Row&) {}));
  Thing read;
  EXPECT_OK(session.Run("SELECT number, real_number, words, data FROM things", {}, [&](const Row& row) {
    if (!row.IsNull(0)) read.number = row.Integer(0);
    if (!row.IsNull(1)) read.real = row.Real(1);
    if (!row.IsNull(2)) read.words = row.Text(2);
    if (!row.IsNull(3)) read.data = row.Bytes(3);
  }));
  return read;
}

TEST_P(EngineContract, ReadsBackEveryKindOfValue) {
  const SessionPtr session = Writer();
  using Integers = std::numeric_limits<std::int64_t>;
  using Reals = std::numeric_limits<double>;
  const Thing things[] = {
      {},
      {.number = 0, .real = 0.0, .words = "", .data = ""},
      {.number = Integers::min(),
       .real = Reals::lowest(),
       .words = "Förderverein „Straße“ 🌳\n\t'\\",
       .data = std::string("a\0b\0", 4)},
      {.number = Integers::max(), .real = Reals::denorm_min(), .words = "x", .data = std::string(5'000'000, '\xff')},
      {.number = -1, .real = 0.1 + 0.2, .words = "x", .data = "x"},
  };
  for (const Thing& thing : things) EXPECT_EQ(StoreAndRead(*session, thing), thing);
}

TEST_P(EngineContract, ReadsBackWhateverBytesAndNumbersThereAre) {
  const SessionPtr session = Writer();
  rc::check([&](std::int64_t number, double real, const std::string& data) {
    const Thing thing{.number = number, .real = real, .words = "", .data = data};
    RC_ASSERT(StoreAndRead(*session, thing) == thing);
  });
}

TEST_P(EngineContract, CountsSumsAndComparesAsNumbers) {
  const SessionPtr session = Writer();
  for (const std::int64_t number : {7, -20'000, 300'000'000}) {
    const std::string id = std::to_string(number);
    const Param params[] = {"a", id, number, 0.5, "", std::monostate{}};
    ASSERT_OK(session->Run(kInsert, params, [](const Row&) {}));
  }
  int rows = 0;
  ASSERT_OK(
      session->Run("SELECT COUNT(*), SUM(number), AVG(number), SUM(real_number), MAX(number) > 7, MIN(id) FROM things",
                   {}, [&](const Row& row) {
                     ++rows;
                     EXPECT_EQ(row.Integer(0), 3);
                     EXPECT_EQ(row.Integer(1), 299'980'007);
                     EXPECT_NEAR(row.Real(2), 299'980'007 / 3.0, 1e-6);
                     EXPECT_EQ(row.Real(3), 1.5);
                     EXPECT_EQ(row.Integer(4), 1);
                     EXPECT_EQ(row.Text(5), "-20000");
                   }));
  EXPECT_EQ(rows, 1);
}

TEST_P(EngineContract, OrdersTextByItsBytes) {
  const SessionPtr session = Writer();
  for (const char* id : {"b", "Z", "ä", "a", "B"}) ASSERT_OK(Insert(*session, id));
  EXPECT_THAT(Texts(*session, kIds), ElementsAre("B", "Z", "a", "b", "ä"));
}

TEST_P(EngineContract, UsesAParameterAsOftenAsItStandsThere) {
  const SessionPtr session = Writer();
  ASSERT_OK(Insert(*session, "x", "y"));
  ASSERT_OK(Insert(*session, "y", "z"));
  const Param params[] = {"y", "a"};
  EXPECT_THAT(
      Texts(*session, "SELECT id FROM things WHERE (id = $1 OR words = $1) AND landscape = $2 ORDER BY id", params),
      ElementsAre("x", "y"));
}

TEST_P(EngineContract, LimitsAndOffsetsByParameter) {
  const SessionPtr session = Writer();
  for (const char* id : {"1", "2", "3"}) ASSERT_OK(Insert(*session, id));
  const Param params[] = {std::int64_t{1}, std::int64_t{1}};
  EXPECT_THAT(Texts(*session, "SELECT id FROM things ORDER BY id LIMIT $1 OFFSET $2", params), ElementsAre("2"));
}

TEST_P(EngineContract, ShowsWritesToOthersOnlyAfterTheCommit) {
  const SessionPtr writer = Writer();
  const SessionPtr reader = Reader();
  ASSERT_OK(writer->Begin());
  ASSERT_OK(Insert(*writer, "x"));
  EXPECT_THAT(Texts(*writer, kIds), ElementsAre("x"));
  EXPECT_THAT(Texts(*reader, kIds), IsEmpty());
  ASSERT_OK(writer->Commit());
  EXPECT_THAT(Texts(*reader, kIds), ElementsAre("x"));
}

TEST_P(EngineContract, LeavesNothingOfWhatIsRolledBack) {
  const SessionPtr session = Writer();
  ASSERT_OK(session->Begin());
  ASSERT_OK(Insert(*session, "x"));
  session->Rollback();
  EXPECT_THAT(Texts(*session, kIds), IsEmpty());
}

TEST_P(EngineContract, LeavesNothingOfATransactionThatIsDropped) {
  {
    const SessionPtr session = Writer();
    ASSERT_OK(session->Begin());
    ASSERT_OK(Insert(*session, "x"));
    session->Rollback();
  }
  const SessionPtr session = Writer();
  ASSERT_OK(session->Begin());
  ASSERT_OK(Insert(*session, "y"));
  ASSERT_OK(session->Commit());
  EXPECT_THAT(Texts(*session, kIds), ElementsAre("y"));
}

TEST_P(EngineContract, ReadsOneStateInASnapshot) {
  const SessionPtr writer = Writer();
  const SessionPtr reader = Reader();
  ASSERT_OK(Insert(*writer, "x"));
  ASSERT_OK(reader->BeginSnapshot());
  EXPECT_THAT(Texts(*reader, kIds), ElementsAre("x"));
  ASSERT_OK(Insert(*writer, "y"));
  EXPECT_THAT(Texts(*reader, kIds), ElementsAre("x"));
  reader->Rollback();
  EXPECT_THAT(Texts(*reader, kIds), ElementsAre("x", "y"));
}

TEST_P(EngineContract, RunsABatchCompletelyOrNotAtAll) {
  const SessionPtr session = Writer();
  const auto insert = [](std::string_view id) {
    return Bound{kInsert, {"a", id, std::monostate{}, std::monostate{}, "", std::monostate{}}};
  };
  ASSERT_OK(session->Begin());
  EXPECT_THAT(session->RunAll(std::vector<Bound>{insert("x"), insert("y"), insert("x"), insert("z")}), Not(IsOk()));
  session->Rollback();
  EXPECT_THAT(Texts(*session, kIds), IsEmpty());
  ASSERT_OK(session->Begin());
  ASSERT_OK(session->RunAll(std::vector<Bound>{insert("x"), insert("y")}));
  ASSERT_OK(session->RunAll({}));
  ASSERT_OK(session->Commit());
  EXPECT_THAT(Texts(*session, kIds), ElementsAre("x", "y"));
}

TEST_P(EngineContract, RunsABatchLargerThanAnyBuffer) {
  const SessionPtr session = Writer();
  constexpr int kRows = 3000;
  const std::string data(2000, '\0');
  std::vector<std::string> ids;
  for (int i = 0; i < kRows; ++i) ids.push_back(fmt::format("{:05}", i));
  std::vector<Bound> batch;
  for (const std::string& id : ids) batch.push_back({kInsert, {"a", id, std::int64_t{1}, 1.0, "", Blob{data}}});
  ASSERT_OK(session->Begin());
  ASSERT_OK(session->RunAll(batch));
  ASSERT_OK(session->Commit());
  EXPECT_THAT(Texts(*session, "SELECT COUNT(DISTINCT id) || '' FROM things"), ElementsAre("3000"));
}

TEST_P(EngineContract, KeepsWorkingAfterAWrongStatementAndTellsNothingOfTheDriver) {
  const SessionPtr session = Writer();
  const absl::Status wrong = session->Run("SELECT nonsense FROM things", {}, [](const Row&) {});
  EXPECT_THAT(wrong, StatusIs(Reason::INTERNAL_ERROR));
  EXPECT_THAT(Describe(wrong), Not(HasSubstr("nonsense")));
  ASSERT_OK(session->Begin());
  ASSERT_OK(Insert(*session, "x"));
  EXPECT_THAT(Insert(*session, "x"), StatusIs(Reason::INTERNAL_ERROR));
  session->Rollback();
  ASSERT_OK(Insert(*session, "y"));
  EXPECT_THAT(Texts(*session, kIds), ElementsAre("y"));
}

TEST_P(EngineContract, KnowsMoreStatementsThanItKeepsPrepared) {
  const SessionPtr session = Reader();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 600; ++i) {
      ASSERT_THAT(Texts(*session, fmt::format("SELECT '{}'", i)), ElementsAre(std::to_string(i)));
    }
  }
}

TEST_P(EngineContract, EndsAStatementAtItsDeadline) {
  {
    const SessionPtr session = Reader();
    session->SetDeadline(In(100ms));
    const auto start = steady_clock::now();
    EXPECT_THAT(session->Run(kEndless, {}, [](const Row&) {}), StatusIs(Reason::DEADLINE_PASSED));
    EXPECT_LT(steady_clock::now() - start, 100ms + 1s);
  }
  EXPECT_THAT(Texts(*Reader(), kIds), IsEmpty());
}

TEST_P(EngineContract, UndoesAWriteWhoseDeadlinePassesBeforeItsCommit) {
  {
    const SessionPtr session = Writer();
    ASSERT_OK(session->Begin());
    ASSERT_OK(Insert(*session, "x"));
    session->SetDeadline(In(50ms));
    EXPECT_THAT(session->Run(kEndless, {}, [](const Row&) {}), StatusIs(Reason::DEADLINE_PASSED));
    session->Rollback();
  }
  EXPECT_THAT(Texts(*Writer(), kIds), IsEmpty());
}

TEST_P(EngineContract, LendsABoundedNumberOfSessionsAndWaitsForOneUntilTheDeadline) {
  constexpr int kMoreThanAny = 100;
  std::vector<SessionPtr> lent;
  absl::Status refused;
  while (refused.ok() && lent.size() < kMoreThanAny) {
    absl::StatusOr<SessionPtr> session = engine_->Reader("a", In(200ms));
    refused = session.status();
    if (session.ok()) lent.push_back(*std::move(session));
  }
  EXPECT_THAT(refused, StatusIs(Reason::DEADLINE_PASSED));
  EXPECT_GE(lent.size(), 2);

  std::jthread giver([&] {
    std::this_thread::sleep_for(100ms);
    lent.pop_back();
  });
  const auto start = steady_clock::now();
  const SessionPtr waited = Reader();
  EXPECT_GE(steady_clock::now() - start, 50ms);
  ASSERT_NE(waited, nullptr);
  EXPECT_THAT(Texts(*waited, kIds), IsEmpty());
}

TEST_P(EngineContract, MigratesAsOftenAsWanted) {
  ASSERT_OK(Insert(*Writer(), "x"));
  ASSERT_OK(engine_->Migrate(MakeTable(*engine_)));
  EXPECT_THAT(Texts(*Reader(), kIds), ElementsAre("x"));
  const auto replace = [&] {
    std::vector<std::string> statements = MakeTable(*engine_);
    statements.insert(statements.begin(), "DROP TABLE IF EXISTS things");
    return engine_->Migrate(statements);
  };
  for (int round = 0; round < 2; ++round) {
    ASSERT_OK(replace());
    EXPECT_THAT(Texts(*Reader(), kIds), IsEmpty());
    ASSERT_OK(Insert(*Writer(), "x"));
  }
}

TEST_P(EngineContract, KeepsWhatWasCommittedWhenOpenedAgain) {
  ASSERT_OK(Insert(*Writer(), "x"));
  engine_.reset();
  ASSERT_OK_AND_ASSIGN(engine_, database_->Open());
  EXPECT_THAT(Texts(*Reader(), kIds), ElementsAre("x"));
}

INSTANTIATE_TEST_SUITE_P(EveryDatabase, EngineContract, ::testing::ValuesIn(DatabaseKinds()), NameOfKind);

}  // namespace
}  // namespace allmende
