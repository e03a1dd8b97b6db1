// A filter that was checked against a declaration: every field is known, every value has the type of its column. It can
// be put into a statement or be asked about a message, and both say the same: a comparison with something that is not
// set is false, its negation true.
#pragma once

#include <absl/status/statusor.h>

#include <string_view>
#include <vector>

#include "common/resource/filter.h"
#include "common/store/resource_type.h"
#include "common/store/sql/statement.h"

namespace allmende::store::sql {

struct Condition {
  enum class Kind { kEverything, kAnd, kOr, kColumn, kTerm };
  Kind kind = Kind::kEverything;
  std::vector<Condition> children;

  // Of kColumn and kTerm. Negations are pushed down to here, so that SQL's third truth value never shows.
  bool negated = false;
  const ColumnSpec* column = nullptr;
  int terms = -1;  // index into ResourceType::terms
  resource::Comparator comparator = resource::Comparator::kEqual;
  Value value;                   // monostate with kHas: "is set"
  Value sort_value;              // of a sorted column: what `value` sorts by
  bool ask_each_record = false;  // of kTerm: a better plan than collecting all records that have it (selectivity.h)
};

// FIELD_NOT_FILTERABLE, WRONG_TYPE, UNKNOWN_CODE as violations of "filter", all at once.
absl::StatusOr<Condition> CheckFilter(const ResourceType& type, const resource::Filter& filter);

bool Matches(const Condition& condition, const ResourceType& type, const Message& message);

// Appends a condition on the record table `r`. An empty landscape: whichever the record is of. The condition must
// outlive the statement.
void AppendCondition(const Condition& condition, const ResourceType& type, std::string_view landscape,
                     Statement& statement);

// The names that can be filtered by, for error messages: "area, kinds, sphere".
std::string FilterableNames(const ResourceType& type);

}  // namespace allmende::store::sql
