// "Did you mean ...?": the known name that is closest to what somebody wrote.
#pragma once

#include <string_view>
#include <vector>

namespace allmende::gateway {

// The nearest of `known` by edit distance (Levenshtein) without regard to case, hyphens and underscores; empty where
// none is near.
std::string_view Nearest(std::string_view written, const std::vector<std::string_view>& known);

}  // namespace allmende::gateway
