// The mappings that ship with Allmende: presets/*.json, compiled in.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace allmende::importing {

struct Preset {
  std::string_view name;
  std::string_view json;
};

// By name.
std::span<const Preset> Presets();
// Null where there is none of that name.
const Preset* FindPreset(std::string_view name);
// "destatis-municipalities, flensburg-kitas, ..." for error messages.
std::string PresetNames();

}  // namespace allmende::importing
