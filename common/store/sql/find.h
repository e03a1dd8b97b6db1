// Queries on the present: one statement for the page, one pass over all hits for facets and total where asked for.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/store/sql/condition.h"
#include "common/store/sql/order.h"
#include "common/store/sql/session.h"
#include "common/store/store.h"

namespace allmende::store::sql {

// Which landscapes a query may look at: one, or (for landscape records) those of a list, or all.
struct Scope {
  std::string_view landscape;                       // empty: see `among`
  const std::vector<std::string>* among = nullptr;  // null: all
};

// A query checked against the declaration, ready to run.
class Find {
 public:
  using Counts = std::unordered_map<std::string, std::int64_t>;  // of one facet, by value

  // Every mistake in filter, order and facets; INVALID_PAGE_TOKEN.
  static absl::StatusOr<Find> Check(const ResourceType& type, const Dialect& dialect, const Scope& scope,
                                    const Query& query);

  // Inside a snapshot of the session.
  absl::StatusOr<QueryResult> Run(Session& session);
  // Whether Run would find at least one, without looking for the best.
  absl::StatusOr<bool> FindsAnything(Session& session);

  const Condition& condition() const { return condition_; }
  const Order& order() const { return order_; }
  const std::optional<Position>& behind() const { return behind_; }

 private:
  // A facet: terms or a column.
  struct Facet {
    const TermsSpec* terms = nullptr;
    const ColumnSpec* column = nullptr;
  };

  Find(const ResourceType& type, const Dialect& dialect, const Scope& scope, const Query& query)
      : type_(&type), dialect_(&dialect), scope_(scope), query_(&query) {}

  absl::Status CheckFacets();
  void ChooseOrder();
  // Whether the page is found through the text or place index and ranked afterwards.
  bool IsSearch() const { return has_text_ || query_->circle.has_value(); }
  bool FindsNothing() const;
  absl::Status ChoosePlan(Session& session);
  bool AsksEachForPlaces() const;

  // " FROM ... WHERE ...": all hits, as the table `r`, with distances `d` where places are looked for first.
  void AppendHits(Statement& statement) const;
  void AppendSource(Statement& statement) const;
  void AppendScope(Statement& statement) const;
  void AppendRank(const SortKey& key, Statement& statement) const;
  void AppendDistance(Statement& statement) const;
  void AppendFacets(Statement& statement) const;
  void CountFacets(const Row& row, int first_column, std::vector<Counts>& counts) const;
  absl::Status RunList(Session& session, QueryResult& result) const;
  absl::Status RunSearch(Session& session, QueryResult& result) const;
  absl::Status FetchRecords(Session& session, const std::vector<std::string>& ids, QueryResult& result) const;
  absl::Status CountHits(Session& session, QueryResult& result) const;
  absl::Status CountAll(Session& session, const Facet& facet, std::vector<FacetCount>& counts) const;

  const ResourceType* type_;
  const Dialect* dialect_;
  Scope scope_;
  const Query* query_;
  Condition condition_;
  Order order_;
  std::optional<Position> behind_;
  std::vector<Facet> facets_;
  bool has_text_ = false;
  // The plan.
  bool words_are_rare_ = false;
  bool walk_in_order_ = false;
  bool counting_ = false;    // all hits, in no order
  std::string words_;        // the text query in the engine's language
  std::string title_words_;  // the same, for titles only
};

// The text query in the engine's own language; empty where the text has no words.
std::string MatchExpression(const Dialect& dialect, std::string_view landscape, const TextQuery& text, bool title_only);

}  // namespace allmende::store::sql
