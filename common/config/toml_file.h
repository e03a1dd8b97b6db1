// A settings file: TOML with one key per setting, no tables.
#pragma once

#include <absl/status/statusor.h>

#include <filesystem>
#include <map>
#include <string>

#include "common/config/setting_values.h"

namespace allmende::config {

struct FileEntry {
  Texts texts;
  std::string where;  // "/etc/allmende.toml:3"
};

// Key to value. NOT_FOUND where there is no such file, MALFORMED with the line where it is no TOML, WRONG_TYPE for a
// table or another value that no setting has.
absl::StatusOr<std::map<std::string, FileEntry>> ReadTomlFile(const std::filesystem::path& file);

}  // namespace allmende::config
