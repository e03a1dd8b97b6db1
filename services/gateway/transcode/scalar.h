// Text into a field: path variables, query parameters, map keys and numbers in strings all become values here, with one
// exact violation where they cannot. Knows the well-known types whose JSON form is a text.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "common/status/error.h"
#include "services/gateway/transcode/route.h"

namespace allmende::gateway {

using google::protobuf::Descriptor;
using google::protobuf::Message;

// Types whose JSON form is not that of their fields.
enum class WellKnown {
  kNone,
  kTimestamp,
  kDuration,
  kFieldMask,
  kAny,
  kWrapper,
  kFreeForm
};  // kFreeForm: Struct, Value, ListValue
WellKnown WellKnownOf(const Descriptor& type);

// Sets the field at the end of `path` (adds to it where it is repeated). `name` is how violations call it.
// WRONG_TYPE, OUT_OF_RANGE, UNKNOWN_CODE, MALFORMED, INVALID_UTF8.
void SetFromText(const FieldPath& path, std::string_view text, std::string_view name, Message& message,
                 Violations& violations);

// The same for a field of `message` itself.
void SetFieldFromText(const FieldDescriptor& field, std::string_view text, std::string_view name, Message& message,
                      Violations& violations);

// Timestamp, Duration or FieldMask from its text. MALFORMED as a violation of `name`.
bool ParseWellKnown(WellKnown kind, std::string_view text, std::string_view name, Message& message,
                    Violations& violations);

// What a field takes, for {expected}: "int32", "bool (true, false)", "RFC 3339 (2024-01-31T12:00:00Z)".
std::string ExpectedOf(const FieldDescriptor& field);

// The bounds of an integer field, for {range}.
std::string RangeOf(const FieldDescriptor& field);

// The value of an enum by its name, else a violation UNKNOWN_CODE with the nearest name as hint and null.
const google::protobuf::EnumValueDescriptor* EnumFromName(const google::protobuf::EnumDescriptor& type,
                                                          std::string_view text, std::string_view name,
                                                          Violations& violations);

// A value as it stands in a message to people: quoted characters are left alone, long ones are cut to 60.
std::string Shown(std::string_view value);

}  // namespace allmende::gateway
