#include "common/store/postgres/migration.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "common/base/ids.h"
#include "common/base/macros.h"
#include "common/status/error.h"
#include "common/store/postgres/owner.h"

namespace allmende::store::postgres {
namespace {

using namespace std::chrono_literals;

// How long a migration may take, waiting for other processes' ones included.
constexpr auto kLimit = 10min;

// Grants and policies for the tables of schema {0} and the role {1}. A table with a landscape shows the role only rows
// of the landscape that the session is on; two of them may also be read across landscapes, by a session on none. The
// owner may read (for backups, and for the functions below) but not write.
constexpr char kGuards[] = R"sql(
DO $$
DECLARE guarded record;
BEGIN
  GRANT USAGE ON SCHEMA {0} TO {1};
  GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {0} TO {1};
  REVOKE ALL ON {0}.migrations FROM {1};
  FOR guarded IN
    SELECT c.oid::regclass AS name, c.relname IN ('heads', 'r_landscapes') AS across
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'landscape' AND NOT a.attisdropped
    WHERE c.relnamespace = '{0}'::regnamespace AND c.relkind IN ('r', 'p')
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', guarded.name);
    EXECUTE format('DROP POLICY IF EXISTS own_landscape ON %s', guarded.name);
    EXECUTE format('CREATE POLICY own_landscape ON %s TO {1}'
                   ' USING (landscape = nullif(current_setting(''allmende.landscape'', true), ''''))', guarded.name);
    EXECUTE format('DROP POLICY IF EXISTS owner_reads ON %s', guarded.name);
    EXECUTE format('CREATE POLICY owner_reads ON %s FOR SELECT TO CURRENT_USER USING (true)', guarded.name);
    EXECUTE format('DROP POLICY IF EXISTS across_landscapes ON %s', guarded.name);
    IF guarded.across THEN
      EXECUTE format('CREATE POLICY across_landscapes ON %s FOR SELECT TO {1}'
                     ' USING (current_setting(''allmende.landscape'', true) = '''')', guarded.name);
    END IF;
  END LOOP;
END $$)sql";

// m_X for each r_X with words: everything of the rows found but their data, and whether their title alone fits as well.
constexpr char kWordFunctions[] = R"sql(
DO $do$
DECLARE searched record;
BEGIN
  FOR searched IN
    SELECT 'm' || substr(c.relname, 2) AS function, c.relname AS name,
           string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum) AS typed,
           string_agg(format('r.%I', a.attname), ', ' ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = '{0}'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname NOT IN ('words', 'data')
      AND EXISTS (SELECT FROM pg_attribute w WHERE w.attrelid = c.oid AND w.attname = 'words'
                  AND w.atttypid = 'tsvector'::regtype)
    GROUP BY c.relname
  LOOP
    EXECUTE format('DROP FUNCTION IF EXISTS {0}.%I(tsquery, tsquery)', searched.function);
    EXECUTE format($create$
      CREATE FUNCTION {0}.%I(query tsquery, title tsquery) RETURNS TABLE (%s, in_title boolean)
      LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = {0}, pg_temp AS $body$
      #variable_conflict use_column
      BEGIN
        RETURN QUERY SELECT %s, r.words @@ title FROM %I r
        WHERE r.landscape = nullif(current_setting('allmende.landscape', true), '') AND r.words @@ query;
      END $body$ $create$, searched.function, searched.typed, searched.columns, searched.name);
    EXECUTE format('REVOKE ALL ON FUNCTION {0}.%I(tsquery, tsquery) FROM PUBLIC', searched.function);
    EXECUTE format('GRANT EXECUTE ON FUNCTION {0}.%I(tsquery, tsquery) TO {1}', searched.function);
  END LOOP;
END $do$)sql";

// Roles belong to the whole server: another database's migration may create this one at the same moment.
constexpr char kCreateRole[] = R"sql(
DO $$ BEGIN CREATE ROLE {0} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$)sql";

// Until the connection goes.
absl::Status Lock(Owner& owner, const std::string& what) {
  return owner.Run(fmt::format("SELECT pg_advisory_lock(hashtextextended('allmende.{}', 0))::text", what)).status();
}

absl::Status NotPrepared(Owner& owner, const std::string& statements) {
  ASSIGN_OR_RETURN(const std::string login, owner.Run("SELECT quote_ident(current_user)::text"));
  return Error(Reason::DATABASE_NOT_PREPARED,
               {{"login", login}, {"statements", fmt::format(fmt::runtime(statements), fmt::arg("login", login))}});
}

// Creates the role unless it is there, and sees to it that we may act as it.
absl::Status EnsureRole(Owner& owner, const std::string& role) {
  constexpr int kAttempts = 3;  // another database's migration may be granting the same at this moment
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(const bool may_act, owner.Succeeds("SET ROLE " + role));
    if (may_act) return owner.Run("RESET ROLE").status();
    RETURN_IF_ERROR(owner.Succeeds(fmt::format(kCreateRole, role)).status());
    RETURN_IF_ERROR(owner.Succeeds(fmt::format("GRANT {} TO CURRENT_USER", role)).status());
    if (attempt > 0) std::this_thread::sleep_for(50ms);
  }
  return NotPrepared(owner, fmt::format("CREATE ROLE {0} NOLOGIN; GRANT {0} TO {{login}};", role));
}

absl::Status EnsureSchema(Owner& owner, const std::string& schema) {
  ASSIGN_OR_RETURN(const std::string exists, owner.Run(fmt::format("SELECT to_regnamespace('{}')::text", schema)));
  if (!exists.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Result created, owner.Try("CREATE SCHEMA " + schema));
  if (Owner::SqlState(created).empty()) return absl::OkStatus();
  return NotPrepared(owner, fmt::format("CREATE SCHEMA {} AUTHORIZATION {{login}};", schema));
}

// Whether the statements only add what is missing, so that having run them once is enough.
bool OnlyAdd(std::span<const std::string> statements) {
  return std::all_of(statements.begin(), statements.end(),
                     [](const std::string& s) { return s.starts_with("CREATE "); });
}

// The statements, and what keeps tenants apart, in one transaction.
absl::Status Apply(Owner& owner, const std::string& schema, const std::string& fingerprint,
                   std::span<const std::string> statements) {
  RETURN_IF_ERROR(owner.Run("BEGIN").status());
  RETURN_IF_ERROR(owner.Run("SET LOCAL search_path = " + schema).status());
  RETURN_IF_ERROR(owner
                      .Run("CREATE TABLE IF NOT EXISTS migrations (fingerprint TEXT PRIMARY KEY,"
                           " applied TIMESTAMPTZ NOT NULL DEFAULT now())")
                      .status());
  // What is taken away here may be what an earlier migration added: that one has to run again when it is wanted.
  if (!OnlyAdd(statements)) RETURN_IF_ERROR(owner.Run("DELETE FROM migrations").status());
  for (const std::string& statement : statements) RETURN_IF_ERROR(owner.Run(statement).status());
  for (const char* wall : {kGuards, kWordFunctions}) {
    RETURN_IF_ERROR(owner.Run(fmt::format(fmt::runtime(wall), schema, RoleOf(schema))).status());
  }
  RETURN_IF_ERROR(owner
                      .Run(fmt::format("INSERT INTO migrations (fingerprint) VALUES ('{}')"
                                       " ON CONFLICT DO NOTHING",
                                       fingerprint))
                      .status());
  return owner.Run("COMMIT").status();
}

absl::StatusOr<bool> Applied(Owner& owner, const std::string& schema, const std::string& fingerprint) {
  ASSIGN_OR_RETURN(const std::string table,
                   owner.Run(fmt::format("SELECT to_regclass('{}.migrations')::text", schema)));
  if (table.empty()) return false;
  ASSIGN_OR_RETURN(
      const std::string found,
      owner.Run(fmt::format("SELECT fingerprint FROM {}.migrations WHERE fingerprint = '{}'", schema, fingerprint)));
  return !found.empty();
}

}  // namespace

std::string RoleOf(std::string_view schema) { return fmt::format("allmende_{}_app", schema); }

absl::Status MigrateSchema(const Secret<std::string>& url, const std::string& schema,
                           std::span<const std::string> statements) {
  std::string everything = fmt::format("{}{}", kGuards, kWordFunctions);
  for (const std::string& statement : statements) everything.append(statement).push_back('\0');
  const std::string fingerprint = DerivedId({everything});

  ASSIGN_OR_RETURN(Owner owner, Owner::Connect(url, std::chrono::steady_clock::now() + kLimit));
  RETURN_IF_ERROR(owner.Run("SET client_min_messages = warning").status());
  RETURN_IF_ERROR(Lock(owner, schema));
  RETURN_IF_ERROR(EnsureRole(owner, RoleOf(schema)));
  if (OnlyAdd(statements)) {
    ASSIGN_OR_RETURN(const bool applied, Applied(owner, schema, fingerprint));
    if (applied) return absl::OkStatus();
  }
  RETURN_IF_ERROR(EnsureSchema(owner, schema));
  return Apply(owner, schema, fingerprint, statements);
}

absl::StatusOr<std::shared_ptr<void>> LockSchemaPreparation(const Secret<std::string>& url, const std::string& schema) {
  ASSIGN_OR_RETURN(Owner owner, Owner::Connect(url, std::chrono::steady_clock::now() + kLimit));
  RETURN_IF_ERROR(Lock(owner, schema + ".preparation"));
  return std::make_shared<Owner>(std::move(owner));
}

}  // namespace allmende::store::postgres
