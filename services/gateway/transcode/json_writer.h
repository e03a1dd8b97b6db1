// A message as JSON, by the proto3 JSON mapping and always the same bytes for the same content: fields that are set, in
// the order of their numbers, names in camelCase, int64 as text, enums by name, map keys sorted. About ten times faster
// than protobuf's own writer, because what can be known about a type is worked out once.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

namespace allmende::gateway {

// Appends the JSON of `message`.
void WriteJson(const google::protobuf::Message& message, std::string& out);

// Appends `text` as a JSON string with its quotes. `text` is valid UTF-8.
void WriteJsonString(std::string_view text, std::string& out);

}  // namespace allmende::gateway
