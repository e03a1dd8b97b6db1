// Whole landscapes out of one engine and into another, exactly: every commit with its time and author, every record,
// every reply that is still kept for repetitions. For backups; nothing is checked or decided again on the way in.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/store/sql/flush.h"
#include "common/store/sql/session.h"
#include "common/store/store.h"

namespace allmende::store::sql {

// The answer that a repeated request id gets.
struct KeptReply {
  std::string principal;
  std::string request_id;
  std::string fingerprint;
  std::string reply;
  std::int64_t revision = 0;
  Time time;
};

absl::StatusOr<std::vector<std::string>> ListLandscapes(Engine& engine);

// The landscape as it is at this moment, in one snapshot: its commits from the first on, then its replies.
absl::Status ReadLandscape(Engine& engine, const std::string& landscape,
                           absl::FunctionRef<absl::Status(const Commit&)> on_commit,
                           absl::FunctionRef<absl::Status(const KeptReply&)> on_reply);

// Fills an empty engine; no store may write to it meanwhile.
class Replay {
 public:
  // Makes the tables. The types must outlive this. ALREADY_EXISTS where there is a landscape.
  static absl::StatusOr<std::unique_ptr<Replay>> Open(std::unique_ptr<Engine> engine,
                                                      std::vector<const ResourceType*> types);

  // The next commits of the landscape, without gaps from revision 1, all or nothing. MALFORMED for a gap or a
  // collection that none of the types has.
  absl::Status Append(const std::string& landscape, std::span<const Commit> commits);
  absl::Status Append(const std::string& landscape, const KeptReply& reply);

 private:
  Replay(std::unique_ptr<Engine> engine, std::vector<const ResourceType*> types)
      : engine_(std::move(engine)), types_(std::move(types)) {}
  absl::StatusOr<Outcome> Redo(Batch& batch, const Commit& commit);

  std::unique_ptr<Engine> engine_;
  std::vector<const ResourceType*> types_;
  FlushMemory memory_;
};

}  // namespace allmende::store::sql
