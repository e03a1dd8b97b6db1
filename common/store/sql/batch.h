// The transactions that share one commit of the engine. Each runs against what is stored plus what the ones before it
// in the batch wrote; the database is only read until all have run, and then gets everything at once.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/store/sql/overlay.h"
#include "common/store/sql/session.h"
#include "common/store/store.h"

namespace allmende::store::sql {

// One record's change by one transaction.
struct RecordChange {
  Key key;
  ChangeKind kind;
  std::shared_ptr<const std::string> bytes;
};

// What a transaction that ran leaves to be stored.
struct Outcome {
  std::int64_t revision = 0;           // its own; 0: it wrote nothing
  std::int64_t answered_revision = 0;  // what its caller was told
  Time time;
  std::string principal;
  std::string method;
  std::string request_id;
  std::string fingerprint;
  std::string reply;
  bool keep_reply = false;  // under the request id
  std::vector<RecordChange> changes;
};

// A reply that was given before.
struct EarlierReply {
  std::string fingerprint;
  std::string reply;
  std::int64_t revision = 0;
};

// A record of the database, as it was when the batch first looked.
struct StoredRecord {
  Version version;
  std::int64_t row = 0;  // SQLite's row number; 0: none yet
};

class Batch {
 public:
  Batch(Session& session, const Dialect& dialect, std::span<const ResourceType* const> types, std::string landscape,
        Time now);

  // Reads and locks the landscape's head.
  absl::Status ReadHead();
  // Makes the landscape, unless somebody else has.
  absl::Status CreateHead();

  // Every landscape has at least the revision that made it.
  bool exists() const { return revision_ > 0; }
  std::int64_t revision() const { return revision_; }
  Time now() const { return now_; }
  const std::string& landscape() const { return landscape_; }
  std::span<const ResourceType* const> types() const { return types_; }
  // Null where this store has no such type.
  const ResourceType* TypeOf(std::string_view resource) const;

  absl::StatusOr<Version> Find(KeyView key);
  // Ids in the database whose column has this value, by id, at most `limit`.
  absl::StatusOr<std::vector<std::string>> StoredIds(const ResourceType& type, const ColumnSpec& column,
                                                     const Value& value, std::int64_t limit);
  absl::StatusOr<std::vector<std::string>> StoredIdsWithTerm(const ResourceType& type, std::int64_t terms,
                                                             std::string_view term, std::int64_t limit);
  Overlay& written() { return written_; }
  // Reads the stored replies to these requests of one principal at once, so that FindReply need not ask for each.
  absl::Status LoadReplies(std::string_view principal, std::span<const std::string_view> request_ids);
  absl::StatusOr<std::optional<EarlierReply>> FindReply(std::string_view principal, std::string_view request_id);

  // Takes over what a transaction did.
  void Add(Outcome outcome);

  // The database refused something: nothing of this batch may be stored.
  bool failed() const { return failed_; }
  const std::vector<Outcome>& outcomes() const { return outcomes_; }
  const StoredRecord& StoredBefore(KeyView key) const { return stored_.find(key)->second; }
  bool head_is_new() const { return head_is_new_; }

 private:
  absl::Status Run(std::string_view statement, std::span<const Param> params, RowSink sink);

  Session& session_;
  const Dialect& dialect_;
  std::span<const ResourceType* const> types_;
  const std::string landscape_;
  Time now_;
  bool head_is_new_ = false;
  std::int64_t revision_ = 0;
  bool failed_ = false;
  KeyMap<StoredRecord> stored_;
  Overlay written_;
  std::vector<Outcome> outcomes_;
  // By principal and request id; nothing where there is none.
  std::map<std::pair<std::string, std::string>, std::optional<EarlierReply>> loaded_replies_;
};

}  // namespace allmende::store::sql
