// The file that `allmende backup` writes: a tar with gzip, so that any system can look into it. What is in it and what
// it must look like after a restore stands in its first entry, manifest.json (manifest.h).
#pragma once

#include <absl/status/status.h>

#include <filesystem>
#include <string>
#include <vector>

namespace allmende::backup {

// A file on disk and its name in the archive.
struct Entry {
  std::filesystem::path file;
  std::string name;
};

// Writes beside `archive` and renames at the end; the file is readable by its owner alone. NOT_READABLE problems come
// back as TEMPORARILY_UNAVAILABLE with the file's name.
absl::Status Pack(const std::filesystem::path& archive, const std::vector<Entry>& entries);

// Unpacks plain files into an existing folder; names with folders, links and anything else are refused (MALFORMED).
absl::Status Unpack(const std::filesystem::path& archive, const std::filesystem::path& folder);

}  // namespace allmende::backup
