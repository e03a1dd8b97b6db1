// On PostgreSQL the database itself keeps landscapes apart, whatever the statements say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "common/store/postgres/postgres_engine.h"
#include "common/testing/matchers.h"
#include "common/testing/temporary_postgres.h"

namespace allmende {
namespace {

using store::postgres::OpenPostgres;
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

const std::vector<std::string> kTables = {
    "CREATE TABLE IF NOT EXISTS heads (landscape TEXT PRIMARY KEY, revision BIGINT)",
    "CREATE TABLE IF NOT EXISTS r_landscapes (landscape TEXT PRIMARY KEY, id TEXT)",
    "CREATE TABLE IF NOT EXISTS r_actors (landscape TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (landscape, id))"};

class LandscapeWall : public ::testing::Test {
 protected:
  void SetUp() override {
    ALLMENDE_SKIP_WITHOUT_POSTGRES();
    url_ = TemporaryPostgres::Shared().NewDatabase();
    ASSERT_OK_AND_ASSIGN(engine_, OpenPostgres({.url = Secret(url_), .schema = "registry", .sessions = 2}));
    ASSERT_OK(engine_->Migrate(kTables));
    for (const char* landscape : {"a", "b"}) {
      const SessionPtr session = On(landscape);
      const Param params[] = {landscape};
      for (const char* statement : {"INSERT INTO heads VALUES ($1, 1)", "INSERT INTO r_landscapes VALUES ($1, 'self')",
                                    "INSERT INTO r_actors VALUES ($1, 'x')"}) {
        ASSERT_OK(session->Run(statement, params, [](const Row&) {}));
      }
    }
  }

  SessionPtr On(std::string_view landscape) {
    absl::StatusOr<SessionPtr> session = engine_->Writer(landscape, std::chrono::steady_clock::now() + 10s);
    EXPECT_OK(session);
    return *std::move(session);
  }

  static absl::Status Run(Session& session, std::string_view statement) {
    return session.Run(statement, {}, [](const Row&) {});
  }
  static std::vector<std::string> Texts(Session& session, std::string_view statement) {
    std::vector<std::string> texts;
    EXPECT_OK(session.Run(statement, {}, [&](const Row& row) { texts.emplace_back(row.Text(0)); }));
    return texts;
  }

  std::string url_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(LandscapeWall, HidesTheRowsOfOtherLandscapesFromRawStatements) {
  const SessionPtr session = On("a");
  EXPECT_THAT(Texts(*session, "SELECT landscape FROM r_actors"), ElementsAre("a"));
  EXPECT_THAT(Texts(*session, "SELECT landscape FROM heads"), ElementsAre("a"));
  EXPECT_THAT(Texts(*session, "SELECT landscape FROM r_actors WHERE landscape = 'b'"), IsEmpty());
}

TEST_F(LandscapeWall, KeepsRawStatementsFromChangingOtherLandscapes) {
  {
    const SessionPtr session = On("a");
    EXPECT_THAT(Run(*session, "INSERT INTO r_actors VALUES ('b', 'intruder')"), StatusIs(Reason::INTERNAL_ERROR));
    EXPECT_THAT(Run(*session, "UPDATE r_actors SET landscape = 'b'"), StatusIs(Reason::INTERNAL_ERROR));
    ASSERT_OK(Run(*session, "UPDATE r_actors SET id = 'changed' WHERE landscape = 'b'"));
    ASSERT_OK(Run(*session, "DELETE FROM r_actors WHERE landscape = 'b'"));
    ASSERT_OK(Run(*session, "DELETE FROM heads WHERE landscape = 'b'"));
  }
  EXPECT_THAT(Texts(*On("b"), "SELECT id FROM r_actors"), ElementsAre("x"));
  EXPECT_THAT(Texts(*On("b"), "SELECT landscape FROM heads"), ElementsAre("b"));
}

TEST_F(LandscapeWall, LetsASessionOnNoLandscapeReadOnlyWhichLandscapesThereAre) {
  const SessionPtr session = On("");
  EXPECT_THAT(Texts(*session, "SELECT landscape FROM heads ORDER BY 1"), ElementsAre("a", "b"));
  EXPECT_THAT(Texts(*session, "SELECT landscape FROM r_landscapes ORDER BY 1"), ElementsAre("a", "b"));
  EXPECT_THAT(Texts(*session, "SELECT landscape FROM r_actors"), IsEmpty());
  ASSERT_OK(Run(*session, "DELETE FROM r_landscapes"));
  EXPECT_THAT(Texts(*session, "SELECT landscape FROM r_landscapes ORDER BY 1"), ElementsAre("a", "b"));
  EXPECT_THAT(Run(*session, "INSERT INTO r_actors VALUES ('', 'x')"), StatusIs(Reason::INTERNAL_ERROR));
}

TEST_F(LandscapeWall, FollowsASessionThatMovesToAnotherLandscapeAlsoAfterARollback) {
  for (int round = 0; round < 3; ++round) {
    for (const char* landscape : {"a", "b", "c", "d", "a"}) {
      const SessionPtr session = On(landscape);
      ASSERT_OK(session->Begin());
      const std::vector<std::string> seen = Texts(*session, "SELECT landscape FROM r_actors");
      for (const std::string& seen_landscape : seen) EXPECT_EQ(seen_landscape, landscape);
      EXPECT_EQ(seen.size(), *landscape < 'c' ? 1 : 0);
      session->Rollback();
    }
  }
}

TEST_F(LandscapeWall, GivesTheSessionsRowsButNotTheTables) {
  const SessionPtr session = On("a");
  for (const char* statement : {"DROP TABLE r_actors", "ALTER TABLE r_actors DISABLE ROW LEVEL SECURITY",
                                "TRUNCATE r_actors", "CREATE TABLE own (x int)", "SELECT * FROM migrations"}) {
    EXPECT_THAT(Run(*session, statement), StatusIs(Reason::INTERNAL_ERROR)) << statement;
  }
}

TEST_F(LandscapeWall, GuardsEveryTableThatALaterMigrationAdds) {
  std::vector<std::string> tables = kTables;
  tables.push_back("CREATE TABLE IF NOT EXISTS r_sites (landscape TEXT, id TEXT)");
  ASSERT_OK(engine_->Migrate(tables));
  ASSERT_OK(Run(*On("b"), "INSERT INTO r_sites VALUES ('b', 'x')"));
  EXPECT_THAT(Texts(*On("a"), "SELECT id FROM r_sites"), IsEmpty());
}

TEST_F(LandscapeWall, FindsWordsThroughTheirIndexAndOnlyInItsOwnLandscape) {
  std::vector<std::string> tables = kTables;
  tables.push_back(
      "CREATE TABLE IF NOT EXISTS r_offers (landscape TEXT, id TEXT, words tsvector, data BYTEA,"
      " PRIMARY KEY (landscape, id))");
  tables.push_back("CREATE INDEX IF NOT EXISTS i_offers_words ON r_offers USING gin (words)");
  ASSERT_OK(engine_->Migrate(tables));
  for (const char* landscape : {"a", "b"}) {
    const Param params[] = {landscape};
    ASSERT_OK(On(landscape)->Run(
        "INSERT INTO r_offers SELECT $1::text, i::text, ('''w' || i || ''':1A ''both'':2B')::tsvector, ''"
        " FROM generate_series(1, 3000) i",
        params, [](const Row&) {}));
  }
  const std::string database = TemporaryPostgres::DatabaseOf(url_);
  TemporaryPostgres::Shared().Execute(database, "ANALYZE registry.r_offers");
  const SessionPtr session = On("a");
  EXPECT_THAT(Texts(*session, "SELECT landscape || id || in_title FROM m_offers('w7', 'w7:A')"), ElementsAre("a7true"));
  EXPECT_THAT(Texts(*session, "SELECT DISTINCT landscape || in_title FROM m_offers('both', 'both:A')"),
              ElementsAre("afalse"));
  // Statistics are handed over when a session has been idle for a while.
  constexpr char kUsed[] = "SELECT idx_scan > 0 FROM pg_stat_user_indexes WHERE indexrelname = 'i_offers_words'";
  const auto until = std::chrono::steady_clock::now() + 15s;
  while (TemporaryPostgres::Shared().Execute(database, kUsed) != "t" && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(100ms);
    EXPECT_THAT(Texts(*session, "SELECT id FROM m_offers('w7', 'w7:A')"), ElementsAre("7"));
  }
  EXPECT_EQ(TemporaryPostgres::Shared().Execute(database, kUsed), "t");
}

TEST_F(LandscapeWall, LetsOneProcessPrepareAfterTheOther) {
  auto first = engine_->LockPreparation();
  ASSERT_OK(first);
  std::atomic<bool> second_came = false;
  std::jthread second([&] {
    EXPECT_OK(engine_->LockPreparation());
    second_came = true;
  });
  std::this_thread::sleep_for(100ms);
  EXPECT_FALSE(second_came);
  ASSERT_OK(engine_->Migrate(kTables));
  first->reset();
  second.join();
  EXPECT_TRUE(second_came);
}

TEST_F(LandscapeWall, LetsSeveralProcessesMigrateAtTheSameTime) {
  const std::string url = TemporaryPostgres::Shared().NewDatabase();
  std::vector<absl::Status> done(6);
  {
    std::vector<std::jthread> processes;
    for (absl::Status& status : done) {
      processes.emplace_back([&] {
        const auto engine = OpenPostgres({.url = Secret(url), .schema = "registry_too"});
        status = (*engine)->Migrate(kTables);
      });
    }
  }
  for (const absl::Status& status : done) EXPECT_OK(status);
}

TEST_F(LandscapeWall, SaysWhatTheAdministratorMustRunWhereItMayNotCreateTheRole) {
  TemporaryPostgres& server = TemporaryPostgres::Shared();
  const std::string database = TemporaryPostgres::DatabaseOf(server.NewDatabase());
  server.Execute("postgres", "CREATE ROLE humble LOGIN; GRANT CREATE ON DATABASE " + database + " TO humble");
  std::string url = server.UrlOf(database);
  url.replace(url.find("allmende@"), 8, "humble");
  const auto engine = OpenPostgres({.url = Secret(url), .schema = "cooperation"});
  const absl::Status refused = (*engine)->Migrate(kTables);
  ASSERT_THAT(refused, StatusIs(Reason::DATABASE_NOT_PREPARED));
  constexpr char kRemedy[] = "CREATE ROLE allmende_cooperation_app NOLOGIN; GRANT allmende_cooperation_app TO humble;";
  EXPECT_THAT(MessageOf(DetailOf(refused), Language::kGerman), HasSubstr(kRemedy));

  server.Execute(database, kRemedy);
  EXPECT_OK((*engine)->Migrate(kTables));
}

TEST(PostgresUrl, IsRefusedWithoutRepeatingItsPassword) {
  const auto engine = OpenPostgres({.url = Secret<std::string>("postgresql//u:geheim@h/d"), .schema = "registry"});
  EXPECT_THAT(engine, StatusIs(Reason::INVALID_FIELDS));
  EXPECT_THAT(Describe(engine.status()), Not(HasSubstr("geheim")));
}

}  // namespace
}  // namespace allmende
