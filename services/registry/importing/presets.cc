#include "services/registry/importing/presets.h"

#include <algorithm>

namespace allmende::importing {

const Preset* FindPreset(std::string_view name) {
  const auto found = std::ranges::find(Presets(), name, &Preset::name);
  return found == Presets().end() ? nullptr : &*found;
}

std::string PresetNames() {
  std::string names;
  for (const Preset& preset : Presets()) names.append(names.empty() ? "" : ", ").append(preset.name);
  return names;
}

}  // namespace allmende::importing
