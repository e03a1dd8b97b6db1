#include "common/store/sql/find.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "common/base/macros.h"
#include "common/store/sql/circle.h"
#include "common/store/sql/derived.h"
#include "common/store/sql/schema.h"

namespace allmende::store::sql {
namespace {

constexpr std::size_t kMostFacetValues = 100;
constexpr std::string_view kTitleRank = "in_title";
constexpr std::string_view kDistanceRank = "millimetres";

using Counts = std::unordered_map<std::string, std::int64_t>;

std::vector<FacetCount> MostFrequent(const Counts& counts) {
  std::vector<FacetCount> sorted;
  sorted.reserve(counts.size());
  for (const auto& [value, count] : counts) sorted.push_back({value, count});
  std::sort(sorted.begin(), sorted.end(), [](const FacetCount& left, const FacetCount& right) {
    return left.count != right.count ? left.count > right.count : left.value < right.value;
  });
  if (sorted.size() > kMostFacetValues) sorted.resize(kMostFacetValues);
  return sorted;
}

// Counts each line of "A\nB".
void CountLines(std::string_view lines, Counts& counts) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    ++counts[std::string(lines.substr(0, end))];
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

Value ValueAt(const Row& row, int column, SortKey::Type type) {
  switch (type) {
    case SortKey::Type::kInteger:
      return row.Integer(column);
    case SortKey::Type::kReal:
      return row.Real(column);
    case SortKey::Type::kBytes:
      return std::string(row.Bytes(column));
  }
  return {};
}

std::string FacetNames(const ResourceType& type) {
  std::vector<std::string_view> names;
  for (const TermsSpec& terms : type.terms) {
    if (type.FindTerms(terms.name) != nullptr) names.push_back(terms.name);
  }
  for (const ColumnSpec& column : type.columns) {
    if (column.type == ColumnType::kText || column.type == ColumnType::kEnum) names.push_back(column.name);
  }
  std::sort(names.begin(), names.end());
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::string MatchExpression(const Dialect& dialect, std::string_view landscape, const TextQuery& text,
                            bool title_only) {
  std::string expression;
  const std::vector<text::IndexWord> words = SearchWords(text.text);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string word = Marked(landscape, words[i].word);
    const std::string stem = Marked(landscape, words[i].stem);
    const bool prefix = text.prefix && i + 1 == words.size();
    if (dialect.is_postgres) {
      const std::string_view weight = title_only ? "A" : "";
      expression +=
          fmt::format("{}('{}':{}{} | '{}':{})", i == 0 ? "" : " & ", word, prefix ? "*" : "", weight, stem, weight);
    } else {
      expression += fmt::format("{}(\"{}\"{} OR \"{}\")", i == 0 ? "" : " AND ", word, prefix ? " *" : "", stem);
    }
  }
  if (title_only && !dialect.is_postgres && !expression.empty()) return fmt::format("{{title}} : ({})", expression);
  return expression;
}

absl::StatusOr<Find> Find::Check(const ResourceType& type, const Dialect& dialect, const Scope& scope,
                                 const Query& query) {
  Find find(type, dialect, scope, query);
  Violations violations;
  const auto collect = [&](const absl::Status& status) {
    const ErrorDetail detail = DetailOf(status);
    for (const FieldViolation& found : detail.violations()) {
      violations.Add(found.field(), found.reason(), Params(found.params().begin(), found.params().end()));
    }
  };
  if (auto condition = CheckFilter(type, query.filter); condition.ok()) {
    find.condition_ = *std::move(condition);
  } else {
    collect(condition.status());
  }
  if (auto order = CheckOrder(type, query.order); order.ok()) {
    find.order_ = *std::move(order);
  } else {
    collect(order.status());
  }
  collect(find.CheckFacets());
  if (query.circle.has_value()) collect(CheckCircle(*query.circle));
  RETURN_IF_ERROR(violations.ToStatus());

  find.has_text_ = type.text && query.text.has_value() && !query.text->text.empty();
  if (find.has_text_) {
    find.words_ = MatchExpression(dialect, scope.landscape, *query.text, false);
    find.title_words_ = MatchExpression(dialect, scope.landscape, *query.text, true);
  }
  if (query.order.empty()) find.ChooseOrder();
  ASSIGN_OR_RETURN(find.behind_, ReadCursor(query.cursor, find.order_));
  return find;
}

absl::Status Find::CheckFacets() {
  Violations violations;
  for (const std::string& name : query_->facets) {
    const ColumnSpec* column = type_->FindColumn(name);
    if (column != nullptr && column->type != ColumnType::kText && column->type != ColumnType::kEnum) column = nullptr;
    const TermsSpec* terms = type_->FindTerms(name);
    if (column == nullptr && terms == nullptr) {
      violations.Add("facets", Reason::FIELD_NOT_FILTERABLE, {{"field", name}, {"allowed", FacetNames(*type_)}});
    }
    facets_.push_back({terms, column});
  }
  return violations.ToStatus();
}

// What comes first where the caller does not say: hits in titles, then as shown; the nearest; else by id.
void Find::ChooseOrder() {
  if (has_text_) {
    order_.keys.push_back({.name = std::string(kTitleRank)});
    if (const ColumnSpec* display = DisplayColumn(*type_)) {
      const std::vector<resource::OrderTerm> by_display = {{display->name, false}};
      order_.keys.push_back(CheckOrder(*type_, by_display)->keys.front());
    }
  } else if (query_->circle.has_value()) {
    order_.keys.push_back({.name = std::string(kDistanceRank)});
  }
}

bool Find::FindsNothing() const {
  const bool no_words = has_text_ && words_.empty();
  const bool no_places = query_->circle.has_value() && !type_->places;
  const bool no_text = query_->text.has_value() && !query_->text->text.empty() && !type_->text;
  return no_words || no_places || no_text || (scope_.among != nullptr && scope_.among->empty());
}

void Find::AppendHits(Statement& statement) const {
  const std::string records = TableOf('r', *type_);
  statement << " FROM ";
  if (has_text_ && !dialect_->is_postgres) {
    const std::string index = TableOf('f', *type_);
    statement << index << " CROSS JOIN " << records << " r ON r.n = " << index << ".rowid";
  } else if (has_text_) {
    // Only this function may look words up in their index: see postgres/migration.h.
    statement << TableOf('m', *type_) << "(";
    statement.Bind(std::string_view(words_)) << "::text::tsquery, ";
    statement.Bind(std::string_view(title_words_)) << "::text::tsquery) r";
  } else {
    statement << records << " r";
  }
  if (query_->circle.has_value()) {
    statement << " JOIN ";
    AppendPlacesInside(*query_->circle, TableOf('p', *type_), scope_.landscape, statement);
    statement << " d ON d.id = r.id";
  }
  statement << " WHERE ";
  const bool is_of_landscape = has_text_ && dialect_->is_postgres;  // the function gives no others
  if (!scope_.landscape.empty() && !is_of_landscape) {
    statement << "r.landscape = ";
    statement.Bind(scope_.landscape);
  } else if (scope_.among != nullptr) {
    statement << "r.landscape IN (";
    for (std::size_t i = 0; i < scope_.among->size(); ++i) {
      statement << (i == 0 ? "" : ", ");
      statement.Bind(std::string_view((*scope_.among)[i]));
    }
    statement << ")";
  } else {
    statement << "1 = 1";
  }
  if (has_text_ && !dialect_->is_postgres) {
    statement << " AND " << TableOf('f', *type_) << " MATCH ";
    statement.Bind(std::string_view(words_));
  }
  if (condition_.kind != Condition::Kind::kEverything) {
    statement << " AND ";
    AppendCondition(condition_, *type_, scope_.landscape, statement);
  }
}

// Relevance and distance exist only as expressions; as columns of a subquery they can be compared and sorted by.
void Find::AppendRank(const SortKey& key, Statement& statement) const {
  if (key.name == kDistanceRank) return;  // comes along anyway
  statement << ", ";
  if (key.name != kTitleRank) {
    statement << "r." << key.name;
    return;
  }
  statement << "CASE WHEN ";
  if (dialect_->is_postgres) {
    statement << "r.in_title";
  } else {
    const std::string index = TableOf('f', *type_);
    statement << "r.n IN (SELECT rowid FROM " << index << " WHERE " << index << " MATCH ";
    statement.Bind(std::string_view(title_words_)) << ")";
  }
  statement << " THEN 0 ELSE 1 END AS " << kTitleRank;
}

Statement Find::PageStatement(bool& has_distance) const {
  has_distance = query_->circle.has_value();
  const auto limit = std::int64_t{query_->limit} + 1;
  Statement statement("SELECT r.id, r.revision, r.data");
  if (!IsSearch()) {
    for (const SortKey& key : order_.keys) statement << ", r." << key.name;
    AppendHits(statement);
    if (behind_.has_value()) {
      statement << " AND ";
      AppendBehind(order_, *behind_, statement);
    }
    AppendOrder(order_, statement);
    statement << " LIMIT ";
    statement.Bind(limit);
    return statement;
  }
  // A search sorts short rows first and fetches the records of the page only.
  for (const SortKey& key : order_.keys) statement << ", q." << key.name;
  if (has_distance) statement << ", q.millimetres";
  statement << " FROM (SELECT * FROM (SELECT r.id";
  if (has_distance) statement << ", d.millimetres";
  for (const SortKey& key : order_.keys) AppendRank(key, statement);
  AppendHits(statement);
  statement << ") r";
  if (behind_.has_value()) {
    statement << " WHERE ";
    AppendBehind(order_, *behind_, statement);
  }
  AppendOrder(order_, statement);
  statement << " LIMIT ";
  statement.Bind(limit) << ") q JOIN " << TableOf('r', *type_) << " r ON r.landscape = ";
  statement.Bind(scope_.landscape) << " AND r.id = q.id ORDER BY ";
  for (const SortKey& key : order_.keys) statement << "q." << key.name << (key.descending ? " DESC, " : ", ");
  statement << (order_.id_descending ? "q.id DESC" : "q.id");
  return statement;
}

absl::Status Find::RunPage(Session& session, QueryResult& result) const {
  bool has_distance = false;
  const Statement statement = PageStatement(has_distance);
  Position last;
  const auto limit = static_cast<std::size_t>(query_->limit);
  bool more = false;
  RETURN_IF_ERROR(statement.Run(session, [&](const Row& row) {
    if (result.hits.size() == limit) {
      more = true;
      return;
    }
    Hit& hit = result.hits.emplace_back();
    hit.record = {std::string(row.Text(0)), row.Integer(1), std::string(row.Bytes(2))};
    if (result.hits.size() == limit) {
      for (std::size_t i = 0; i < order_.keys.size(); ++i) {
        last.values.push_back(ValueAt(row, static_cast<int>(i) + 3, order_.keys[i].type));
      }
      last.id = hit.record.id;
    }
    if (has_distance) {
      const int column = static_cast<int>(order_.keys.size()) + 3;
      hit.distance_metres = static_cast<double>(row.Integer(column)) / 1000;
    }
  }));
  if (more) result.next_cursor = WriteCursor(last);
  return absl::OkStatus();
}

// One pass over all hits counts everything that was asked for.
absl::Status Find::CountHits(Session& session, QueryResult& result) const {
  if (facets_.empty()) {
    Statement statement("SELECT COUNT(*)");
    AppendHits(statement);
    return statement.Run(session, [&](const Row& row) { result.total = row.Integer(0); });
  }
  Statement statement("SELECT ");
  for (std::size_t i = 0; i < facets_.size(); ++i) {
    const Facet& facet = facets_[i];
    statement << (i == 0 ? "r." : ", r.");
    statement << (facet.terms != nullptr ? CodesColumnOf(*facet.terms) : ColumnOf(*facet.column));
  }
  AppendHits(statement);
  std::vector<Counts> counts(facets_.size());
  std::int64_t total = 0;
  RETURN_IF_ERROR(statement.Run(session, [&](const Row& row) {
    ++total;
    for (std::size_t i = 0; i < facets_.size(); ++i) {
      const std::string_view text = row.Text(static_cast<int>(i));
      if (facets_[i].terms != nullptr) {
        CountLines(text, counts[i]);
      } else if (!text.empty()) {
        ++counts[i][std::string(text)];
      }
    }
  }));
  if (query_->count_total) result.total = total;
  for (const Counts& of_one : counts) result.facets.push_back(MostFrequent(of_one));
  return absl::OkStatus();
}

// With nothing to narrow the hits down the indexes know the counts.
absl::Status Find::CountAll(Session& session, const Facet& facet, std::vector<FacetCount>& sorted) const {
  Counts counts;
  Statement statement;
  if (facet.terms != nullptr) {
    statement << "SELECT term, COUNT(*) FROM " << TableOf('t', *type_) << " WHERE landscape = ";
    statement.Bind(scope_.landscape) << " AND field = ";
    statement.Bind(std::int64_t{facet.terms - type_->terms.data()}) << " GROUP BY term";
  } else {
    const std::string column = ColumnOf(*facet.column);
    statement << "SELECT " << column << ", COUNT(*) FROM " << TableOf('r', *type_) << " WHERE landscape = ";
    statement.Bind(scope_.landscape) << " AND " << column << " IS NOT NULL GROUP BY " << column;
  }
  RETURN_IF_ERROR(statement.Run(session, [&](const Row& row) { counts[std::string(row.Text(0))] = row.Integer(1); }));
  sorted = MostFrequent(counts);
  return absl::OkStatus();
}

absl::StatusOr<QueryResult> Find::Run(Session& session) const {
  QueryResult result;
  if (FindsNothing()) {
    result.facets.resize(facets_.size());
    return result;
  }
  RETURN_IF_ERROR(RunPage(session, result));
  const bool everything = condition_.kind == Condition::Kind::kEverything && !IsSearch() && !scope_.landscape.empty();
  if (everything && !facets_.empty() && !query_->count_total) {
    for (const Facet& facet : facets_) RETURN_IF_ERROR(CountAll(session, facet, result.facets.emplace_back()));
  } else if (query_->count_total || !facets_.empty()) {
    RETURN_IF_ERROR(CountHits(session, result));
  }
  return result;
}

}  // namespace allmende::store::sql
