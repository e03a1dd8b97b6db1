#include "services/gateway/transcode/path_template.h"

#include <fmt/format.h>

#include <optional>

#include "common/base/macros.h"
#include "common/status/error.h"

namespace allmende::gateway {
namespace {

using Segment = PathTemplate::Segment;

bool NameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '-' || c == '~';
}

// A recursive descent over the grammar that google/api/http.proto gives.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), rest_(text) {}

  absl::StatusOr<PathTemplate> Parse() {
    if (!Take('/')) return Expected("/");
    RETURN_IF_ERROR(Segments(/*inside_variable=*/false));
    if (Take(':')) {
      parsed_.verb = Name();
      if (parsed_.verb.empty()) return Expected("a verb");
    }
    if (!rest_.empty()) return Expected("the end");
    for (std::size_t i = 0; i + 1 < parsed_.segments.size(); ++i) {
      if (parsed_.segments[i].kind == Segment::Kind::kRest) return Expected("** only at the end");
    }
    if (parsed_.segments.size() > kMaxSegments) return Expected("at most 32 segments");
    return std::move(parsed_);
  }

 private:
  absl::Status Segments(bool inside_variable) {
    do {
      if (Take('{')) {
        if (inside_variable) return Expected("no variable inside of a variable");
        RETURN_IF_ERROR(Variable());
      } else {
        RETURN_IF_ERROR(OneSegment());
      }
    } while (Take('/'));
    return absl::OkStatus();
  }

  absl::Status Variable() {
    PathTemplate::Variable variable;
    variable.field_path = Name();
    if (variable.field_path.empty()) return Expected("a field");
    variable.begin = parsed_.segments.size();
    if (Take('=')) {
      RETURN_IF_ERROR(Segments(/*inside_variable=*/true));
    } else {
      parsed_.segments.push_back({Segment::Kind::kOne, ""});
    }
    if (!Take('}')) return Expected("}");
    variable.end = parsed_.segments.size();
    parsed_.variables.push_back(std::move(variable));
    return absl::OkStatus();
  }

  absl::Status OneSegment() {
    if (Take('*')) {
      parsed_.segments.push_back({Take('*') ? Segment::Kind::kRest : Segment::Kind::kOne, ""});
      return absl::OkStatus();
    }
    std::string literal = Name();
    if (literal.empty()) return Expected("a segment");
    parsed_.segments.push_back({Segment::Kind::kLiteral, std::move(literal)});
    return absl::OkStatus();
  }

  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string Name() {
    std::size_t size = 0;
    while (size < rest_.size() && NameCharacter(rest_[size])) ++size;
    std::string name(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return name;
  }

  absl::Status Expected(std::string_view what) const {
    return FieldError("path", Reason::MALFORMED, {{"value", std::string(text_)}, {"expected", std::string(what)}});
  }

  std::string_view text_;
  std::string_view rest_;
  PathTemplate parsed_;
};

// "landscapes" -> "landscape": what one thing of a collection is called.
std::string Singular(std::string_view collection) {
  if (collection.size() > 3 && collection.ends_with("ies"))
    return std::string(collection.substr(0, collection.size() - 3)) + "y";
  if (collection.size() > 1 && collection.ends_with('s'))
    return std::string(collection.substr(0, collection.size() - 1));
  return std::string(collection);
}

}  // namespace

absl::StatusOr<PathTemplate> ParsePathTemplate(std::string_view text) { return Parser(text).Parse(); }

std::vector<std::string> PathTemplate::ParameterNames() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].kind == Segment::Kind::kLiteral) continue;
    const bool named = i > 0 && segments[i - 1].kind == Segment::Kind::kLiteral;
    names.push_back(named ? Singular(segments[i - 1].literal) : fmt::format("part{}", i + 1));
  }
  return names;
}

std::string PathTemplate::ToText() const {
  const std::vector<std::string> names = ParameterNames();
  std::size_t parameter = 0;
  std::string text;
  for (const Segment& segment : segments) {
    text += segment.kind == Segment::Kind::kLiteral ? fmt::format("/{}", segment.literal)
                                                    : fmt::format("/{{{}}}", names[parameter++]);
  }
  return verb.empty() ? text : fmt::format("{}:{}", text, verb);
}

}  // namespace allmende::gateway
