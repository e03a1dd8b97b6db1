// JSON into a message, by the proto3 JSON mapping: names in camelCase or as in the proto, int64 as number or text,
// enums by name, the well-known types in their own forms. Everything that is wrong is found at once, each with the path
// of the field in proto names; nothing unknown is skipped.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/status/error.h"

namespace allmende::gateway {

inline constexpr int kMaxJsonDepth = 32;

// `prefix` stands before the paths of violations ("actor", or empty). INVALID_JSON with the position in bytes,
// INVALID_UTF8; violations of single fields go to `violations`. Where `present` is given, the paths that the text
// mentions are added to it, without prefix, descending into messages: the update mask that the text stands for (null:
// the field is to be cleared).
absl::Status ReadJson(std::string_view text, std::string_view prefix, google::protobuf::Message& message,
                      Violations& violations, std::vector<std::string>* present = nullptr);

}  // namespace allmende::gateway
