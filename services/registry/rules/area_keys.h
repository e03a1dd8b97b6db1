// Which official key was probably meant by one that no area has. Keys have no check digit, so a wrong one shows only in
// the table; the nearest one that exists is the best help there is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace allmende::registry {

// Out of `keys` in order the one that `value` most likely means: the same digits, a lost leading zero, the nearest of
// the same Kreis, the nearest of all (two typing errors at most). "05 1 11 001" -> "05111000". Empty where nothing is
// near.
std::string NearestKey(std::string_view value, const std::vector<std::string_view>& keys);

// The digits of a text: "05 1 11 000" -> "05111000".
std::string DigitsOf(std::string_view text);

}  // namespace allmende::registry
