#include "services/gateway/transcode/json_reader.h"

#include <fmt/format.h>
#include <google/protobuf/any.pb.h>
#include <google/protobuf/util/json_util.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "common/base/macros.h"
#include "common/base/strings.h"
#include "services/gateway/transcode/nearest.h"
#include "services/gateway/transcode/percent.h"
#include "services/gateway/transcode/scalar.h"

namespace allmende::gateway {
namespace {

using Json = nlohmann::json;
using CppType = FieldDescriptor::CppType;

// Builds the tree from the parser's events, so that depth is bounded and a repeated name is refused.
class TreeBuilder {
 public:
  bool null() { return Add(nullptr); }
  bool boolean(bool value) { return Add(value); }
  bool number_integer(std::int64_t value) { return Add(value); }
  bool number_unsigned(std::uint64_t value) { return Add(value); }
  bool number_float(double value, const std::string& /*token*/) { return Add(value); }
  bool string(std::string& value) { return Add(std::move(value)); }
  bool binary(Json::binary_t& /*value*/) { return false; }  // not in text
  bool start_object(std::size_t /*size*/) { return Open(Json::object()); }
  bool start_array(std::size_t /*size*/) { return Open(Json::array()); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool key(std::string& name) {
    if (open_.back()->contains(name)) {
      why_ = Both("why", fmt::format("„{}“ steht zweimal da", Shown(name)),
                  fmt::format("“{}” is there twice", Shown(name)));
      return false;
    }
    name_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/, const Json::exception& /*error*/) {
    position_ = position;
    return false;
  }

  Json& root() { return root_; }
  absl::Status ToStatus() const {
    Params params = why_;
    params.emplace_back("position", std::to_string(position_));
    return Error(Reason::INVALID_JSON, std::move(params));
  }

 private:
  Json* Place(Json value) {
    if (open_.empty()) return &(root_ = std::move(value));
    if (open_.back()->is_array()) return &open_.back()->emplace_back(std::move(value));
    return &((*open_.back())[name_] = std::move(value));
  }
  bool Add(Json value) {
    Place(std::move(value));
    return true;
  }
  bool Open(Json value) {
    if (open_.size() == kMaxJsonDepth) {
      why_ = Both("why", fmt::format("mehr als {} Ebenen", kMaxJsonDepth),
                  fmt::format("more than {} levels", kMaxJsonDepth));
      return false;
    }
    open_.push_back(Place(std::move(value)));
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }

  Json root_;
  std::vector<Json*> open_;
  std::string name_;
  std::size_t position_ = 0;
  Params why_ = Both("why", "das ist kein JSON", "this is not JSON");
};

std::string Join(std::string_view prefix, std::string_view name) {
  return prefix.empty() ? std::string(name) : fmt::format("{}.{}", prefix, name);
}

std::string Text(const Json& value) { return Shown(value.dump()); }

// A number as the text that SetFieldFromText reads: integers without exponent, whole floats as integers.
std::string NumberText(const Json& value) {
  if (!value.is_number_float()) return value.dump();
  const double number = value.get<double>();
  return std::trunc(number) == number && std::abs(number) < 1e40 ? fmt::format("{:.0f}", number)
                                                                 : fmt::format("{}", number);
}

class Reader {
 public:
  explicit Reader(Violations& violations) : violations_(violations) {}

  // `present` is null below repeated fields and maps: a mask cannot go into them.
  void ReadMessage(const Json& json, const std::string& path, Message& message, std::vector<std::string>* present,
                   const std::string& mask_path);

 private:
  void ReadField(const FieldDescriptor& field, const Json& json, const std::string& path, Message& message,
                 std::vector<std::string>* present, const std::string& mask_path);
  void ReadRepeated(const FieldDescriptor& field, const Json& json, const std::string& path, Message& message);
  void ReadMap(const FieldDescriptor& field, const Json& json, const std::string& path, Message& message);
  // One value: of a singular field, or added to a repeated one.
  void ReadValue(const FieldDescriptor& field, const Json& json, const std::string& path, Message& message);
  void ReadWellKnown(WellKnown kind, const FieldDescriptor& field, const Json& json, const std::string& path,
                     Message& message);
  void ReadAny(const Json& json, const std::string& path, Message& message);
  void ReadFreeForm(const FieldDescriptor& field, const Json& json, const std::string& path, Message& message);
  void WrongType(const FieldDescriptor& field, const Json& json, const std::string& path) {
    WrongType(ExpectedOf(field), json, path);
  }
  void WrongType(std::string expected, const Json& json, const std::string& path) {
    violations_.Add(path, Reason::WRONG_TYPE, {{"expected", std::move(expected)}, {"value", Text(json)}});
  }
  void Unknown(const Descriptor& type, const std::string& name, const std::string& path);

  Violations& violations_;
};

void Reader::Unknown(const Descriptor& type, const std::string& name, const std::string& path) {
  std::vector<std::string_view> names;
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->json_name());
  violations_.Add(Join(path, Shown(name)), Reason::UNKNOWN_FIELD, {{"hint", std::string(Nearest(name, names))}});
}

void Reader::ReadMessage(const Json& json, const std::string& path, Message& message, std::vector<std::string>* present,
                         const std::string& mask_path) {
  const Descriptor& type = *message.GetDescriptor();
  if (!json.is_object()) {
    WrongType("{…}", json, path);
    return;
  }
  std::map<const FieldDescriptor*, std::string> seen;
  for (const auto& [name, value] : json.items()) {
    const FieldDescriptor* field = FindField(type, name);
    if (field == nullptr) {
      Unknown(type, name, path);
    } else if (const auto [other, first] = seen.emplace(field, name); !first) {
      violations_.Add(Join(path, field->name()), Reason::CONFLICTING_FIELDS,
                      Both("why", "beide meinen dasselbe Feld", "both mean the same field",
                           {{"fields", fmt::format("{}, {}", other->second, name)}}));
    } else {
      ReadField(*field, value, Join(path, field->name()), message, present, Join(mask_path, field->name()));
    }
  }
}

void Reader::ReadField(const FieldDescriptor& field, const Json& json, const std::string& path, Message& message,
                       std::vector<std::string>* present, const std::string& mask_path) {
  const bool plain_message =
      field.message_type() != nullptr && !field.is_repeated() && WellKnownOf(*field.message_type()) == WellKnown::kNone;
  if (present != nullptr && (!plain_message || !json.is_object() || json.empty())) present->push_back(mask_path);
  const bool null_is_a_value = field.message_type() != nullptr && !field.is_repeated() &&
                               field.message_type()->full_name() == "google.protobuf.Value";
  if (json.is_null() && !null_is_a_value) return;  // as if it were not there
  if (const auto* oneof = field.real_containing_oneof();
      oneof != nullptr && message.GetReflection()->HasOneof(message, oneof)) {
    const FieldDescriptor* other = message.GetReflection()->GetOneofFieldDescriptor(message, oneof);
    violations_.Add(path, Reason::CONFLICTING_FIELDS,
                    Both("why", "nur eines davon ist möglich", "only one of them is possible",
                         {{"fields", fmt::format("{}, {}", other->json_name(), field.json_name())}}));
    return;
  }
  if (field.is_map()) {
    ReadMap(field, json, path, message);
  } else if (field.is_repeated()) {
    ReadRepeated(field, json, path, message);
  } else if (plain_message) {
    ReadMessage(json, path, *message.GetReflection()->MutableMessage(&message, &field), present, mask_path);
  } else {
    ReadValue(field, json, path, message);
  }
}

void Reader::ReadRepeated(const FieldDescriptor& field, const Json& json, const std::string& path, Message& message) {
  if (!json.is_array()) {
    WrongType(fmt::format("[{}, …]", ExpectedOf(field)), json, path);
    return;
  }
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string item = fmt::format("{}[{}]", path, i);
    if (json[i].is_null()) {
      WrongType(field, json[i], item);
    } else {
      ReadValue(field, json[i], item, message);
    }
  }
}

void Reader::ReadMap(const FieldDescriptor& field, const Json& json, const std::string& path, Message& message) {
  if (!json.is_object()) {
    WrongType(field, json, path);
    return;
  }
  for (const auto& [key, value] : json.items()) {
    const std::string item = fmt::format("{}[\"{}\"]", path, Shown(key));
    Message& entry = *message.GetReflection()->AddMessage(&message, &field);
    SetFieldFromText(*field.message_type()->map_key(), key, item, entry, violations_);
    if (value.is_null()) {
      WrongType(*field.message_type()->map_value(), value, item);
    } else {
      ReadValue(*field.message_type()->map_value(), value, item, entry);
    }
  }
}

void Reader::ReadValue(const FieldDescriptor& field, const Json& json, const std::string& path, Message& message) {
  const auto* reflection = message.GetReflection();
  switch (field.cpp_type()) {
    case CppType::CPPTYPE_MESSAGE: {
      const WellKnown kind = WellKnownOf(*field.message_type());
      if (kind != WellKnown::kNone) {
        ReadWellKnown(kind, field, json, path, message);
        return;
      }
      Message& child = field.is_repeated() ? *reflection->AddMessage(&message, &field)
                                           : *reflection->MutableMessage(&message, &field);
      ReadMessage(json, path, child, nullptr, "");
      return;
    }
    case CppType::CPPTYPE_STRING:
      if (!json.is_string()) return WrongType(field, json, path);
      return SetFieldFromText(field, json.get_ref<const std::string&>(), path, message, violations_);
    case CppType::CPPTYPE_BOOL:
      if (!json.is_boolean()) return WrongType(field, json, path);
      return SetFieldFromText(field, json.get<bool>() ? "true" : "false", path, message, violations_);
    case CppType::CPPTYPE_ENUM:
      if (!json.is_string()) return WrongType(field, json, path);
      return SetFieldFromText(field, json.get_ref<const std::string&>(), path, message, violations_);
    default:
      if (json.is_number()) return SetFieldFromText(field, NumberText(json), path, message, violations_);
      if (json.is_string())
        return SetFieldFromText(field, json.get_ref<const std::string&>(), path, message, violations_);
      return WrongType(field, json, path);
  }
}

void Reader::ReadWellKnown(WellKnown kind, const FieldDescriptor& field, const Json& json, const std::string& path,
                           Message& message) {
  if (kind == WellKnown::kFreeForm) return ReadFreeForm(field, json, path, message);
  const auto* reflection = message.GetReflection();
  if (kind != WellKnown::kAny && kind != WellKnown::kWrapper && !json.is_string()) return WrongType(field, json, path);
  Message& child =
      field.is_repeated() ? *reflection->AddMessage(&message, &field) : *reflection->MutableMessage(&message, &field);
  if (kind == WellKnown::kAny) {
    ReadAny(json, path, child);
  } else if (kind == WellKnown::kWrapper) {
    ReadValue(*child.GetDescriptor()->field(0), json, path, child);
  } else {
    ParseWellKnown(kind, json.get_ref<const std::string&>(), path, child, violations_);
  }
}

void Reader::ReadAny(const Json& json, const std::string& path, Message& message) {
  if (json.is_object() && json.empty()) return;
  if (!json.is_object() || !json.contains("@type") || !json["@type"].is_string()) {
    return WrongType("{\"@type\": …}", json, path);
  }
  const auto& url = json["@type"].get_ref<const std::string&>();
  const Descriptor* type =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(url.substr(url.rfind('/') + 1));
  if (type == nullptr) {
    violations_.Add(path, Reason::UNKNOWN_CODE, {{"value", Shown(url)}, {"list", "@type"}, {"hint", ""}});
    return;
  }
  const std::unique_ptr<Message> inner(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  Json rest = json;
  rest.erase("@type");
  const WellKnown kind = WellKnownOf(*type);
  if (kind == WellKnown::kNone) {
    ReadMessage(rest, path, *inner, nullptr, "");
  } else if (rest.size() != 1 || !rest.contains("value")) {
    return WrongType("{\"@type\": …, \"value\": …}", json, path);
  } else if (kind == WellKnown::kWrapper) {
    ReadValue(*type->field(0), rest["value"], path, *inner);
  } else if (rest["value"].is_string()) {
    ParseWellKnown(kind, rest["value"].get_ref<const std::string&>(), path, *inner, violations_);
  } else {
    return WrongType("{\"@type\": …, \"value\": \"…\"}", json, path);
  }
  google::protobuf::Any any;
  any.PackFrom(*inner);
  any.set_type_url(url);
  message.CopyFrom(any);
}

void Reader::ReadFreeForm(const FieldDescriptor& field, const Json& json, const std::string& path, Message& message) {
  const auto* reflection = message.GetReflection();
  Message& child =
      field.is_repeated() ? *reflection->AddMessage(&message, &field) : *reflection->MutableMessage(&message, &field);
  const std::string text = json.dump();
  if (!google::protobuf::util::JsonStringToMessage(text, &child).ok()) WrongType(field, json, path);
}

}  // namespace

absl::Status ReadJson(std::string_view text, std::string_view prefix, Message& message, Violations& violations,
                      std::vector<std::string>* present) {
  if (const auto position = FirstInvalidUtf8(text)) {
    return Error(Reason::INVALID_UTF8,
                 {{"field", prefix.empty() ? "body" : std::string(prefix)}, {"position", std::to_string(*position)}});
  }
  TreeBuilder tree;
  if (!Json::sax_parse(text.begin(), text.end(), &tree)) {
    return tree.ToStatus();
  }
  Reader(violations).ReadMessage(tree.root(), std::string(prefix), message, present, "");
  return absl::OkStatus();
}

}  // namespace allmende::gateway
