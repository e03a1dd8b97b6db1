#include "services/registry/rules/area_keys.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "common/text/text.h"

namespace allmende::registry {
namespace {

constexpr std::size_t kKreisDigits = 5;
constexpr int kMostTypos = 2;

std::string_view NearestOf(std::string_view digits, std::span<const std::string_view> keys) {
  std::string_view best;
  int least = kMostTypos + 1;
  for (const std::string_view key : keys) {
    const int distance = text::EditDistance(digits, key, kMostTypos);
    if (distance < least) {
      least = distance;
      best = key;
    }
  }
  return best;
}

}  // namespace

std::string DigitsOf(std::string_view text) {
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

std::string NearestKey(std::string_view value, const std::vector<std::string_view>& keys) {
  const std::string digits = DigitsOf(value);
  if (digits.empty()) return {};
  for (const std::string& candidate : {digits, "0" + digits}) {
    if (std::ranges::binary_search(keys, std::string_view(candidate))) return candidate;
  }
  const std::string kreis = digits.substr(0, kKreisDigits);
  const auto first = std::ranges::lower_bound(keys, std::string_view(kreis));
  const auto last = std::find_if_not(first, keys.end(), [&](std::string_view key) { return key.starts_with(kreis); });
  if (const auto near = NearestOf(digits, std::span(first, last)); !near.empty()) return std::string(near);
  return std::string(NearestOf(digits, keys));
}

}  // namespace allmende::registry
