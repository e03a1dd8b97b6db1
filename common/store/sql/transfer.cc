#include "common/store/sql/transfer.h"

#include <algorithm>

#include "common/base/macros.h"
#include "common/store/sql/history.h"
#include "common/store/sql/reindex.h"

namespace allmende::store::sql {
namespace {

constexpr int kChangesAtOnce = 5000;

absl::Status Malformed(const std::string& landscape, std::string expected) {
  return FieldError(landscape, Reason::MALFORMED, {{"value", landscape}, {"expected", std::move(expected)}});
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ListLandscapes(Engine& engine) {
  ASSIGN_OR_RETURN(const SessionPtr session, engine.Reader("", Deadline::max()));
  std::vector<std::string> landscapes;
  RETURN_IF_ERROR(session->Run("SELECT landscape FROM heads WHERE revision > 0 ORDER BY landscape", {},
                               [&](const Row& row) { landscapes.emplace_back(row.Text(0)); }));
  return landscapes;
}

absl::Status ReadLandscape(Engine& engine, const std::string& landscape,
                           absl::FunctionRef<absl::Status(const Commit&)> on_commit,
                           absl::FunctionRef<absl::Status(const KeptReply&)> on_reply) {
  ASSIGN_OR_RETURN(const SessionPtr session, engine.Reader(landscape, Deadline::max()));
  RETURN_IF_ERROR(session->BeginSnapshot());
  std::int64_t revision = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<Commit> commits, ReadChanges(*session, landscape, revision, kChangesAtOnce, {}));
    if (commits.empty()) break;
    for (const Commit& commit : commits) RETURN_IF_ERROR(on_commit(commit));
    revision = commits.back().revision;
  }
  const Param of_landscape = std::string_view(landscape);
  absl::Status status;
  RETURN_IF_ERROR(session->Run(
      "SELECT principal, request_id, fingerprint, reply, revision, time FROM requests WHERE landscape = $1 "
      "ORDER BY principal, request_id",
      std::span(&of_landscape, 1), [&](const Row& row) {
        if (!status.ok()) return;
        status = on_reply({.principal = std::string(row.Text(0)),
                           .request_id = std::string(row.Text(1)),
                           .fingerprint = std::string(row.Text(2)),
                           .reply = std::string(row.Bytes(3)),
                           .revision = row.Integer(4),
                           .time = FromMicros(row.Integer(5))});
      }));
  return status;
}

absl::StatusOr<std::unique_ptr<Replay>> Replay::Open(std::unique_ptr<Engine> engine,
                                                     std::vector<const ResourceType*> types) {
  RETURN_IF_ERROR(PrepareTables(*engine, types));
  std::unique_ptr<Replay> replay(new Replay(std::move(engine), std::move(types)));
  for (const ResourceType* type : replay->types_) replay->memory_.next_row[type] = 1;
  ASSIGN_OR_RETURN(const std::vector<std::string> landscapes, ListLandscapes(*replay->engine_));
  if (!landscapes.empty()) return Error(Reason::ALREADY_EXISTS, {{"name", "landscapes/" + landscapes.front()}});
  return replay;
}

absl::StatusOr<Outcome> Replay::Redo(Batch& batch, const Commit& commit) {
  if (commit.revision != batch.revision() + 1) {
    return Malformed(batch.landscape(), "revision " + std::to_string(batch.revision() + 1));
  }
  Outcome outcome{.revision = commit.revision,
                  .answered_revision = commit.revision,
                  .time = commit.time,
                  .principal = commit.principal,
                  .method = commit.method,
                  .request_id = commit.request_id,
                  .fingerprint = {},
                  .reply = {},
                  .changes = {}};
  for (const Change& change : commit.changes) {
    const auto type = std::ranges::find(types_, change.collection, &ResourceType::collection);
    if (type == types_.end()) return Malformed(batch.landscape(), change.collection);
    const Key key{*type, change.id};
    RETURN_IF_ERROR(batch.Find(key).status());  // the batch remembers what was there before
    auto bytes = std::make_shared<const std::string>(change.bytes);
    Version version;
    if (change.kind != ChangeKind::kDeleted) {
      std::shared_ptr<Message> message(key.type->prototype->New());
      if (!message->ParseFromString(*bytes)) return Malformed(batch.landscape(), change.collection);
      version = {.message = std::move(message), .bytes = bytes};
    }
    batch.written().Put(key, std::move(version));
    outcome.changes.push_back({key, change.kind, std::move(bytes)});
  }
  return outcome;
}

absl::Status Replay::Append(const std::string& landscape, std::span<const Commit> commits) {
  if (commits.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const SessionPtr session, engine_->Writer(landscape, Deadline::max()));
  RETURN_IF_ERROR(session->Begin());
  const auto write = [&]() -> absl::Status {
    Batch batch(*session, engine_->dialect(), types_, landscape, commits.back().time);
    RETURN_IF_ERROR(batch.ReadHead());
    if (!batch.exists()) RETURN_IF_ERROR(batch.CreateHead());
    for (const Commit& commit : commits) {
      ASSIGN_OR_RETURN(Outcome outcome, Redo(batch, commit));
      batch.Add(std::move(outcome));
    }
    RETURN_IF_ERROR(Flush(batch, engine_->dialect(), memory_).Run(*session));
    return session->Commit();
  };
  const absl::Status status = write();
  if (!status.ok()) session->Rollback();
  return status;
}

absl::Status Replay::Append(const std::string& landscape, const KeptReply& reply) {
  ASSIGN_OR_RETURN(const SessionPtr session, engine_->Writer(landscape, Deadline::max()));
  RETURN_IF_ERROR(session->Begin());
  const std::vector<Param> params = {std::string_view(landscape),
                                     std::string_view(reply.principal),
                                     std::string_view(reply.request_id),
                                     std::string_view(reply.fingerprint),
                                     Blob{reply.reply},
                                     reply.revision,
                                     ToMicros(reply.time)};
  absl::Status status = session->Run(
      "INSERT INTO requests (landscape, principal, request_id, fingerprint, reply, revision, time) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7)",
      params, [](const Row&) {});
  if (status.ok()) status = session->Commit();
  if (!status.ok()) session->Rollback();
  return status;
}

}  // namespace allmende::store::sql
