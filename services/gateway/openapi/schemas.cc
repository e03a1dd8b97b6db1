#include "services/gateway/openapi/schemas.h"

#include <fmt/format.h>
#include <google/api/field_behavior.pb.h>

#include "allmende/options/v1/options.pb.h"
#include "services/gateway/openapi/descriptors.h"
#include "services/gateway/transcode/scalar.h"

namespace allmende::gateway {
namespace {

using google::protobuf::EnumDescriptor;

// "allmende.registry.v1.Actor" -> "registry.v1.Actor"
std::string NameOf(const std::string& full_name) {
  constexpr std::string_view kOurs = "allmende.";
  return full_name.starts_with(kOurs) ? full_name.substr(kOurs.size()) : full_name;
}

Json ReferenceTo(const std::string& name) { return {{"$ref", "#/components/schemas/" + name}}; }

bool Behaves(const FieldDescriptor& field, google::api::FieldBehavior behavior) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == behavior) return true;
  }
  return false;
}

Json WellKnownSchema(WellKnown kind, const Descriptor& type, Schemas& schemas) {
  switch (kind) {
    case WellKnown::kTimestamp:
      return {{"type", "string"}, {"format", "date-time"}};
    case WellKnown::kDuration:
      return {{"type", "string"}, {"pattern", R"(^-?[0-9]+(\.[0-9]{1,9})?s$)"}, {"examples", Json::array({"15s"})}};
    case WellKnown::kFieldMask:
      return {{"type", "string"}, {"examples", Json::array({"displayName,sites.address"})}};
    case WellKnown::kAny:
      return {{"type", "object"},
              {"properties", {{"@type", {{"type", "string"}}}}},
              {"required", Json::array({"@type"})},
              {"additionalProperties", true}};
    case WellKnown::kWrapper:
      return schemas.OfValue(*type.field(0));
    default:
      return Json::object();  // anything
  }
}

}  // namespace

Json Schemas::Reference(const Descriptor& message) {
  const std::string name = NameOf(message.full_name());
  if (!defined_.contains(name)) {
    defined_[name] = Json();  // so that a message may contain itself
    defined_[name] = Define(message);
  }
  return ReferenceTo(name);
}

Json Schemas::Reference(const EnumDescriptor& type) {
  const std::string name = NameOf(type.full_name());
  if (!defined_.contains(name)) defined_[name] = Define(type);
  return ReferenceTo(name);
}

Json Schemas::OfValue(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return {{"type", "integer"}, {"format", "int32"}};
    case FieldDescriptor::CPPTYPE_UINT32:
      return {{"type", "integer"}, {"minimum", 0}};
    case FieldDescriptor::CPPTYPE_INT64:
      return {{"type", "string"}, {"format", "int64"}, {"pattern", "^-?[0-9]{1,19}$"}};
    case FieldDescriptor::CPPTYPE_UINT64:
      return {{"type", "string"}, {"format", "uint64"}, {"pattern", "^[0-9]{1,20}$"}};
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return {{"type", "number"}};
    case FieldDescriptor::CPPTYPE_BOOL:
      return {{"type", "boolean"}};
    case FieldDescriptor::CPPTYPE_ENUM:
      return Reference(*field.enum_type());
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() == FieldDescriptor::TYPE_BYTES) return {{"type", "string"}, {"contentEncoding", "base64"}};
      return {{"type", "string"}};
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  const WellKnown kind = WellKnownOf(*field.message_type());
  return kind == WellKnown::kNone ? Reference(*field.message_type())
                                  : WellKnownSchema(kind, *field.message_type(), *this);
}

Json Schemas::Of(const FieldDescriptor& field) {
  if (field.is_map()) {
    return {{"type", "object"}, {"additionalProperties", OfValue(*field.message_type()->map_value())}};
  }
  if (field.is_repeated()) return {{"type", "array"}, {"items", OfValue(field)}};
  return OfValue(field);
}

Json Schemas::Define(const Descriptor& message) {
  Json properties = Json::object();
  Json required = Json::array();
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    Json property = Of(field);
    if (const std::string comment = CommentOf(field); !comment.empty()) property["description"] = comment;
    if (Behaves(field, google::api::OUTPUT_ONLY)) property["readOnly"] = true;
    if (field.options().deprecated()) property["deprecated"] = true;
    if (Behaves(field, google::api::REQUIRED)) required.push_back(field.json_name());
    for (int k = 0; k < field.options().ExtensionSize(options::v1::field_class); ++k) {
      const auto value = field.options().GetExtension(options::v1::field_class, k);
      property["x-field-class"].push_back(options::v1::FieldClass_Name(value));
    }
    properties[field.json_name()] = std::move(property);
  }
  Json schema = {{"type", "object"}};
  if (const std::string comment = CommentOf(message); !comment.empty()) schema["description"] = comment;
  if (!properties.empty()) schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = std::move(required);
  schema["additionalProperties"] = false;
  return schema;
}

Json Schemas::Define(const EnumDescriptor& type) {
  Json schema = {{"type", "string"}};
  if (const std::string comment = CommentOf(type); !comment.empty()) schema["description"] = comment;
  Json labels = Json::object();
  for (int i = 0; i < type.value_count(); ++i) {
    const auto& value = *type.value(i);
    schema["enum"].push_back(value.name());
    if (!value.options().HasExtension(options::v1::label)) continue;
    const auto& label = value.options().GetExtension(options::v1::label);
    labels[value.name()] = {{"de", label.de()}, {"en", label.en()}};
  }
  if (!labels.empty()) schema["x-labels"] = std::move(labels);
  return schema;
}

Json Schemas::Definitions() const {
  Json definitions = Json::object();
  for (const auto& [name, schema] : defined_) definitions[name] = schema;
  return definitions;
}

}  // namespace allmende::gateway
