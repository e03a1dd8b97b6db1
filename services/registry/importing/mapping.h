// A mapping, read and checked: from JSON (strictly) to the message, and then fitted to the columns of one document.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "allmende/registry/v1/import_mapping.pb.h"
#include "common/base/strings.h"

namespace allmende::importing {

using registry::v1::ImportMapping;

// INVALID_MAPPING as a violation of "mapping": no JSON, an unknown word, a part that is missing or contradicts another.
absl::StatusOr<ImportMapping> ParseMapping(std::string_view json);

// How the columns of a mapping are used.
struct ColumnUse {
  std::string name;
  bool as_text = false;  // blanks in it matter and are reported
  bool as_number = false;
  bool ignored = false;
};

// Every column a mapping names, each once. An order of columns that rows are brought into before they are looked at.
class Columns {
 public:
  explicit Columns(const ImportMapping& mapping);

  const std::vector<ColumnUse>& uses() const { return uses_; }
  // Index of a column that the mapping names.
  int IndexOf(std::string_view name) const;

 private:
  void Note(std::string_view column, bool as_text, bool as_number, bool ignored);
  void NoteAll(const google::protobuf::Message& part);

  std::vector<ColumnUse> uses_;
  StringMap<int> by_name_;
};

// INVALID_MAPPING with the columns that are there, where the header lacks a column that the mapping names or has one
// twice.
absl::Status CheckHeader(const Columns& columns, const std::vector<std::string>& header);

}  // namespace allmende::importing
