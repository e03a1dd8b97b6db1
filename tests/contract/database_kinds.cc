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
  absl::StatusOr<std::unique_ptr<store::sql::Engine>> Open() override { return OpenAddress(url_); }
  std::string Address() const override { return url_; }

 private:
  std::string url_ = TemporaryPostgres::Shared().NewDatabase();
};

class OnSqlite final : public TestDatabase {
 public:
  absl::StatusOr<std::unique_ptr<store::sql::Engine>> Open() override { return OpenAddress(Address()); }
  std::string Address() const override { return (folder_ / "store.db").string(); }

 private:
  TempDir folder_;
};

template <typename Database>
std::unique_ptr<TestDatabase> Create() {
  return std::make_unique<Database>();
}

}  // namespace

absl::StatusOr<std::unique_ptr<store::sql::Engine>> OpenAddress(const std::string& address) {
  if (!address.starts_with("postgresql://")) return store::sqlite::OpenSqlite({.file = address});
  return store::postgres::OpenPostgres(
      {.url = Secret(address), .schema = "registry", .sessions = kSessions, .write_lanes = 4});
}

std::vector<DatabaseKind> DatabaseKinds() {
  return {
      {.name = "SQLite", .missing_because = "", .create = &Create<OnSqlite>},
      {.name = "PostgreSQL", .missing_because = TemporaryPostgres::MissingBecause(), .create = &Create<OnPostgres>}};
}

}  // namespace allmende
