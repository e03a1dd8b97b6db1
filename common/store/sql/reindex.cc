#include "common/store/sql/reindex.h"

#include <fmt/format.h>

#include <map>
#include <string>

#include "common/base/macros.h"
#include "common/log/log.h"
#include "common/store/sql/batch.h"
#include "common/store/sql/flush.h"
#include "common/store/sql/schema.h"
#include "common/store/sql/statement.h"

namespace allmende::store::sql {
namespace {

// How many records are re-indexed in one commit.
constexpr std::int64_t kRecordsPerCommit = 2000;

absl::StatusOr<std::map<std::string, std::string>> ReadFingerprints(Engine& engine) {
  std::map<std::string, std::string> fingerprints;
  ASSIGN_OR_RETURN(const SessionPtr session, engine.Reader("", Deadline::max()));
  RETURN_IF_ERROR(session->Run("SELECT collection, fingerprint FROM declarations", {},
                               [&](const Row& row) { fingerprints.emplace(row.Text(0), row.Text(1)); }));
  return fingerprints;
}

absl::StatusOr<std::vector<std::string>> ReadLandscapes(Engine& engine) {
  std::vector<std::string> landscapes;
  ASSIGN_OR_RETURN(const SessionPtr session, engine.Reader("", Deadline::max()));
  RETURN_IF_ERROR(session->Run("SELECT landscape FROM heads ORDER BY landscape", {},
                               [&](const Row& row) { landscapes.emplace_back(row.Text(0)); }));
  return landscapes;
}

// The newest version of each record behind `after`, by id; empty at the end.
absl::Status ReadNewest(Session& session, std::string_view landscape, const ResourceType& type,
                        const std::string& after, std::vector<std::pair<Key, Version>>& records, std::string& last) {
  Statement statement(
      "SELECT c.id, c.kind, c.data FROM (SELECT id, MAX(revision) AS newest FROM changes WHERE landscape = ");
  statement.Bind(landscape) << " AND collection = ";
  statement.Bind(std::string_view(type.collection)) << " AND id > ";
  statement.Bind(std::string_view(after)) << " GROUP BY id ORDER BY id LIMIT ";
  statement.Bind(kRecordsPerCommit) << ") m JOIN changes c ON c.landscape = ";
  statement.Bind(landscape) << " AND c.collection = ";
  statement.Bind(std::string_view(type.collection)) << " AND c.id = m.id AND c.revision = m.newest ORDER BY c.id";
  bool readable = true;
  RETURN_IF_ERROR(statement.Run(session, [&](const Row& row) {
    last = row.Text(0);
    if (static_cast<ChangeKind>(row.Integer(1)) == ChangeKind::kDeleted) return;
    Version version{nullptr, std::make_shared<const std::string>(row.Bytes(2))};
    std::shared_ptr<Message> message(type.prototype->New());
    readable &= message->ParseFromString(*version.bytes);
    version.message = std::move(message);
    records.emplace_back(Key{&type, last}, std::move(version));
  }));
  return readable ? absl::OkStatus() : Error(Reason::INTERNAL_ERROR);
}

absl::Status ReindexLandscape(Engine& engine, const std::string& landscape, const ResourceType& type,
                              FlushMemory& memory) {
  const std::vector<const ResourceType*> types = {&type};
  std::string last;
  while (true) {
    ASSIGN_OR_RETURN(const SessionPtr session, engine.Writer(landscape, Deadline::max()));
    RETURN_IF_ERROR(session->Begin());
    Batch batch(*session, engine.dialect(), types, landscape, Time());
    RETURN_IF_ERROR(batch.ReadHead());
    std::vector<std::pair<Key, Version>> records;
    const std::string before = last;
    RETURN_IF_ERROR(ReadNewest(*session, landscape, type, before, records, last));
    if (last == before) {
      session->Rollback();
      return absl::OkStatus();
    }
    for (auto& [key, version] : records) {
      RETURN_IF_ERROR(batch.Find(key).status());
      batch.written().Put(key, std::move(version));
    }
    RETURN_IF_ERROR(Flush(batch, engine.dialect(), memory).Run(*session));
    RETURN_IF_ERROR(session->Commit());
  }
}

absl::Status Rebuild(Engine& engine, const ResourceType& type, const std::string& fingerprint) {
  std::vector<std::string> statements = DropCollection(engine.dialect(), type);
  for (std::string& statement : CollectionSchema(engine.dialect(), type)) statements.push_back(std::move(statement));
  RETURN_IF_ERROR(engine.Migrate(statements));
  FlushMemory memory;
  memory.next_row[&type] = 1;
  ASSIGN_OR_RETURN(const std::vector<std::string> landscapes, ReadLandscapes(engine));
  for (const std::string& landscape : landscapes) {
    RETURN_IF_ERROR(ReindexLandscape(engine, landscape, type, memory));
  }
  // Names of collections and fingerprints hold letters and digits only, so they can stand in the text.
  const std::vector<std::string> done = {
      fmt::format("INSERT INTO declarations (collection, fingerprint) VALUES ('{}', '{}') ON CONFLICT (collection) DO "
                  "UPDATE SET fingerprint = excluded.fingerprint",
                  type.collection, fingerprint)};
  return engine.Migrate(done);
}

}  // namespace

absl::Status PrepareTables(Engine& engine, const std::vector<const ResourceType*>& types) {
  ASSIGN_OR_RETURN(const auto lock, engine.LockPreparation());
  RETURN_IF_ERROR(engine.Migrate(StoreSchema(engine.dialect())));
  ASSIGN_OR_RETURN(const auto fingerprints, ReadFingerprints(engine));
  for (const ResourceType* type : types) {
    const std::string fingerprint = FingerprintOf(engine.dialect(), *type);
    const auto found = fingerprints.find(type->collection);
    if (found != fingerprints.end() && found->second == fingerprint) continue;
    if (found != fingerprints.end()) log::Info("declaration changed: re-indexing", {{"collection", type->collection}});
    RETURN_IF_ERROR(Rebuild(engine, *type, fingerprint));
  }
  return absl::OkStatus();
}

}  // namespace allmende::store::sql
