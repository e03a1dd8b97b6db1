#include "common/store/sql/sql_store.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "common/base/macros.h"
#include "common/log/log.h"
#include "common/resource/name.h"
#include "common/store/sql/find.h"
#include "common/store/sql/history.h"
#include "common/store/sql/lanes.h"
#include "common/store/sql/reindex.h"
#include "common/store/sql/revisions.h"
#include "common/store/sql/schema.h"
#include "common/store/sql/statement.h"
#include "common/store/sql/suggest.h"

namespace allmende::store::sql {
namespace {

// How long a read waits for the revision it wants at least.
constexpr std::chrono::seconds kLongestWaitForRevision{1};
// How often a wait looks whether its caller went away.
constexpr std::chrono::milliseconds kLookForCaller{100};

absl::Status UnknownLandscape(const CallContext& call) {
  return Error(Reason::UNKNOWN_LANDSCAPE, {{"landscape", call.landscape}});
}

absl::Status RevisionUnavailable(std::int64_t wanted, std::int64_t current) {
  return Error(Reason::REVISION_UNAVAILABLE,
               {{"revision", std::to_string(wanted)}, {"current", std::to_string(current)}});
}

// Asks a shared database for new revisions as long as somebody waits for one.
class Poller {
 public:
  Poller(Engine& engine, Revisions& revisions, std::chrono::milliseconds interval)
      : engine_(engine), revisions_(revisions), interval_(interval), thread_([this] { Run(); }) {}
  ~Poller() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, interval_, [this] { return closing_; })) {
      if (!revisions_.IsAwaited()) continue;
      const absl::StatusOr<SessionPtr> session =
          engine_.Reader("", std::chrono::steady_clock::now() + std::chrono::seconds{1});
      if (!session.ok()) continue;
      const absl::Status status = (*session)->Run("SELECT landscape, revision FROM heads", {}, [this](const Row& row) {
        revisions_.Announce(row.Text(0), row.Integer(1));
      });
      if (!status.ok()) log::Warning("revisions cannot be polled at the moment");
    }
  }

  Engine& engine_;
  Revisions& revisions_;
  std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool closing_ = false;
  std::thread thread_;
};

class SqlStore final : public Store {
 public:
  SqlStore(std::unique_ptr<Engine> engine, std::vector<const ResourceType*> types, const SqlStoreOptions& options)
      : engine_(std::move(engine)), types_(std::move(types)), lanes_(*engine_, types_, options, revisions_) {
    if (engine_->shared()) poller_.emplace(*engine_, revisions_, options.poll_interval);
  }

  // SQLite numbers its rows itself, so that the text index can point at them.
  absl::Status FindNextRows() {
    if (engine_->dialect().is_postgres) return absl::OkStatus();
    ASSIGN_OR_RETURN(const SessionPtr session, engine_->Reader("", Deadline::max()));
    for (const ResourceType* type : types_) {
      std::int64_t next = 1;
      Statement statement("SELECT MAX(n) FROM ");
      statement << TableOf('r', *type);
      RETURN_IF_ERROR(statement.Run(*session, [&](const Row& row) { next = row.Integer(0) + 1; }));
      lanes_.SetNextRow(*type, next);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::optional<Record>>> Read(CallContext& call, const ResourceType& type,
                                                          std::span<const std::string> ids, const ReadAt& at) override {
    std::vector<std::optional<Record>> records(ids.size());
    if (!at.Present()) {
      RETURN_IF_ERROR(InPast(call, at, [&](Session& session, std::int64_t revision) -> absl::Status {
        ASSIGN_OR_RETURN(records, ReadAsOf(session, {call.landscape, type}, ids, revision));
        return absl::OkStatus();
      }));
    } else {
      RETURN_IF_ERROR(AtLeast(call, at.min_revision, [&]() -> absl::StatusOr<std::int64_t> {
        ASSIGN_OR_RETURN(const SessionPtr session, engine_->Reader(call.landscape, call.deadline));
        return ReadPresent(*session, call, type, ids, records);
      }));
    }
    return records;
  }

  absl::StatusOr<QueryResult> Find(CallContext& call, const ResourceType& type, const Query& query) override {
    ASSIGN_OR_RETURN(sql::Find find, sql::Find::Check(type, engine_->dialect(), {.landscape = call.landscape}, query));
    QueryResult result;
    if (!query.at.Present()) {
      if (query.text.has_value() || query.circle.has_value() || !query.facets.empty()) {
        return Error(Reason::CONFLICTING_FIELDS, Both("why", "in einem früheren Stand wird nur gefiltert und sortiert",
                                                      "an earlier state can only be filtered and ordered",
                                                      {{"fields", "read_time, read_revision, text, circle, facets"}}));
      }
      RETURN_IF_ERROR(InPast(call, query.at, [&](Session& session, std::int64_t revision) -> absl::Status {
        ASSIGN_OR_RETURN(result, FindAsOf(session, {call.landscape, type}, find, query, revision));
        return absl::OkStatus();
      }));
      return result;
    }
    RETURN_IF_ERROR(AtLeast(call, query.at.min_revision, [&]() -> absl::StatusOr<std::int64_t> {
      ASSIGN_OR_RETURN(const SessionPtr session, Snapshot(call));
      ASSIGN_OR_RETURN(const std::int64_t revision, Head(*session, call));
      if (revision >= query.at.min_revision) {
        ASSIGN_OR_RETURN(result, find.Run(*session));
      }
      return revision;
    }));
    return result;
  }

  absl::StatusOr<QueryResult> FindLandscapes(CallContext& call, const ResourceType& type, const Query& query,
                                             const std::optional<std::vector<std::string>>& landscapes) override {
    if (query.text.has_value() || query.circle.has_value() || !query.at.Present()) {
      return Error(Reason::CONFLICTING_FIELDS,
                   Both("why", "Bildungslandschaften werden nur gefiltert und sortiert",
                        "landscapes can only be filtered and ordered", {{"fields", "text, circle, read_time"}}));
    }
    const Scope scope{.landscape = "", .among = landscapes.has_value() ? &*landscapes : nullptr};
    ASSIGN_OR_RETURN(sql::Find find, sql::Find::Check(type, engine_->dialect(), scope, query));
    ASSIGN_OR_RETURN(const SessionPtr session, engine_->Reader("", call.deadline));
    RETURN_IF_ERROR(session->BeginSnapshot());
    return find.Run(*session);
  }

  absl::StatusOr<std::vector<std::string>> Suggest(CallContext& call, const ResourceType& type, std::string_view text,
                                                   int limit) override {
    ASSIGN_OR_RETURN(const SessionPtr session, Snapshot(call));
    ASSIGN_OR_RETURN(call.revision, Head(*session, call));
    return FindSuggestions(*session, engine_->dialect(), type, call.landscape, text, limit);
  }

  absl::StatusOr<std::string> Transact(CallContext& call, TransactionBody body, TransactOptions options) override {
    if (!resource::IsValidLandscapeId(call.landscape)) return UnknownLandscape(call);
    return lanes_.Transact(call, body, options);
  }

  absl::Status DropLandscape(CallContext& call) override;

  absl::StatusOr<std::vector<Commit>> Changes(CallContext& call, std::int64_t from_revision, int max_changes,
                                              std::span<const std::string> collections) override {
    ASSIGN_OR_RETURN(const SessionPtr session, Snapshot(call));
    ASSIGN_OR_RETURN(call.revision, Head(*session, call));
    if (from_revision > call.revision || from_revision < 0) return RevisionUnavailable(from_revision, call.revision);
    return ReadChanges(*session, call.landscape, from_revision, max_changes, collections);
  }

  absl::StatusOr<std::vector<Commit>> History(CallContext& call, const ResourceType& type, std::string_view id,
                                              std::int64_t cursor, int limit) override {
    ASSIGN_OR_RETURN(const SessionPtr session, Snapshot(call));
    ASSIGN_OR_RETURN(call.revision, Head(*session, call));
    if (!resource::IsValidId(id)) return std::vector<Commit>();
    return ReadHistory(*session, {call.landscape, type}, id, cursor, limit);
  }

  absl::StatusOr<std::int64_t> Revision(CallContext& call) override {
    if (!resource::IsValidLandscapeId(call.landscape)) return UnknownLandscape(call);
    ASSIGN_OR_RETURN(const SessionPtr session, engine_->Reader(call.landscape, call.deadline));
    ASSIGN_OR_RETURN(call.revision, Head(*session, call));
    return call.revision;
  }

  absl::StatusOr<std::int64_t> AwaitRevision(CallContext& call, std::int64_t revision, Deadline until) override {
    ASSIGN_OR_RETURN(const std::int64_t present, Revision(call));
    revisions_.Announce(call.landscape, present);
    while (!call.cancelled()) {
      const Deadline now = std::chrono::steady_clock::now();
      const std::int64_t known = revisions_.AwaitAbove(call.landscape, revision, std::min(until, now + kLookForCaller));
      // Nothing known any more: the landscape was dropped, which Revision will say.
      if (known > revision || known == 0 || std::chrono::steady_clock::now() >= until) break;
    }
    return Revision(call);
  }

  absl::Status Ping() override {
    ASSIGN_OR_RETURN(const SessionPtr session,
                     engine_->Reader("", std::chrono::steady_clock::now() + std::chrono::seconds{2}));
    return session->Run("SELECT 1", {}, [](const Row&) {});
  }

 private:
  // A session whose statements all see the same state.
  absl::StatusOr<SessionPtr> Snapshot(const CallContext& call) {
    if (!resource::IsValidLandscapeId(call.landscape)) return UnknownLandscape(call);
    ASSIGN_OR_RETURN(SessionPtr session, engine_->Reader(call.landscape, call.deadline));
    RETURN_IF_ERROR(session->BeginSnapshot());
    return session;
  }

  static absl::StatusOr<std::int64_t> Head(Session& session, const CallContext& call) {
    const Param landscape = std::string_view(call.landscape);
    std::int64_t revision = 0;
    RETURN_IF_ERROR(session.Run("SELECT revision FROM heads WHERE landscape = $1", std::span(&landscape, 1),
                                [&](const Row& row) { revision = row.Integer(0); }));
    if (revision == 0) return UnknownLandscape(call);
    return revision;
  }

  // Repeats `read`, which gives the revision it saw, until that is at least `wanted`.
  absl::Status AtLeast(CallContext& call, std::int64_t wanted, absl::FunctionRef<absl::StatusOr<std::int64_t>()> read) {
    if (!resource::IsValidLandscapeId(call.landscape)) return UnknownLandscape(call);
    const Deadline until = std::min(call.deadline, std::chrono::steady_clock::now() + kLongestWaitForRevision);
    while (true) {
      ASSIGN_OR_RETURN(const std::int64_t revision, read());
      call.revision = revision;
      if (revision >= wanted) return absl::OkStatus();
      if (call.cancelled()) return Error(Reason::CALL_CANCELLED);
      if (std::chrono::steady_clock::now() >= until) return RevisionUnavailable(wanted, revision);
      revisions_.AwaitAbove(call.landscape, wanted - 1, until);
    }
  }

  // Runs `read` with the revision that `at` means.
  absl::Status InPast(CallContext& call, const ReadAt& at,
                      absl::FunctionRef<absl::Status(Session&, std::int64_t revision)> read) {
    return AtLeast(call, std::max(at.min_revision, std::int64_t{0}), [&]() -> absl::StatusOr<std::int64_t> {
      ASSIGN_OR_RETURN(const SessionPtr session, Snapshot(call));
      ASSIGN_OR_RETURN(const std::int64_t head, Head(*session, call));
      if (head < at.min_revision) return head;
      std::int64_t revision = at.revision;
      if (at.time.has_value()) {
        ASSIGN_OR_RETURN(revision, RevisionAt(*session, call.landscape, *at.time));
      }
      if (revision > head || revision < 0) return RevisionUnavailable(revision, head);
      RETURN_IF_ERROR(read(*session, revision));
      return std::max(revision, at.min_revision);
    });
  }

  absl::StatusOr<std::int64_t> ReadPresent(Session& session, const CallContext& call, const ResourceType& type,
                                           std::span<const std::string> ids,
                                           std::vector<std::optional<Record>>& records) const;

  std::unique_ptr<Engine> engine_;
  std::vector<const ResourceType*> types_;
  Revisions revisions_;
  Lanes lanes_;
  std::optional<Poller> poller_;
};

// One statement gives the landscape's revision and the records, so that they belong together.
absl::StatusOr<std::int64_t> SqlStore::ReadPresent(Session& session, const CallContext& call, const ResourceType& type,
                                                   std::span<const std::string> ids,
                                                   std::vector<std::optional<Record>>& records) const {
  // Few different lengths, so that few statements are prepared.
  constexpr std::size_t kLengths[] = {1, 10, 100, 1000};
  std::int64_t revision = 0;
  std::size_t at = 0;
  if (ids.empty()) return Head(session, call);
  if (ids.size() > 1000) RETURN_IF_ERROR(session.BeginSnapshot());
  while (at < ids.size()) {
    const std::size_t left = ids.size() - at;
    const std::size_t length = *std::find_if(std::begin(kLengths), std::end(kLengths) - 1,
                                             [&](std::size_t candidate) { return candidate >= left; });
    Statement statement("SELECT h.revision, r.id, r.revision, r.data FROM heads h LEFT JOIN ");
    statement << TableOf('r', type) << " r ON r.landscape = h.landscape AND r.id IN (";
    for (std::size_t i = 0; i < length; ++i) {
      const std::string& id = ids[std::min(at + i, ids.size() - 1)];
      statement << (i == 0 ? "" : ", ");
      statement.Bind(resource::IsValidId(id) ? std::string_view(id) : std::string_view());
    }
    statement << ") WHERE h.landscape = ";
    statement.Bind(std::string_view(call.landscape));
    const std::span<const std::string> wanted = ids.subspan(at, std::min(left, length));
    RETURN_IF_ERROR(statement.Run(session, [&](const Row& row) {
      revision = row.Integer(0);
      if (row.IsNull(1)) return;
      const std::string_view id = row.Text(1);
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i] == id) records[at + i] = Record{wanted[i], row.Integer(2), std::string(row.Bytes(3))};
      }
    }));
    at += wanted.size();
  }
  if (revision == 0) return UnknownLandscape(call);
  return revision;
}

absl::Status SqlStore::DropLandscape(CallContext& call) {
  if (!resource::IsValidLandscapeId(call.landscape)) return UnknownLandscape(call);
  std::vector<std::string> statements;
  for (const ResourceType* type : types_) {
    const std::string records = TableOf('r', *type);
    if (type->text && !engine_->dialect().is_postgres) {
      statements.push_back("DELETE FROM " + TableOf('f', *type) + " WHERE rowid IN (SELECT n FROM " + records +
                           " WHERE landscape = $1)");
    }
    if (type->text) statements.push_back("DELETE FROM " + TableOf('w', *type) + " WHERE landscape = $1");
    if (!type->terms.empty()) statements.push_back("DELETE FROM " + TableOf('t', *type) + " WHERE landscape = $1");
    if (type->places) statements.push_back("DELETE FROM " + TableOf('p', *type) + " WHERE landscape = $1");
    statements.push_back("DELETE FROM " + records + " WHERE landscape = $1");
  }
  for (const std::string_view table : {"changes", "commits", "requests", "heads"}) {
    statements.push_back("DELETE FROM " + std::string(table) + " WHERE landscape = $1");
  }
  RETURN_IF_ERROR(lanes_.RunAlone(call, [&](Session& session) -> absl::Status {
    RETURN_IF_ERROR(Head(session, call).status());
    std::vector<Bound> bound;
    for (const std::string& statement : statements) bound.push_back({statement, {std::string_view(call.landscape)}});
    return session.RunAll(bound);
  }));
  revisions_.Forget(call.landscape);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqlStore(std::unique_ptr<Engine> engine,
                                                    std::vector<const ResourceType*> types, SqlStoreOptions options) {
  RETURN_IF_ERROR(PrepareTables(*engine, types));
  auto store = std::make_unique<SqlStore>(std::move(engine), std::move(types), options);
  RETURN_IF_ERROR(store->FindNextRows());
  return store;
}

}  // namespace allmende::store::sql
