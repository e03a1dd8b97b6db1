// What people write in filters, read as the value of a column.
#pragma once

#include <google/protobuf/descriptor.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/store/resource_type.h"

namespace allmende::store::sql {

// Absent where the text is not of that type. Times are RFC 3339, bools "true" and "false"; enums are not read here.
std::optional<Value> ParseValue(ColumnType type, std::string_view text);

// What ParseValue takes, in German and in English.
std::pair<std::string, std::string> ExpectedOf(ColumnType type);

// The value of an enum whose name is most similar to `text`; empty where none is.
std::string NearestCode(const google::protobuf::EnumDescriptor& codes, std::string_view text);

}  // namespace allmende::store::sql
