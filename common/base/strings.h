// Bridges between absl::string_view and std::string_view, which are different types in Debian 12's Abseil, and lookups
// in standard maps by std::string_view.
#pragma once

#include <absl/strings/string_view.h>

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace allmende {

inline std::string_view Sv(absl::string_view s) { return {s.data(), s.size()}; }
inline absl::string_view Av(std::string_view s) { return {s.data(), s.size()}; }

// The beginning of a text, at most `most` bytes, cut between two characters of UTF-8: what an error quotes.
inline std::string_view Excerpt(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  return text.substr(0, most);
}

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
};

template <typename V>
using StringMap = std::unordered_map<std::string, V, StringHash, std::equal_to<>>;
using StringSet = std::unordered_set<std::string, StringHash, std::equal_to<>>;

}  // namespace allmende
