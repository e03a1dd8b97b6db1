#include "common/store/postgres/postgres_engine.h"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>

#include "common/base/macros.h"
#include "common/status/error.h"
#include "common/store/postgres/migration.h"
#include "common/store/postgres/session_pool.h"

namespace allmende::store::postgres {
namespace {

class PostgresEngine final : public sql::Engine {
 public:
  explicit PostgresEngine(PostgresOptions options)
      : options_(std::move(options)),
        statistics_(options_.url, options_.schema),
        pool_({.url = options_.url,
               .schema = options_.schema,
               .role = RoleOf(options_.schema),
               .statistics = &statistics_},
              options_.sessions) {}

  const sql::Dialect& dialect() const override { return dialect_; }
  absl::StatusOr<sql::SessionPtr> Reader(std::string_view landscape, Deadline deadline) override {
    return pool_.Lend(landscape, deadline);
  }
  absl::StatusOr<sql::SessionPtr> Writer(std::string_view landscape, Deadline deadline) override {
    return pool_.Lend(landscape, deadline);
  }
  int write_lanes() const override { return options_.write_lanes; }
  absl::Status Migrate(std::span<const std::string> statements) override {
    return MigrateSchema(options_.url, options_.schema, statements);
  }
  absl::StatusOr<std::shared_ptr<void>> LockPreparation() override {
    return LockSchemaPreparation(options_.url, options_.schema);
  }
  bool shared() const override { return true; }

 private:
  const PostgresOptions options_;
  const sql::Dialect dialect_{.blob_type = "BYTEA",
                              .text_type = "TEXT COLLATE \"C\"",
                              .table_suffix = "",
                              .for_update = "FOR UPDATE",
                              .is_postgres = true};
  StatisticsKeeper statistics_;
  SessionPool pool_;
};

bool IsUrl(const std::string& url) {
  if (!url.starts_with("postgresql://") && !url.starts_with("postgres://")) return false;
  // The driver's own words could repeat the password.
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(PQconninfoParse(url.c_str(), nullptr),
                                                                            &PQconninfoFree);
  return parsed != nullptr;
}

// It becomes part of statements.
bool IsPlainName(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

}  // namespace

absl::StatusOr<std::unique_ptr<sql::Engine>> OpenPostgres(PostgresOptions options) {
  if (!IsUrl(options.url.Reveal())) {
    return FieldError("database", Reason::MALFORMED,
                      {{"value", "…"}, {"expected", "postgresql://user:password@host:port/database"}});
  }
  if (!IsPlainName(options.schema))
    return FieldError("schema", Reason::MALFORMED, {{"value", options.schema}, {"expected", "a-z_"}});
  options.sessions = std::max(options.sessions, 1);
  options.write_lanes = std::clamp(options.write_lanes, 1, options.sessions);
  return std::make_unique<PostgresEngine>(std::move(options));
}

}  // namespace allmende::store::postgres
