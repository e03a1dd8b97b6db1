// Resource names (AIP-122): "landscapes/{landscape}" and "landscapes/{landscape}/{collection}/{id}".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace allmende::resource {

struct Name {
  std::string landscape;
  std::string collection;  // "landscapes" for the landscape itself
  std::string id;          // equals `landscape` for the landscape itself

  std::string ToString() const;
  bool operator==(const Name&) const = default;
};

// Absent where `text` is not a name with valid ids.
std::optional<Name> ParseName(std::string_view text);

// The landscape's id out of "landscapes/{landscape}"; absent where it is not that.
std::optional<std::string> ParseParent(std::string_view text);

// 1 to 63 of a-z, 0-9, hyphen, dot, underscore; starts with a letter or digit.
bool IsValidId(std::string_view id);
// 3 to 40 of a-z, 0-9, hyphen; starts with a letter.
bool IsValidLandscapeId(std::string_view id);

}  // namespace allmende::resource
