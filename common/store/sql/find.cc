#include "common/store/sql/find.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "common/base/macros.h"
#include "common/store/sql/circle.h"
#include "common/store/sql/derived.h"
#include "common/store/sql/first_ones.h"
#include "common/store/sql/schema.h"
#include "common/store/sql/selectivity.h"

namespace allmende::store::sql {
namespace {

constexpr std::size_t kMostFacetValues = 100;
constexpr std::string_view kTitleRank = "in_title";
constexpr std::string_view kDistanceRank = "millimetres";

std::vector<FacetCount> MostFrequent(const Find::Counts& counts) {
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
void CountLines(std::string_view lines, Find::Counts& counts) {
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

// Two ways to go through the hits of words inside a circle on SQLite: the words' rows, asking each for its places, or
// the places inside, asking each for its words. PostgreSQL chooses by itself.
absl::Status Find::ChoosePlan(Session& session) {
  if (dialect_->is_postgres || scope_.landscape.empty()) {
    AskEachRecord(condition_);
    return absl::OkStatus();
  }
  if (!IsSearch()) {
    ASSIGN_OR_RETURN(const std::int64_t hits, EstimateHits(session, *type_, scope_.landscape, condition_));
    walk_in_order_ = hits >= kFrequent;
    return absl::OkStatus();
  }
  AskEachRecord(condition_);
  if (!has_text_ || !query_->circle.has_value()) return absl::OkStatus();
  const std::string index = TableOf('f', *type_);
  Statement statement("SELECT COUNT(*) FROM (SELECT 1 FROM ");
  statement << index << " WHERE " << index << " MATCH ";
  statement.Bind(std::string_view(words_)) << " LIMIT ";
  statement.Bind(kFrequent) << ")";
  return statement.Run(session, [&](const Row& row) { words_are_rare_ = row.Integer(0) < kFrequent; });
}

bool Find::AsksEachForPlaces() const { return has_text_ && query_->circle.has_value() && words_are_rare_; }

void Find::AppendSource(Statement& statement) const {
  const std::string records = TableOf('r', *type_);
  std::string places = TableOf('p', *type_);
  // Else SQLite would go through all places for the sake of having them grouped.
  if (!dialect_->is_postgres) places += " INDEXED BY " + PlaceIndexOf(*type_);
  const std::string index = TableOf('f', *type_);
  statement << " FROM ";
  if (dialect_->is_postgres && has_text_) {
    // Only this function may look words up in their index: see postgres/migration.h.
    statement << TableOf('m', *type_) << "(";
    statement.Bind(std::string_view(words_)) << "::text::tsquery, ";
    statement.Bind(std::string_view(title_words_)) << "::text::tsquery) r";
  } else if (has_text_ && (words_are_rare_ || !query_->circle.has_value())) {
    statement << index << " CROSS JOIN " << records << " r ON r.n = " << index << ".rowid";
    return;
  } else if (query_->circle.has_value() && !dialect_->is_postgres) {
    AppendPlacesInside(*query_->circle, places, scope_.landscape, "", statement);
    statement << " d CROSS JOIN " << records << " r ON r.landscape = ";
    statement.Bind(scope_.landscape) << " AND r.id = d.id";
    return;
  } else {
    statement << records << " r";
  }
  if (query_->circle.has_value()) {
    statement << " JOIN ";
    AppendPlacesInside(*query_->circle, places, scope_.landscape, "", statement);
    statement << " d ON d.id = r.id";
  } else if (walk_in_order_ && !order_.keys.empty() && order_.keys.front().column != nullptr && !counting_) {
    statement << " INDEXED BY " << SortIndexOf(*type_, *order_.keys.front().column);
  }
}

void Find::AppendScope(Statement& statement) const {
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
}

void Find::AppendHits(Statement& statement) const {
  AppendSource(statement);
  statement << " WHERE ";
  AppendScope(statement);
  if (has_text_ && !dialect_->is_postgres) {
    const std::string index = TableOf('f', *type_);
    const bool by_places = query_->circle.has_value() && !words_are_rare_;
    statement << " AND ";
    // The plus keeps SQLite from fetching every record of the words for every place.
    if (by_places) statement << "+r.n IN (SELECT rowid FROM " << index << " WHERE ";
    statement << index << " MATCH ";
    statement.Bind(std::string_view(words_)) << (by_places ? ")" : "");
  }
  if (condition_.kind != Condition::Kind::kEverything) {
    statement << " AND ";
    AppendCondition(condition_, *type_, scope_.landscape, statement);
  }
}

// A page of a list comes straight from the index of its order.
absl::Status Find::RunList(Session& session, QueryResult& result) const {
  Statement statement("SELECT r.id, r.revision, r.data");
  for (const SortKey& key : order_.keys) statement << ", r." << key.name;
  AppendHits(statement);
  if (behind_.has_value()) {
    statement << " AND ";
    AppendBehind(order_, *behind_, statement);
  }
  AppendOrder(order_, statement);
  statement << " LIMIT ";
  statement.Bind(std::int64_t{query_->limit} + 1);

  const auto limit = static_cast<std::size_t>(query_->limit);
  Position last;
  bool more = false;
  RETURN_IF_ERROR(statement.Run(session, [&](const Row& row) {
    if (result.hits.size() == limit) {
      more = true;
      return;
    }
    Record& record = result.hits.emplace_back().record;
    record = {std::string(row.Text(0)), row.Integer(1), std::string(row.Bytes(2))};
    if (result.hits.size() < limit) return;
    for (std::size_t i = 0; i < order_.keys.size(); ++i) {
      last.values.push_back(ValueAt(row, static_cast<int>(i) + 3, order_.keys[i].type));
    }
    last.id = record.id;
  }));
  if (more) result.next_cursor = WriteCursor(last);
  return absl::OkStatus();
}

void Find::AppendRank(const SortKey& key, Statement& statement) const {
  if (key.name == kDistanceRank) {
    statement << "d.millimetres";
  } else if (key.name != kTitleRank) {
    statement << "r." << key.name;
  } else if (dialect_->is_postgres) {
    statement << "CASE WHEN r.in_title THEN 0 ELSE 1 END";
  } else {
    const std::string index = TableOf('f', *type_);
    statement << "CASE WHEN +r.n IN (SELECT rowid FROM " << index << " WHERE " << index << " MATCH ";
    statement.Bind(std::string_view(title_words_)) << ") THEN 0 ELSE 1 END";
  }
}

void Find::AppendDistance(Statement& statement) const {
  if (!query_->circle.has_value()) {
    statement << "0";
  } else if (AsksEachForPlaces()) {
    statement << "(SELECT millimetres FROM ";
    AppendPlacesInside(*query_->circle, TableOf('p', *type_), scope_.landscape, "r.id", statement);
    statement << ")";
  } else {
    statement << "d.millimetres";
  }
}

void Find::AppendFacets(Statement& statement) const {
  for (const Facet& facet : facets_) {
    statement << ", r." << (facet.terms != nullptr ? CodesColumnOf(*facet.terms) : ColumnOf(*facet.column));
  }
}

void Find::CountFacets(const Row& row, int first_column, std::vector<Counts>& counts) const {
  for (std::size_t i = 0; i < facets_.size(); ++i) {
    const std::string_view text = row.Text(first_column + static_cast<int>(i));
    if (facets_[i].terms != nullptr) {
      CountLines(text, counts[i]);
    } else if (!text.empty()) {
      ++counts[i][std::string(text)];
    }
  }
}

// A search looks at every hit once, in short rows: ranks it, counts it, and fetches the records of the page at the end.
absl::Status Find::RunSearch(Session& session, QueryResult& result) const {
  struct Candidate {
    Position position;
    std::int64_t millimetres = 0;
  };
  Statement statement("SELECT r.id, ");
  AppendDistance(statement);
  for (const SortKey& key : order_.keys) {
    statement << ", ";
    AppendRank(key, statement);
  }
  AppendFacets(statement);
  AppendHits(statement);

  const auto limit = static_cast<std::size_t>(query_->limit);
  const int first_facet = 2 + static_cast<int>(order_.keys.size());
  std::vector<Counts> counts(facets_.size());
  FirstOnes<Candidate> first(order_, limit + 1);
  RETURN_IF_ERROR(statement.Run(session, [&](const Row& row) {
    if (row.IsNull(1)) return;  // the words fit, but no place is inside
    ++result.total;
    CountFacets(row, first_facet, counts);
    Candidate candidate{.position = {}, .millimetres = row.Integer(1)};
    for (std::size_t i = 0; i < order_.keys.size(); ++i) {
      candidate.position.values.push_back(ValueAt(row, static_cast<int>(i) + 2, order_.keys[i].type));
    }
    candidate.position.id = row.Text(0);
    if (behind_.has_value() && !ComesBefore(order_, *behind_, candidate.position)) return;
    first.Offer(std::move(candidate));
  }));
  if (!query_->count_total) result.total = 0;
  for (const Counts& of_one : counts) result.facets.push_back(MostFrequent(of_one));

  std::vector<Candidate> page = std::move(first).Sorted();
  if (page.size() > limit) {
    page.pop_back();
    result.next_cursor = WriteCursor(page.back().position);
  }
  std::vector<std::string> ids;
  for (const Candidate& candidate : page) {
    ids.push_back(candidate.position.id);
    Hit& hit = result.hits.emplace_back();
    if (query_->circle.has_value()) hit.distance_metres = static_cast<double>(candidate.millimetres) / 1000;
  }
  return FetchRecords(session, ids, result);
}

absl::Status Find::FetchRecords(Session& session, const std::vector<std::string>& ids, QueryResult& result) const {
  // Few different lengths, so that few statements are prepared.
  constexpr std::size_t kLengths[] = {10, 100, 1001};
  if (ids.empty()) return absl::OkStatus();
  const std::size_t length =
      *std::find_if(std::begin(kLengths), std::end(kLengths) - 1, [&](std::size_t l) { return l >= ids.size(); });
  Statement statement("SELECT r.id, r.revision, r.data FROM ");
  statement << TableOf('r', *type_) << " r WHERE r.landscape = ";
  statement.Bind(scope_.landscape) << " AND r.id IN (";
  for (std::size_t i = 0; i < std::max(length, ids.size()); ++i) {
    statement << (i == 0 ? "" : ", ");
    statement.Bind(std::string_view(ids[std::min(i, ids.size() - 1)]));
  }
  statement << ")";
  std::unordered_map<std::string_view, Hit*> by_id;
  for (std::size_t i = 0; i < ids.size(); ++i) by_id[ids[i]] = &result.hits[i];
  return statement.Run(session, [&](const Row& row) {
    by_id.at(row.Text(0))->record = {std::string(row.Text(0)), row.Integer(1), std::string(row.Bytes(2))};
  });
}

absl::StatusOr<bool> Find::FindsAnything(Session& session) {
  if (FindsNothing()) return false;
  RETURN_IF_ERROR(ChoosePlan(session));
  counting_ = true;
  Statement statement("SELECT 1");
  AppendHits(statement);
  statement << " LIMIT 1";
  bool found = false;
  RETURN_IF_ERROR(statement.Run(session, [&](const Row&) { found = true; }));
  return found;
}

// One pass over all hits of a list counts everything that was asked for.
absl::Status Find::CountHits(Session& session, QueryResult& result) const {
  Statement statement(facets_.empty() ? "SELECT COUNT(*)" : "SELECT 1");
  AppendFacets(statement);
  AppendHits(statement);
  std::vector<Counts> counts(facets_.size());
  std::int64_t total = 0;
  RETURN_IF_ERROR(statement.Run(session, [&](const Row& row) {
    total += row.Integer(0);
    CountFacets(row, 1, counts);
  }));
  if (query_->count_total) result.total = total;
  for (const Counts& of_one : counts) result.facets.push_back(MostFrequent(of_one));
  return absl::OkStatus();
}

// With nothing to narrow the hits down the indexes know the counts.
absl::Status Find::CountAll(Session& session, const Facet& facet, std::vector<FacetCount>& sorted) const {
  Counts counts;
  // Sorted enums have their index on the numbers.
  const bool has_numbers = facet.column != nullptr && facet.column->sorted && facet.column->type == ColumnType::kEnum;
  Statement statement;
  if (facet.terms != nullptr) {
    statement << "SELECT term, COUNT(*) FROM " << TableOf('t', *type_) << " WHERE landscape = ";
    statement.Bind(scope_.landscape) << " AND field = ";
    statement.Bind(std::int64_t{facet.terms - type_->terms.data()}) << " GROUP BY term";
  } else {
    const std::string column = has_numbers ? SortColumnOf(*facet.column) : ColumnOf(*facet.column);
    statement << "SELECT " << column << ", COUNT(*) FROM " << TableOf('r', *type_) << " WHERE landscape = ";
    statement.Bind(scope_.landscape) << " AND " << column << (has_numbers ? " <> 0" : " IS NOT NULL");
    statement << " GROUP BY " << column;
  }
  RETURN_IF_ERROR(statement.Run(session, [&](const Row& row) {
    if (!has_numbers) {
      counts[std::string(row.Text(0))] = row.Integer(1);
      return;
    }
    const auto* codes = facet.column->fields.back()->enum_type();
    if (const auto* code = codes->FindValueByNumber(static_cast<int>(row.Integer(0)))) {
      counts[code->name()] = row.Integer(1);
    }
  }));
  sorted = MostFrequent(counts);
  return absl::OkStatus();
}

absl::StatusOr<QueryResult> Find::Run(Session& session) {
  QueryResult result;
  if (FindsNothing()) {
    result.facets.resize(facets_.size());
    return result;
  }
  RETURN_IF_ERROR(ChoosePlan(session));
  if (IsSearch()) {
    RETURN_IF_ERROR(RunSearch(session, result));
    return result;
  }
  RETURN_IF_ERROR(RunList(session, result));
  counting_ = true;
  const bool everything = condition_.kind == Condition::Kind::kEverything && !scope_.landscape.empty();
  if (everything && !facets_.empty() && !query_->count_total) {
    for (const Facet& facet : facets_) RETURN_IF_ERROR(CountAll(session, facet, result.facets.emplace_back()));
  } else if (query_->count_total || !facets_.empty()) {
    RETURN_IF_ERROR(CountHits(session, result));
  }
  return result;
}

}  // namespace allmende::store::sql
