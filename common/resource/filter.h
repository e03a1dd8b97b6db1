// The filter language: a subset of AIP-160. `kind = "GEMEINDE" AND (population > 10000 OR NOT topics:LANGUAGE)`.
// Comparisons = != < <= > >= and `:` (has, for lists; `field:*` means "is set"); AND, OR, NOT, parentheses. As in
// AIP-160, OR binds tighter than AND, and `-` is short for NOT. Depth is bounded to 32, length to 4,096 bytes, 100
// comparisons.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

namespace allmende::resource {

enum class Comparator { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual, kHas };

struct Filter {
  enum class Kind { kEverything, kAnd, kOr, kNot, kComparison };
  Kind kind = Kind::kEverything;
  std::vector<Filter> children;  // of kAnd, kOr (two or more), kNot (one)

  // Of kComparison.
  std::string field;  // dotted path, such as "address.postcode"
  Comparator comparator = Comparator::kEqual;
  std::string value;  // unquoted
  int position = 0;   // where the comparison starts in the text, in bytes from 0, for error messages

  bool operator==(const Filter&) const = default;
};

// INVALID_FILTER with position and what was expected there, as a violation of the field "filter".
absl::StatusOr<Filter> ParseFilter(std::string_view text);

// A text that parses to an equal filter (positions aside). For property tests and logs.
std::string ToString(const Filter& filter);

}  // namespace allmende::resource
