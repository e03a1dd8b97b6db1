#include "common/resource/name.h"

#include <fmt/format.h>

#include <algorithm>

namespace allmende::resource {
namespace {

constexpr std::string_view kLandscapes = "landscapes";

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsValidCollection(std::string_view text) {
  return !text.empty() && text.size() <= 40 && IsLower(text.front()) && text != kLandscapes &&
         std::ranges::all_of(text, [](char c) { return IsLower(c) || (c >= 'A' && c <= 'Z'); });
}

// Cuts the text up to the next slash (or its end) off the front.
std::string_view TakeSegment(std::string_view& text) {
  const std::size_t slash = text.find('/');
  const std::string_view segment = text.substr(0, slash);
  text.remove_prefix(slash == std::string_view::npos ? text.size() : slash + 1);
  return segment;
}

}  // namespace

std::string Name::ToString() const {
  if (collection == kLandscapes) return fmt::format("landscapes/{}", landscape);
  return fmt::format("landscapes/{}/{}/{}", landscape, collection, id);
}

std::optional<Name> ParseName(std::string_view text) {
  if (text.empty() || text.back() == '/') return std::nullopt;
  if (TakeSegment(text) != kLandscapes) return std::nullopt;
  const std::string_view landscape = TakeSegment(text);
  if (!IsValidLandscapeId(landscape)) return std::nullopt;
  if (text.empty()) return Name{std::string(landscape), std::string(kLandscapes), std::string(landscape)};
  const std::string_view collection = TakeSegment(text);
  if (!IsValidCollection(collection) || !IsValidId(text)) return std::nullopt;
  return Name{std::string(landscape), std::string(collection), std::string(text)};
}

std::optional<std::string> ParseParent(std::string_view text) {
  std::optional<Name> name = ParseName(text);
  if (!name || name->collection != kLandscapes) return std::nullopt;
  return std::move(name->landscape);
}

bool IsValidId(std::string_view id) {
  constexpr std::size_t kLongest = 63;
  return !id.empty() && id.size() <= kLongest && (IsLower(id.front()) || IsDigit(id.front())) &&
         std::ranges::all_of(id, [](char c) { return IsLower(c) || IsDigit(c) || c == '-' || c == '.' || c == '_'; });
}

bool IsValidLandscapeId(std::string_view id) {
  return id.size() >= 3 && id.size() <= 40 && IsLower(id.front()) &&
         std::ranges::all_of(id, [](char c) { return IsLower(c) || IsDigit(c) || c == '-'; });
}

}  // namespace allmende::resource
