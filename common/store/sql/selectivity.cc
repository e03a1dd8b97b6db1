#include "common/store/sql/selectivity.h"

#include <algorithm>

#include "common/base/macros.h"
#include "common/store/sql/schema.h"
#include "common/store/sql/statement.h"

namespace allmende::store::sql {
namespace {

absl::StatusOr<std::int64_t> CountFirst(Session& session, const ResourceType& type, std::string_view landscape,
                                        const Condition& leaf) {
  Statement statement("SELECT COUNT(*) FROM (SELECT 1 FROM ");
  if (leaf.kind == Condition::Kind::kTerm) {
    statement << TableOf('t', type) << " t WHERE t.landscape = ";
    statement.Bind(landscape) << " AND t.field = ";
    statement.Bind(std::int64_t{leaf.terms}) << " AND t.term = ";
    statement.Bind(ToParam(leaf.value));
  } else {
    statement << TableOf('r', type) << " r WHERE r.landscape = ";
    statement.Bind(landscape) << " AND ";
    AppendCondition(leaf, type, landscape, statement);
  }
  statement << " LIMIT ";
  statement.Bind(kFrequent) << ")";
  std::int64_t count = 0;
  RETURN_IF_ERROR(statement.Run(session, [&](const Row& row) { count = row.Integer(0); }));
  return count;
}

}  // namespace

absl::StatusOr<std::int64_t> EstimateHits(Session& session, const ResourceType& type, std::string_view landscape,
                                          Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::kAnd: {
      std::int64_t fewest = kFrequent;
      for (Condition& child : condition.children) {
        ASSIGN_OR_RETURN(const std::int64_t hits, EstimateHits(session, type, landscape, child));
        fewest = std::min(fewest, hits);
      }
      return fewest;
    }
    case Condition::Kind::kOr: {
      std::int64_t sum = 0;
      for (Condition& child : condition.children) {
        ASSIGN_OR_RETURN(const std::int64_t hits, EstimateHits(session, type, landscape, child));
        sum += hits;
      }
      return std::min(sum, kFrequent);
    }
    case Condition::Kind::kColumn:
    case Condition::Kind::kTerm: {
      const bool is_equality = !condition.negated && condition.comparator == resource::Comparator::kEqual;
      std::int64_t hits = kFrequent;
      if (is_equality) {
        ASSIGN_OR_RETURN(hits, CountFirst(session, type, landscape, condition));
      }
      condition.ask_each_record = hits >= kFrequent;
      return hits;
    }
    default:
      return kFrequent;
  }
}

void AskEachRecord(Condition& condition) {
  condition.ask_each_record = true;
  for (Condition& child : condition.children) AskEachRecord(child);
}

}  // namespace allmende::store::sql
