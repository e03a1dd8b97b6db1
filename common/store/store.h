// The one store that keeps every resource of a service: get, query, transact, history, as-of, changes.
//
// A record is a message under (landscape, collection, id). Each commit in a landscape gets the next revision without
// gaps; columns, terms, text and place are derived from the message by its ResourceType. What is acknowledged is
// durable. Implementations: sql/sql_store.h on SQLite and PostgreSQL, cache/cached_store.h in front of either.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/call/call_context.h"
#include "common/resource/filter.h"
#include "common/resource/order_by.h"
#include "common/store/resource_type.h"

namespace allmende::store {

// Which state a read is about.
struct ReadAt {
  std::int64_t min_revision =
      0;  // at least this new; waits briefly (up to 1 s, up to the deadline), then REVISION_UNAVAILABLE
  std::int64_t revision = 0;      // exactly this one; 0: the present
  std::optional<Time> time = {};  // as it was then; not together with `revision`
  bool Present() const { return revision == 0 && !time.has_value(); }
};

// A resource as stored. `bytes` is the complete serialised message with name, revision, etag and times set.
struct Record {
  std::string id;
  std::int64_t revision = 0;  // at which it was last changed
  std::string bytes;
};

struct Circle {
  Place center;
  double radius_metres = 0;
};

// Words that must all occur. Made from what the user typed by text::IndexWords.
struct TextQuery {
  std::string text;
  bool prefix = false;  // the last word may be the beginning of a longer one
};

struct Query {
  resource::Filter filter = {};
  std::vector<resource::OrderTerm> order = {};  // empty: by relevance (text), distance (circle), else by id
  std::optional<TextQuery> text = {};
  std::optional<Circle> circle = {};
  std::vector<std::string> facets = {};  // names of terms or enum/text columns
  int limit = 50;
  std::string cursor = {};  // of the page before; opaque
  bool count_total = false;
  ReadAt at = {};  // as-of queries know neither text nor circle nor facets: CONFLICTING_FIELDS
};

struct Hit {
  Record record;
  std::optional<double> distance_metres = {};
};

struct FacetCount {
  std::string value;
  std::int64_t count = 0;
};

struct QueryResult {
  std::vector<Hit> hits;
  std::string next_cursor;  // empty: no further page
  std::int64_t total = 0;   // with count_total
  std::vector<std::vector<FacetCount>>
      facets;  // in the order asked for; most frequent first, then by value; at most 100
};

enum class ChangeKind { kCreated = 1, kUpdated = 2, kDeleted = 3 };

struct Change {
  std::string collection;
  std::string id;
  ChangeKind kind = ChangeKind::kCreated;
  std::string bytes;  // after; for a deletion: as it last was
};

// Everything that one revision changed: history, outbox and audit trail in one.
struct Commit {
  std::int64_t revision = 0;
  Time time;
  std::string principal;
  std::string method;
  std::string request_id;
  std::vector<Change> changes;
};

// Inside Transact. Reads see the landscape as of the last commit plus this transaction's own writes. Not thread-safe.
class Transaction {
 public:
  virtual ~Transaction() = default;

  virtual const std::string& landscape() const = 0;
  // The revision this transaction gets if it writes.
  virtual std::int64_t revision() const = 0;
  // The commit's time; never before the time of an earlier revision.
  virtual Time now() const = 0;
  virtual CallContext& call() = 0;

  // Null where there is none (or it was deleted in here).
  virtual absl::StatusOr<std::shared_ptr<const Message>> Find(const ResourceType& type, std::string_view id) = 0;
  // Creates (ALREADY_EXISTS where present) or replaces (NOT_FOUND where absent; STALE_ETAG where `etag` is not empty
  // and not the present one). Runs complete, reference and enum checks, check and follow; INVALID_FIELDS with every
  // violation, fields prefixed with the resource's singular ("actor.display_name"). Sets name, revision, etag and
  // times. Returns what is stored.
  virtual absl::StatusOr<std::shared_ptr<const Message>> Create(const ResourceType& type, std::string_view id,
                                                                const Message& resource) = 0;
  virtual absl::StatusOr<std::shared_ptr<const Message>> Replace(const ResourceType& type, std::string_view id,
                                                                 const Message& resource,
                                                                 std::string_view etag = {}) = 0;
  // NOT_FOUND, STALE_ETAG, STILL_REFERENCED (another resource's column that is a resource_reference names it).
  virtual absl::Status Remove(const ResourceType& type, std::string_view id, std::string_view etag = {}) = 0;

  // The committed ids whose column equals `value` (own writes of this transaction considered), at most `limit`.
  virtual absl::StatusOr<std::vector<std::string>> FindIds(const ResourceType& type, std::string_view column,
                                                           const Value& value, int limit) = 0;

  // Everything is checked and answered as if it were stored, but nothing is (validate_only, dry run).
  virtual void Discard() = 0;

  // Typed: NOT_FOUND where there is none.
  template <typename T>
  absl::StatusOr<T> Get(const ResourceSpec<T>& type, std::string_view id) {
    auto found = Find(type, id);
    if (!found.ok()) return found.status();
    if (*found == nullptr) return Error(Reason::NOT_FOUND, {{"name", type.NameOf(landscape(), id)}});
    return static_cast<const T&>(**found);
  }
};

using TransactionBody = absl::FunctionRef<absl::StatusOr<std::string>(Transaction&)>;

struct TransactOptions {
  bool create_landscape = false;  // the landscape must not exist yet: ALREADY_EXISTS
};

class Store {
 public:
  virtual ~Store() = default;

  // One per id, in the order asked for; absent (but in its place) where nothing has that id. Sets call.revision.
  // UNKNOWN_LANDSCAPE, REVISION_UNAVAILABLE, TEMPORARILY_UNAVAILABLE, DEADLINE_PASSED: so also from every other method.
  virtual absl::StatusOr<std::vector<std::optional<Record>>> Read(CallContext& call, const ResourceType& type,
                                                                  std::span<const std::string> ids,
                                                                  const ReadAt& at) = 0;
  // FIELD_NOT_FILTERABLE, WRONG_TYPE, UNKNOWN_CODE as violations of "filter", "order_by" or "facets". Sets
  // call.revision.
  virtual absl::StatusOr<QueryResult> Find(CallContext& call, const ResourceType& type, const Query& query) = 0;
  // Landscape records across all landscapes whose ids are in `landscapes` (absent: all), by id.
  virtual absl::StatusOr<QueryResult> FindLandscapes(CallContext& call, const ResourceType& type, const Query& query,
                                                     const std::optional<std::vector<std::string>>& landscapes) = 0;
  // Similar words to the misspelt ones of `text` that do occur, as whole queries; best first, at most `limit`.
  virtual absl::StatusOr<std::vector<std::string>> Suggest(CallContext& call, const ResourceType& type,
                                                           std::string_view text, int limit) = 0;

  // Runs `body` in one commit. The body answers with its reply's bytes; with a call.request_id the reply is stored in
  // the same commit, and a repetition gets it without running the body (REQUEST_ID_REUSED where call.fingerprint
  // differs). Acknowledged means durable. A body that fails leaves nothing behind. Sets call.revision. The body may run
  // on another thread than the caller's, and must not call the store.
  virtual absl::StatusOr<std::string> Transact(CallContext& call, TransactionBody body,
                                               TransactOptions options = {}) = 0;

  // Removes a landscape with everything in it, history included.
  virtual absl::Status DropLandscape(CallContext& call) = 0;

  // The commits after `from_revision`, oldest first, at most about `max_changes` changes but at least one commit.
  // `collections` empty: all. A commit that touched none of them comes with no changes.
  virtual absl::StatusOr<std::vector<Commit>> Changes(CallContext& call, std::int64_t from_revision, int max_changes,
                                                      std::span<const std::string> collections) = 0;
  // The changes of one resource, newest first; `cursor` is the revision to go on below (0: from the newest).
  virtual absl::StatusOr<std::vector<Commit>> History(CallContext& call, const ResourceType& type, std::string_view id,
                                                      std::int64_t cursor, int limit) = 0;
  // The landscape's present revision. UNKNOWN_LANDSCAPE.
  virtual absl::StatusOr<std::int64_t> Revision(CallContext& call) = 0;
  // Waits until the landscape's revision is above `revision`, `until` is past or call.cancelled(); the present
  // revision.
  virtual absl::StatusOr<std::int64_t> AwaitRevision(CallContext& call, std::int64_t revision, Deadline until) = 0;

  // OK when the engine answers.
  virtual absl::Status Ping() = 0;

  // Typed: runs `body(tx) -> absl::StatusOr<Reply>` and gives the reply, or the first one of a repeated request.
  template <typename Reply, typename Body>
  absl::StatusOr<Reply> Run(CallContext& call, Body body, TransactOptions options = {}) {
    auto bytes = Transact(
        call,
        [&](Transaction& tx) -> absl::StatusOr<std::string> {
          absl::StatusOr<Reply> reply = body(tx);
          if (!reply.ok()) return reply.status();
          return reply->SerializeAsString();
        },
        options);
    if (!bytes.ok()) return bytes.status();
    Reply reply;
    if (!reply.ParseFromString(*bytes)) return Error(Reason::INTERNAL_ERROR);
    return reply;
  }
};

}  // namespace allmende::store
