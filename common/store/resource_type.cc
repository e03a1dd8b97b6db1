#include "common/store/resource_type.h"

#include <fmt/format.h>
#include <google/api/resource.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "common/base/clock.h"
#include "common/store/message_check.h"

namespace allmende::store {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;

// References that no declaration covers are still found when their target is to be removed, by terms of this name. It
// is no name of the filter language, so nobody else sees them.
constexpr std::string_view kHiddenReferences = "@references";

[[noreturn]] void Refuse(const ResourceType& type, std::string_view what, std::string_view why) {
  fmt::print(stderr, "declaration of {}: “{}” {}\n", type.collection, what, why);
  std::abort();
}

bool IsIdentifier(std::string_view name) {
  return !name.empty() && name.size() <= 40 && name.front() >= 'a' && name.front() <= 'z' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; });
}

std::vector<const FieldDescriptor*> ResolvePath(const ResourceType& type, std::string_view path, bool may_repeat) {
  std::vector<const FieldDescriptor*> fields;
  const Descriptor* at = type.descriptor;
  std::string_view rest = path;
  while (!rest.empty()) {
    const std::string step(rest.substr(0, rest.find('.')));
    rest.remove_prefix(std::min(rest.size(), step.size() + 1));
    const FieldDescriptor* field = at == nullptr ? nullptr : at->FindFieldByName(step);
    if (field == nullptr) Refuse(type, path, fmt::format("has no field “{}”", step));
    if (field->is_map()) Refuse(type, path, "is a map, which cannot be indexed");
    if (field->is_repeated() && !may_repeat) Refuse(type, path, "is repeated: declare Terms");
    fields.push_back(field);
    at = field->message_type();
  }
  if (fields.empty()) Refuse(type, path, "is empty");
  return fields;
}

ColumnType TypeOf(const ResourceType& type, const ColumnSpec& column) {
  const FieldDescriptor& field = *column.fields.back();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() == FieldDescriptor::TYPE_STRING) return ColumnType::kText;
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      return ColumnType::kBool;
    case FieldDescriptor::CPPTYPE_ENUM:
      return ColumnType::kEnum;
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return ColumnType::kReal;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.message_type() == Timestamp::descriptor()) return ColumnType::kTime;
      break;
    default:
      return ColumnType::kInteger;
  }
  Refuse(type, column.path, "is of a type that cannot be a column");
}

const std::string& ReferenceOf(const FieldDescriptor& field) {
  return field.options().GetExtension(google::api::resource_reference).type();
}

// What is not a number has no place in an order.
Value NumberOf(double number) { return std::isnan(number) ? Value{} : Value{number}; }

Value ScalarOf(const Message& message, const FieldDescriptor* field, ColumnType type) {
  const Reflection& reflection = *message.GetReflection();
  if (field->has_presence() && !reflection.HasField(message, field)) return {};
  std::string scratch;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (const std::string& text = reflection.GetStringReference(message, field, &scratch); !text.empty()) return text;
      return {};
    case FieldDescriptor::CPPTYPE_BOOL:
      return std::int64_t{reflection.GetBool(message, field)};
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = reflection.GetEnumValue(message, field);
      const auto* value = number == 0 ? nullptr : field->enum_type()->FindValueByNumber(number);
      return value == nullptr ? Value{} : Value{value->name()};
    }
    case FieldDescriptor::CPPTYPE_FLOAT:
      return NumberOf(reflection.GetFloat(message, field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return NumberOf(reflection.GetDouble(message, field));
    case FieldDescriptor::CPPTYPE_INT32:
      return std::int64_t{reflection.GetInt32(message, field)};
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::int64_t{reflection.GetUInt32(message, field)};
    case FieldDescriptor::CPPTYPE_INT64:
      return std::int64_t{reflection.GetInt64(message, field)};
    case FieldDescriptor::CPPTYPE_UINT64:
      return static_cast<std::int64_t>(reflection.GetUInt64(message, field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ToMicros(FromProto(static_cast<const Timestamp&>(reflection.GetMessage(message, field))));
  }
  return {};
}

using Fields = std::span<const FieldDescriptor* const>;

void Collect(const Message& message, Fields fields, std::vector<std::string>& terms) {
  const Reflection& reflection = *message.GetReflection();
  const FieldDescriptor* field = fields.front();
  const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
  std::string scratch;
  for (int i = 0; i < count; ++i) {
    if (field->message_type() != nullptr) {
      Collect(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                   : reflection.GetMessage(message, field),
              fields.subspan(1), terms);
    } else if (field->enum_type() != nullptr) {
      const int number = field->is_repeated() ? reflection.GetRepeatedEnumValue(message, field, i)
                                              : reflection.GetEnumValue(message, field);
      const auto* value = number == 0 ? nullptr : field->enum_type()->FindValueByNumber(number);
      if (value != nullptr) terms.push_back(value->name());
    } else {
      terms.push_back(field->is_repeated() ? reflection.GetRepeatedStringReference(message, field, i, &scratch)
                                           : reflection.GetStringReference(message, field, &scratch));
    }
  }
}

StandardFields StandardFieldsOf(const ResourceType& type) {
  const auto find = [&](const char* name, FieldDescriptor::CppType cpp_type) {
    const FieldDescriptor* field = type.descriptor->FindFieldByName(name);
    if (field != nullptr && field->cpp_type() != cpp_type) Refuse(type, name, "has not the type it should have");
    return field;
  };
  return {.name = find("name", FieldDescriptor::CPPTYPE_STRING),
          .revision = find("revision", FieldDescriptor::CPPTYPE_INT64),
          .etag = find("etag", FieldDescriptor::CPPTYPE_STRING),
          .create_time = find("create_time", FieldDescriptor::CPPTYPE_MESSAGE),
          .update_time = find("update_time", FieldDescriptor::CPPTYPE_MESSAGE)};
}

std::string SnakeCase(std::string_view camel) {
  std::string snake;
  for (const char c : camel) {
    if (c >= 'A' && c <= 'Z' && !snake.empty()) snake += '_';
    snake += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return snake;
}

void CoverOtherReferences(ResourceType& type) {
  std::vector<const FieldDescriptor*> covered;
  for (const ColumnSpec& column : type.columns) covered.push_back(column.fields.back());
  for (const TermsSpec& terms : type.terms) {
    if (!terms.fields.empty()) covered.push_back(terms.fields.back());
  }
  if (!HasOtherReferences(*type.descriptor, covered)) return;
  type.terms.push_back(Terms(std::string(kHiddenReferences), [covered](const Message& message) {
    std::vector<std::string> names;
    VisitReferences(message, [&](const Reference& reference) {
      if (std::find(covered.begin(), covered.end(), reference.field) == covered.end())
        names.emplace_back(reference.name);
    });
    return names;
  }));
  type.terms.back().reference = std::string(1, '*');
}

template <typename Specs>
auto FindByName(const Specs& specs, std::string_view name) -> decltype(specs.data()) {
  const auto found = std::find_if(specs.begin(), specs.end(), [&](const auto& spec) { return spec.name == name; });
  return found == specs.end() || name == kHiddenReferences ? nullptr : &*found;
}

}  // namespace

Value ColumnSpec::ValueOf(const Message& message) const {
  const Message* at = &message;
  for (std::size_t i = 0; i + 1 < fields.size(); ++i) {
    if (!at->GetReflection()->HasField(*at, fields[i])) return {};
    at = &at->GetReflection()->GetMessage(*at, fields[i]);
  }
  return ScalarOf(*at, fields.back(), type);
}

std::vector<std::string> TermsSpec::TermsOf(const Message& message) const {
  std::vector<std::string> terms;
  if (compute) {
    terms = compute(message);
  } else {
    Collect(message, fields, terms);
  }
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  if (!terms.empty() && terms.front().empty()) terms.erase(terms.begin());
  return terms;
}

ColumnSpec Column(std::string path) {
  std::string name = path;
  return Column(std::move(name), std::move(path));
}
ColumnSpec Column(std::string name, std::string path) {
  ColumnSpec column;
  column.name = std::move(name);
  column.path = std::move(path);
  return column;
}
ColumnSpec Sorted(std::string path) {
  std::string name = path;
  return Sorted(std::move(name), std::move(path));
}
ColumnSpec Sorted(std::string name, std::string path) {
  ColumnSpec column = Column(std::move(name), std::move(path));
  column.sorted = true;
  return column;
}

TermsSpec Terms(std::string path) {
  TermsSpec terms;
  terms.name = path;
  terms.path = std::move(path);
  return terms;
}
TermsSpec Terms(std::string name, std::function<std::vector<std::string>(const Message&)> compute) {
  TermsSpec terms;
  terms.name = std::move(name);
  terms.compute = std::move(compute);
  return terms;
}

const ColumnSpec* ResourceType::FindColumn(std::string_view name) const { return FindByName(columns, name); }
const TermsSpec* ResourceType::FindTerms(std::string_view name) const { return FindByName(terms, name); }

std::string ResourceType::NameOf(std::string_view landscape, std::string_view id) const {
  if (collection == "landscapes") return fmt::format("landscapes/{}", landscape);
  return fmt::format("landscapes/{}/{}/{}", landscape, collection, id);
}

ResourceType Resolve(ResourceType type, const Message& prototype) {
  type.descriptor = prototype.GetDescriptor();
  type.prototype = &prototype;
  type.standard = StandardFieldsOf(type);
  type.resource = type.descriptor->options().GetExtension(google::api::resource).type();
  type.singular = SnakeCase(type.descriptor->name());
  // Also what one sees when this runs before the protos' own static objects are ready.
  if (type.resource.empty()) Refuse(type, type.descriptor->name(), "has no google.api.resource");
  if (!IsIdentifier(type.collection)) Refuse(type, type.collection, "is no name for a collection");
  for (ColumnSpec& column : type.columns) {
    if (!IsIdentifier(column.name)) Refuse(type, column.name, "is no name for a column");
    column.fields = ResolvePath(type, column.path, false);
    column.type = TypeOf(type, column);
    column.reference = ReferenceOf(*column.fields.back());
  }
  for (TermsSpec& terms : type.terms) {
    if (!IsIdentifier(terms.name)) Refuse(type, terms.name, "is no name for terms");
    if (type.FindColumn(terms.name) != nullptr) Refuse(type, terms.name, "is declared twice");
    if (terms.compute) continue;
    terms.fields = ResolvePath(type, terms.path, true);
    const FieldDescriptor& last = *terms.fields.back();
    if (last.type() != FieldDescriptor::TYPE_STRING && last.type() != FieldDescriptor::TYPE_ENUM) {
      Refuse(type, terms.path, "is neither text nor an enum");
    }
    terms.reference = ReferenceOf(last);
  }
  CoverOtherReferences(type);
  return type;
}

}  // namespace allmende::store
