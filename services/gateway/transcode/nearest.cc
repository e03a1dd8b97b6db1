#include "services/gateway/transcode/nearest.h"

#include <algorithm>
#include <numeric>
#include <string>

namespace allmende::gateway {
namespace {

constexpr std::size_t kLongest = 64;  // longer names are cut: the cost is quadratic

std::string Plain(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kLongest)) {
    if (c != '_' && c != '-') out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return out;
}

std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string_view Nearest(std::string_view written, const std::vector<std::string_view>& known) {
  const std::string plain = Plain(written);
  std::size_t best = plain.size() / 3 + 2;  // further away it is a guess, not a hint
  std::string_view nearest;
  for (const std::string_view candidate : known) {
    if (const std::size_t distance = Distance(plain, Plain(candidate)); distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace allmende::gateway
