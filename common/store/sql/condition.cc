#include "common/store/sql/condition.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "common/base/clock.h"
#include "common/base/macros.h"
#include "common/store/sql/derived.h"
#include "common/store/sql/schema.h"
#include "common/store/sql/value_text.h"

namespace allmende::store::sql {
namespace {

using google::protobuf::EnumDescriptor;
using resource::Comparator;
using resource::Filter;

constexpr std::string_view kFilterField = "filter";

class Checker {
 public:
  explicit Checker(const ResourceType& type) : type_(type) {}

  // By De Morgan the negation moves inwards until it stands at a comparison.
  Condition Check(const Filter& filter, bool negated) {
    switch (filter.kind) {
      case Filter::Kind::kEverything:
        return {};
      case Filter::Kind::kNot:
        return Check(filter.children.front(), !negated);
      case Filter::Kind::kAnd:
      case Filter::Kind::kOr: {
        Condition condition;
        condition.kind = (filter.kind == Filter::Kind::kAnd) != negated ? Condition::Kind::kAnd : Condition::Kind::kOr;
        for (const Filter& child : filter.children) condition.children.push_back(Check(child, negated));
        return condition;
      }
      case Filter::Kind::kComparison:
        return CheckComparison(filter, negated);
    }
    return {};
  }

  absl::Status Outcome() const { return violations_.ToStatus(); }

 private:
  Condition CheckComparison(const Filter& filter, bool negated) {
    Condition condition;
    condition.negated = negated != (filter.comparator == Comparator::kNotEqual);
    condition.comparator = filter.comparator == Comparator::kNotEqual ? Comparator::kEqual : filter.comparator;
    if (const ColumnSpec* column = type_.FindColumn(filter.field)) {
      condition.kind = Condition::Kind::kColumn;
      condition.column = column;
      CheckColumn(filter, *column, condition);
      if (column->sorted) condition.sort_value = SortValueOf(*column, condition.value);
    } else if (const TermsSpec* terms = type_.FindTerms(filter.field)) {
      condition.kind = Condition::Kind::kTerm;
      condition.terms = static_cast<int>(terms - type_.terms.data());
      CheckTerm(filter, *terms, condition);
    } else {
      Refuse(filter, Reason::FIELD_NOT_FILTERABLE, {{"allowed", FilterableNames(type_)}});
    }
    return condition;
  }

  void CheckColumn(const Filter& filter, const ColumnSpec& column, Condition& condition) {
    if (condition.comparator == Comparator::kHas && filter.value == "*") return;
    if (condition.comparator == Comparator::kHas) condition.comparator = Comparator::kEqual;
    const bool compares_order = condition.comparator != Comparator::kEqual;
    if (column.type == ColumnType::kEnum) {
      if (compares_order) return RefuseOrder(filter);
      CheckCode(filter, *column.fields.back()->enum_type());
      const auto* code = column.fields.back()->enum_type()->FindValueByName(filter.value);
      if (code != nullptr && code->number() == 0) return AskIfUnset(condition);
      condition.value = filter.value;
      return;
    }
    if (column.type == ColumnType::kBool && compares_order) return RefuseOrder(filter);
    std::optional<Value> value = ParseValue(column.type, filter.value);
    if (!value.has_value()) {
      auto [german, english] = ExpectedOf(column.type);
      return Refuse(filter, Reason::WRONG_TYPE, Both("expected", german, english, {{"value", filter.value}}));
    }
    condition.value = *std::move(value);
    // The empty text is how proto3 says that nothing is set.
    if (condition.value == Value(std::string()) && !compares_order) AskIfUnset(condition);
  }

  static void AskIfUnset(Condition& condition) {
    condition.comparator = Comparator::kHas;
    condition.value = {};
    condition.negated = !condition.negated;
  }

  void CheckTerm(const Filter& filter, const TermsSpec& terms, Condition& condition) {
    if (condition.comparator == Comparator::kHas && filter.value == "*") return;
    if (condition.comparator != Comparator::kHas && condition.comparator != Comparator::kEqual) {
      return RefuseOrder(filter);
    }
    condition.comparator = Comparator::kEqual;
    condition.value = ParseValue(ColumnType::kText, filter.value).value_or(Value{});
    if (std::holds_alternative<std::monostate>(condition.value)) RefuseOrder(filter);
    if (!terms.fields.empty() && terms.fields.back()->enum_type() != nullptr) {
      CheckCode(filter, *terms.fields.back()->enum_type());
    }
  }

  void CheckCode(const Filter& filter, const EnumDescriptor& codes) {
    if (codes.FindValueByName(filter.value) != nullptr) return;
    Refuse(filter, Reason::UNKNOWN_CODE,
           {{"value", filter.value}, {"list", codes.name()}, {"hint", NearestCode(codes, filter.value)}});
  }

  void RefuseOrder(const Filter& filter) {
    Refuse(filter, Reason::WRONG_TYPE,
           Both("expected",
                "einen Vergleich mit =, != oder :", "a comparison with =, != or :", {{"value", filter.value}}));
  }

  void Refuse(const Filter& filter, Reason reason, Params params) {
    params.emplace_back("field", filter.field);
    params.emplace_back("position", std::to_string(filter.position));
    violations_.Add(std::string(kFilterField), reason, std::move(params));
  }

  const ResourceType& type_;
  Violations violations_;
};

std::string_view OperatorOf(Comparator comparator) {
  switch (comparator) {
    case Comparator::kLess:
      return " < ";
    case Comparator::kLessOrEqual:
      return " <= ";
    case Comparator::kGreater:
      return " > ";
    case Comparator::kGreaterOrEqual:
      return " >= ";
    default:
      return " = ";
  }
}

bool Compare(const Value& left, Comparator comparator, const Value& right) {
  switch (comparator) {
    case Comparator::kLess:
      return left < right;
    case Comparator::kLessOrEqual:
      return left <= right;
    case Comparator::kGreater:
      return left > right;
    case Comparator::kGreaterOrEqual:
      return left >= right;
    default:
      return left == right;
  }
}

bool HoldsUnnegated(const Condition& condition, const ResourceType& type, const Message& message) {
  const bool asks_if_set = condition.comparator == Comparator::kHas;
  if (condition.kind == Condition::Kind::kTerm) {
    const std::vector<std::string> terms = type.terms[static_cast<std::size_t>(condition.terms)].TermsOf(message);
    if (asks_if_set) return !terms.empty();
    return std::binary_search(terms.begin(), terms.end(), std::get<std::string>(condition.value));
  }
  const Value value = condition.column->ValueOf(message);
  if (std::holds_alternative<std::monostate>(value)) return false;
  return asks_if_set || Compare(value, condition.comparator, condition.value);
}

// Sorted columns have their index on what they sort by. Whatever equals a text sorts like it; numbers sort by
// themselves.
bool SortsLikeItCompares(const Condition& condition) {
  return condition.column->sorted && !condition.negated &&
         (condition.column->type != ColumnType::kText || condition.comparator == Comparator::kEqual);
}

void AppendColumn(const Condition& condition, Statement& statement) {
  const std::string column = "r." + ColumnOf(*condition.column);
  if (condition.comparator == Comparator::kHas) {
    statement << column << (condition.negated ? " IS NULL" : " IS NOT NULL");
    return;
  }
  if (SortsLikeItCompares(condition)) {
    statement << "r." << SortColumnOf(*condition.column) << OperatorOf(condition.comparator);
    statement.Bind(ToSortParam(condition.sort_value)) << " AND ";
  }
  if (condition.negated) statement << "(" << column << " IS NULL OR NOT ";
  statement << column << OperatorOf(condition.comparator);
  statement.Bind(ToParam(condition.value));
  if (condition.negated) statement << ")";
}

void AppendTerm(const Condition& condition, const ResourceType& type, std::string_view landscape,
                Statement& statement) {
  const bool collect = !condition.negated && !condition.ask_each_record;
  statement << (collect             ? "r.id IN (SELECT t.id FROM "
                : condition.negated ? "NOT EXISTS (SELECT 1 FROM "
                                    : "EXISTS (SELECT 1 FROM ");
  statement << TableOf('t', type) << " t WHERE t.landscape = ";
  if (landscape.empty()) {
    statement << "r.landscape";
  } else {
    statement.Bind(landscape);
  }
  statement << " AND t.field = ";
  statement.Bind(std::int64_t{condition.terms});
  if (condition.comparator != Comparator::kHas) {
    statement << " AND t.term = ";
    statement.Bind(ToParam(condition.value));
  }
  statement << (collect ? ")" : " AND t.id = r.id)");
}

}  // namespace

absl::StatusOr<Condition> CheckFilter(const ResourceType& type, const Filter& filter) {
  Checker checker(type);
  Condition condition = checker.Check(filter, false);
  RETURN_IF_ERROR(checker.Outcome());
  return condition;
}

bool Matches(const Condition& condition, const ResourceType& type, const Message& message) {
  const auto matches = [&](const Condition& child) { return Matches(child, type, message); };
  switch (condition.kind) {
    case Condition::Kind::kEverything:
      return true;
    case Condition::Kind::kAnd:
      return std::all_of(condition.children.begin(), condition.children.end(), matches);
    case Condition::Kind::kOr:
      return std::any_of(condition.children.begin(), condition.children.end(), matches);
    default:
      return HoldsUnnegated(condition, type, message) != condition.negated;
  }
}

void AppendCondition(const Condition& condition, const ResourceType& type, std::string_view landscape,
                     Statement& statement) {
  switch (condition.kind) {
    case Condition::Kind::kEverything:
      statement << "1 = 1";
      return;
    case Condition::Kind::kColumn:
      return AppendColumn(condition, statement);
    case Condition::Kind::kTerm:
      return AppendTerm(condition, type, landscape, statement);
    default:
      break;
  }
  const std::string_view joint = condition.kind == Condition::Kind::kAnd ? " AND " : " OR ";
  statement << "(";
  for (std::size_t i = 0; i < condition.children.size(); ++i) {
    if (i > 0) statement << joint;
    AppendCondition(condition.children[i], type, landscape, statement);
  }
  statement << ")";
}

std::string FilterableNames(const ResourceType& type) {
  std::set<std::string_view> names;
  for (const ColumnSpec& column : type.columns) names.insert(column.name);
  for (const TermsSpec& terms : type.terms) {
    if (type.FindTerms(terms.name) != nullptr) names.insert(terms.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace allmende::store::sql
