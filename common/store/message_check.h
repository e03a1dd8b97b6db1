// What the protos themselves say must hold of a resource, checked without a rule: required fields are filled, enum
// values are known, and references are found. Which parts of a message are worth a look is worked out once per type, so
// that the walk touches nothing else.
#pragma once

#include <absl/functional/function_ref.h>
#include <google/protobuf/message.h>

#include <functional>
#include <string>
#include <string_view>

#include "common/status/error.h"

namespace allmende::store {

using google::protobuf::Message;

// A string that google.api.resource_reference declares to be the name of another resource.
struct Reference {
  const google::protobuf::FieldDescriptor* field = nullptr;
  std::string_view type;              // "allmende/Area"
  std::string_view name;              // "landscapes/x/areas/y"
  std::function<std::string()> path;  // "members[2].actor"; valid only inside the callback
};

// FIELD_REQUIRED for empty fields with field_behavior REQUIRED (numbers are never empty), UNKNOWN_CODE for enum numbers
// that have no name.
void CheckDeclared(const Message& message, Violations& violations);

// Every reference that is set, in the order of the fields.
void VisitReferences(const Message& message, absl::FunctionRef<void(const Reference&)> visit);

// Whether a message of this type can hold a reference that is not one of `covered`.
bool HasOtherReferences(const google::protobuf::Descriptor& type,
                        const std::vector<const google::protobuf::FieldDescriptor*>& covered);

}  // namespace allmende::store
