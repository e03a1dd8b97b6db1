#include "common/resource/order_by.h"

#include <absl/strings/str_split.h>

#include <algorithm>

#include "common/base/strings.h"
#include "common/status/error.h"

namespace allmende::resource {
namespace {

constexpr std::size_t kMaxTerms = 5;

bool IsFieldPath(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  const bool known = std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
  return known && text.find("..") == std::string_view::npos;
}

absl::Status Malformed(std::string_view text) {
  constexpr std::size_t kShown = 100;
  return FieldError("order_by", Reason::MALFORMED,
                    {{"value", std::string(Excerpt(text, kShown))}, {"expected", "field [asc|desc], ... (<= 5)"}});
}

}  // namespace

absl::StatusOr<std::vector<OrderTerm>> ParseOrderBy(std::string_view text) {
  std::vector<OrderTerm> terms;
  if (std::ranges::all_of(text, [](char c) { return c == ' '; })) return terms;
  for (const absl::string_view part : absl::StrSplit(Av(text), ',')) {
    const std::vector<std::string> words = absl::StrSplit(part, ' ', absl::SkipEmpty());
    const bool well_formed = !words.empty() && words.size() <= 2 && IsFieldPath(words[0]) &&
                             (words.size() == 1 || words[1] == "asc" || words[1] == "desc");
    const bool repeated =
        well_formed && std::ranges::any_of(terms, [&](const OrderTerm& term) { return term.field == words[0]; });
    if (!well_formed || repeated || terms.size() == kMaxTerms) return Malformed(text);
    terms.push_back({words[0], words.size() == 2 && words[1] == "desc"});
  }
  return terms;
}

}  // namespace allmende::resource
