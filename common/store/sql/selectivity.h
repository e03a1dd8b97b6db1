// How many records a filter leaves, as far as that matters for the choice of an index. SQLite plans without knowing the
// data; a look at the beginning of an index costs little and avoids sorting half a landscape for a page of fifty.
#pragma once

#include <absl/status/statusor.h>

#include <string_view>

#include "common/store/sql/condition.h"
#include "common/store/sql/session.h"

namespace allmende::store::sql {

// From this many records on it is cheaper to go through the records in order than to collect and sort them.
inline constexpr std::int64_t kFrequent = 500;

// At least how many records fit (kFrequent: that many or more, or nobody knows). Marks the terms that are frequent.
absl::StatusOr<std::int64_t> EstimateHits(Session& session, const ResourceType& type, std::string_view landscape,
                                          Condition& condition);

// Marks every term: each record is asked about its terms, rather than all records of a term collected.
void AskEachRecord(Condition& condition);

}  // namespace allmende::store::sql
