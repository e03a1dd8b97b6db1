// Queries on the present: one statement for the page, one pass over all hits for facets and total where asked for.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>
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
  // Every mistake in filter, order and facets; INVALID_PAGE_TOKEN.
  static absl::StatusOr<Find> Check(const ResourceType& type, const Dialect& dialect, const Scope& scope,
                                    const Query& query);

  // Inside a snapshot of the session.
  absl::StatusOr<QueryResult> Run(Session& session) const;

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
  // Whether the page is found through the text or place index and sorted afterwards.
  bool IsSearch() const { return has_text_ || query_->circle.has_value(); }
  bool FindsNothing() const;

  // " FROM ... WHERE ...": all hits, as the table `r`.
  void AppendHits(Statement& statement) const;
  void AppendCircle(Statement& statement) const;
  void AppendRank(const SortKey& key, Statement& statement) const;
  Statement PageStatement(bool& has_distance) const;
  absl::Status RunPage(Session& session, QueryResult& result) const;
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
  std::string words_;        // the text query in the engine's language
  std::string title_words_;  // the same, for titles only
};

// The text query in the engine's own language; empty where the text has no words.
std::string MatchExpression(const Dialect& dialect, std::string_view landscape, const TextQuery& text, bool title_only);

}  // namespace allmende::store::sql
