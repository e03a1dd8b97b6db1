// Path templates of google.api.http: "/v1/{parent=landscapes/*}/actors:search". A template is a list of segments, the
// variables that span some of them, and the verb at its end.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

namespace allmende::gateway {

struct PathTemplate {
  struct Segment {
    enum class Kind { kLiteral, kOne, kRest };  // "actors", "*", "**"
    Kind kind = Kind::kLiteral;
    std::string literal;
    bool operator==(const Segment&) const = default;
  };
  struct Variable {
    std::string field_path;  // "actor.name"
    std::size_t begin = 0;   // first segment
    std::size_t end = 0;     // behind the last segment
    bool operator==(const Variable&) const = default;
  };
  std::vector<Segment> segments;
  std::vector<Variable> variables;
  std::string verb;  // behind the colon, empty: none

  bool operator==(const PathTemplate&) const = default;

  // As OpenAPI writes it, each "*" a parameter of its own: "/v1/landscapes/{landscape}/actors:search".
  std::string ToText() const;
  // The names of its parameters in that text, in order: "landscape".
  std::vector<std::string> ParameterNames() const;
};

inline constexpr std::size_t kMaxSegments = 32;

// MALFORMED as a violation of "path" with what was expected. "**" only at the end.
absl::StatusOr<PathTemplate> ParsePathTemplate(std::string_view text);

}  // namespace allmende::gateway
