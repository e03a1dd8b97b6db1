// Chance that repeats itself: the same seed and the same name give the same throws on every machine. The standard's
// distributions differ between libraries, so only its engine is used.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string_view>
#include <vector>

namespace allmende::demo {

class Dice {
 public:
  // `name` keeps the throws for one purpose apart from those for another, so that a change here moves nothing there.
  Dice(std::uint64_t seed, std::string_view name, int number = 0) {
    std::vector<std::uint32_t> parts{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U),
                                     static_cast<std::uint32_t>(number)};
    for (const char letter : name) parts.push_back(static_cast<unsigned char>(letter));
    std::seed_seq sequence(parts.begin(), parts.end());
    engine_.seed(sequence);
  }

  // 0 to below - 1; below must be positive.
  int Below(int below) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(below)); }
  int Between(int first, int last) { return first + Below(last - first + 1); }
  bool Percent(int chance) { return Below(100) < chance; }

  template <typename Range>
  const auto& Pick(const Range& range) {
    return range[static_cast<std::size_t>(Below(static_cast<int>(std::size(range))))];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace allmende::demo
