#include "common/resource/filter.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "common/base/macros.h"
#include "common/status/error.h"

namespace allmende::resource {
namespace {

constexpr std::size_t kMaxLength = 4096;
constexpr int kMaxDepth = 32;
constexpr int kMaxComparisons = 100;

// Longer operators first, so that "<=" is not read as "<".
constexpr std::array<std::pair<std::string_view, Comparator>, 7> kComparators = {{
    {"!=", Comparator::kNotEqual},
    {"<=", Comparator::kLessOrEqual},
    {">=", Comparator::kGreaterOrEqual},
    {"=", Comparator::kEqual},
    {"<", Comparator::kLess},
    {">", Comparator::kGreater},
    {":", Comparator::kHas},
}};

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsControl(char c) { return (static_cast<unsigned char>(c) < 0x20 && !IsBlank(c)) || c == 0x7f; }
bool IsFieldStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsFieldChar(char c) { return IsFieldStart(c) || (c >= '0' && c <= '9'); }
bool IsKeyword(std::string_view word) { return word == "AND" || word == "OR" || word == "NOT"; }

// What an unquoted value is made of: times, numbers, resource names and words of any language.
bool IsValueChar(char c) {
  return !IsBlank(c) && !IsControl(c) && std::string_view("()\"'\\,=<>!").find(c) == std::string_view::npos;
}

// Recursive descent over
//   expression = sequence { "AND" sequence }      sequence = factor { factor }
//   factor     = term { "OR" term }               term     = [ "NOT" | "-" ] simple
//   simple     = "(" expression ")" | comparison  comparison = field comparator value
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<Filter> Parse() {
    if (text_.size() > kMaxLength) return Expected(fmt::format("<= {} bytes", kMaxLength), kMaxLength);
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (IsControl(text_[i])) return Expected("text without control characters", i);
    }
    SkipBlanks();
    if (AtEnd()) return Filter{};
    ASSIGN_OR_RETURN(Filter filter, Expression());
    if (!AtEnd()) return Expected("AND, OR or the end");
    return filter;
  }

 private:
  absl::StatusOr<Filter> Expression() {
    std::vector<Filter> parts;
    do {
      do {
        ASSIGN_OR_RETURN(Filter factor, Factor());
        parts.push_back(std::move(factor));
      } while (!AtEnd() && Peek() != ')' && !AtKeyword("AND") && !AtKeyword("OR"));
    } while (TakeKeyword("AND"));
    return Combined(Filter::Kind::kAnd, std::move(parts));
  }

  absl::StatusOr<Filter> Factor() {
    std::vector<Filter> parts;
    do {
      ASSIGN_OR_RETURN(Filter term, Term());
      parts.push_back(std::move(term));
    } while (TakeKeyword("OR"));
    return Combined(Filter::Kind::kOr, std::move(parts));
  }

  absl::StatusOr<Filter> Term() {
    bool negated = TakeKeyword("NOT");
    if (!negated && !AtEnd() && Peek() == '-') {
      negated = true;
      ++at_;
    }
    ASSIGN_OR_RETURN(Filter simple, Simple());
    if (!negated) return simple;
    Filter result;
    result.kind = Filter::Kind::kNot;
    result.children.push_back(std::move(simple));
    return result;
  }

  absl::StatusOr<Filter> Simple() {
    if (AtEnd() || Peek() != '(') return Comparison();
    if (++depth_ > kMaxDepth) return Expected(fmt::format("<= {} nested parentheses", kMaxDepth));
    ++at_;
    SkipBlanks();
    ASSIGN_OR_RETURN(Filter inner, Expression());
    if (AtEnd() || Peek() != ')') return Expected(")");
    ++at_;
    --depth_;
    SkipBlanks();
    return inner;
  }

  absl::StatusOr<Filter> Comparison() {
    Filter result;
    result.kind = Filter::Kind::kComparison;
    result.position = static_cast<int>(at_);
    if (++comparisons_ > kMaxComparisons) return Expected(fmt::format("<= {} comparisons", kMaxComparisons));
    ASSIGN_OR_RETURN(result.field, Field());
    ASSIGN_OR_RETURN(result.comparator, Operator());
    ASSIGN_OR_RETURN(result.value, Value());
    return result;
  }

  absl::StatusOr<std::string> Field() {
    const std::size_t start = at_;
    do {
      if (AtEnd() || !IsFieldStart(Peek())) return Expected("field name");
      while (!AtEnd() && IsFieldChar(Peek())) ++at_;
    } while (!AtEnd() && Peek() == '.' && ++at_ > 0);
    const std::string_view field = text_.substr(start, at_ - start);
    if (IsKeyword(field)) return Expected("field name", start);
    SkipBlanks();
    return std::string(field);
  }

  absl::StatusOr<Comparator> Operator() {
    for (const auto& [sign, comparator] : kComparators) {
      if (text_.substr(at_).starts_with(sign)) {
        at_ += sign.size();
        SkipBlanks();
        return comparator;
      }
    }
    return Expected("= != < <= > >= :");
  }

  absl::StatusOr<std::string> Value() {
    if (!AtEnd() && (Peek() == '"' || Peek() == '\'')) return Quoted();
    const std::size_t start = at_;
    while (!AtEnd() && IsValueChar(Peek())) ++at_;
    const std::string_view value = text_.substr(start, at_ - start);
    if (value.empty() || IsKeyword(value)) return Expected("value", start);
    SkipBlanks();
    return std::string(value);
  }

  // A backslash makes the next character an ordinary one.
  absl::StatusOr<std::string> Quoted() {
    const char quote = text_[at_++];
    std::string value;
    while (!AtEnd() && Peek() != quote) {
      if (Peek() == '\\' && ++at_ >= text_.size()) break;
      value += text_[at_++];
    }
    if (AtEnd()) return Expected(std::string(1, quote));
    ++at_;
    SkipBlanks();
    return value;
  }

  static Filter Combined(Filter::Kind kind, std::vector<Filter> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    Filter result;
    result.kind = kind;
    result.children = std::move(parts);
    return result;
  }

  // A keyword ends where a word ends, so that "ORT = x" is a field.
  bool AtKeyword(std::string_view word) const {
    if (!text_.substr(at_).starts_with(word)) return false;
    const std::size_t after = at_ + word.size();
    return after == text_.size() || IsBlank(text_[after]) || text_[after] == '(' || text_[after] == '-';
  }

  bool TakeKeyword(std::string_view word) {
    if (!AtKeyword(word)) return false;
    at_ += word.size();
    SkipBlanks();
    return true;
  }

  void SkipBlanks() {
    while (!AtEnd() && IsBlank(Peek())) ++at_;
  }

  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek() const { return text_[at_]; }

  absl::Status Expected(std::string what) const { return Expected(std::move(what), at_); }

  static absl::Status Expected(std::string what, std::size_t position) {
    return FieldError("filter", Reason::INVALID_FILTER,
                      {{"position", std::to_string(position)}, {"expected", std::move(what)}});
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int comparisons_ = 0;
};

std::string_view SignOf(Comparator comparator) {
  for (const auto& [sign, candidate] : kComparators) {
    if (candidate == comparator) return sign;
  }
  return "=";
}

std::string QuotedValue(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += '"';
}

std::string Nested(const Filter& filter) {
  const bool bare = filter.kind == Filter::Kind::kComparison;
  return bare ? ToString(filter) : fmt::format("({})", ToString(filter));
}

std::string Joined(const std::vector<Filter>& children, std::string_view word) {
  std::string out;
  for (const Filter& child : children) {
    if (!out.empty()) out += word;
    out += Nested(child);
  }
  return out;
}

}  // namespace

absl::StatusOr<Filter> ParseFilter(std::string_view text) { return Parser(text).Parse(); }

std::string ToString(const Filter& filter) {
  switch (filter.kind) {
    case Filter::Kind::kEverything:
      return "";
    case Filter::Kind::kAnd:
      return Joined(filter.children, " AND ");
    case Filter::Kind::kOr:
      return Joined(filter.children, " OR ");
    case Filter::Kind::kNot:
      return "NOT " + Nested(filter.children.front());
    case Filter::Kind::kComparison:
      return fmt::format("{} {} {}", filter.field, SignOf(filter.comparator), QuotedValue(filter.value));
  }
  return "";
}

}  // namespace allmende::resource
