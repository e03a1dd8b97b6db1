// Reads of the past, from the changes: records and queries as of a revision, the history of one resource, the commits
// after a revision. Each runs inside a snapshot of the session.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/store/sql/find.h"
#include "common/store/sql/session.h"
#include "common/store/store.h"

namespace allmende::store::sql {

// Which resources of which landscape.
struct Collection {
  std::string_view landscape;
  const ResourceType& type;
};

// The revision that was the newest at that time; 0 before the landscape was made.
absl::StatusOr<std::int64_t> RevisionAt(Session& session, std::string_view landscape, Time time);

absl::StatusOr<std::vector<std::optional<Record>>> ReadAsOf(Session& session, const Collection& collection,
                                                            std::span<const std::string> ids, std::int64_t revision);
// Goes through all records there were, but keeps no more than a page.
absl::StatusOr<QueryResult> FindAsOf(Session& session, const Collection& collection, const Find& find,
                                     const Query& query, std::int64_t revision);

absl::StatusOr<std::vector<Commit>> ReadHistory(Session& session, const Collection& collection, std::string_view id,
                                                std::int64_t cursor, int limit);
absl::StatusOr<std::vector<Commit>> ReadChanges(Session& session, std::string_view landscape,
                                                std::int64_t from_revision, int max_changes,
                                                std::span<const std::string> collections);

}  // namespace allmende::store::sql
