// The version of this build, from CMakeLists.txt.
#pragma once

#include <string_view>

namespace allmende {

inline constexpr std::string_view kVersion = ALLMENDE_VERSION;

}  // namespace allmende
