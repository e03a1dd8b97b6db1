#include "tests/contract/database_kinds.h"

#include "common/store/postgres/postgres_engine.h"
#include "common/store/sqlite/sqlite_engine.h"
#include "common/testing/temporary.h"
#include "common/testing/temporary_postgres.h"

namespace allmende {
namespace {

constexpr int kSessions = 8;

class OnPostgres final : public TestDatabase {
 public:
  absl::StatusOr<std::unique_ptr<store::sql::Engine>> Open() override {
    return store::postgres::OpenPostgres(
        {.url = Secret(url_), .schema = "registry", .sessions = kSessions, .write_lanes = 4});
  }

 private:
  std::string url_ = TemporaryPostgres::Shared().NewDatabase();
};

class OnSqlite final : public TestDatabase {
 public:
  absl::StatusOr<std::unique_ptr<store::sql::Engine>> Open() override {
    return store::sqlite::OpenSqlite({.file = folder_ / "store.db"});
  }

 private:
  TempDir folder_;
};

template <typename Database>
std::unique_ptr<TestDatabase> Create() {
  return std::make_unique<Database>();
}

}  // namespace

std::vector<DatabaseKind> DatabaseKinds() {
  return {
      {.name = "SQLite", .missing_because = "", .create = &Create<OnSqlite>},
      {.name = "PostgreSQL", .missing_because = TemporaryPostgres::MissingBecause(), .create = &Create<OnPostgres>}};
}

}  // namespace allmende
