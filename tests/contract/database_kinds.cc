#include "tests/contract/database_kinds.h"

#include "common/store/postgres/postgres_engine.h"
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

template <typename Database>
std::unique_ptr<TestDatabase> Create() {
  return std::make_unique<Database>();
}

}  // namespace

std::vector<DatabaseKind> DatabaseKinds() {
  return {
      {.name = "PostgreSQL", .missing_because = TemporaryPostgres::MissingBecause(), .create = &Create<OnPostgres>}};
}

}  // namespace allmende
