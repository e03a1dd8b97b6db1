#include "services/gateway/transcode/scalar.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>
#include <google/protobuf/util/field_mask_util.h>
#include <google/protobuf/util/time_util.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "common/base/strings.h"
#include "services/gateway/transcode/nearest.h"
#include "services/gateway/transcode/percent.h"

namespace allmende::gateway {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::Reflection;
using CppType = FieldDescriptor::CppType;

// Stores one value, adding where the field is repeated: the one place that tells Set from Add.
class Slot {
 public:
  Slot(Message& message, const FieldDescriptor& field)
      : message_(&message), field_(&field), reflection_(message.GetReflection()) {}

#define ALLMENDE_SLOT(Name, Type)                                 \
  void Store##Name(Type value) {                                  \
    if (field_->is_repeated()) {                                  \
      reflection_->Add##Name(message_, field_, std::move(value)); \
    } else {                                                      \
      reflection_->Set##Name(message_, field_, std::move(value)); \
    }                                                             \
  }
  ALLMENDE_SLOT(Int32, std::int32_t)
  ALLMENDE_SLOT(Int64, std::int64_t)
  ALLMENDE_SLOT(UInt32, std::uint32_t)
  ALLMENDE_SLOT(UInt64, std::uint64_t)
  ALLMENDE_SLOT(Double, double)
  ALLMENDE_SLOT(Float, float)
  ALLMENDE_SLOT(Bool, bool)
  ALLMENDE_SLOT(String, std::string)
  ALLMENDE_SLOT(EnumValue, int)
#undef ALLMENDE_SLOT

  Message& StoreMessage() {
    return field_->is_repeated() ? *reflection_->AddMessage(message_, field_)
                                 : *reflection_->MutableMessage(message_, field_);
  }

 private:
  Message* message_;
  const FieldDescriptor* field_;
  const Reflection* reflection_;
};

void WrongType(const FieldDescriptor& field, std::string_view text, std::string_view name, Violations& violations) {
  violations.Add(std::string(name), Reason::WRONG_TYPE, {{"expected", ExpectedOf(field)}, {"value", Shown(text)}});
}

template <typename Integer>
std::optional<Integer> ParseInteger(const FieldDescriptor& field, std::string_view text, std::string_view name,
                                    Violations& violations) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool complete = end == text.data() + text.size() && !text.empty();
  const bool negative_unsigned = std::is_unsigned_v<Integer> && text.size() > 1 && text.front() == '-' &&
                                 text.find_first_not_of("0123456789", 1) == std::string_view::npos;
  if ((complete && error == std::errc::result_out_of_range) || negative_unsigned) {
    violations.Add(std::string(name), Reason::OUT_OF_RANGE, {{"value", Shown(text)}, {"range", RangeOf(field)}});
    return std::nullopt;
  }
  if (!complete || error != std::errc()) {
    WrongType(field, text, name, violations);
    return std::nullopt;
  }
  return value;
}

std::optional<double> ParseReal(const FieldDescriptor& field, std::string_view text, std::string_view name,
                                Violations& violations) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(value)) return value;
  if (error == std::errc::result_out_of_range && end == text.data() + text.size()) {
    violations.Add(std::string(name), Reason::OUT_OF_RANGE, {{"value", Shown(text)}, {"range", RangeOf(field)}});
  } else {
    WrongType(field, text, name, violations);
  }
  return std::nullopt;
}

void StoreText(const FieldDescriptor& field, std::string_view text, std::string_view name, Slot slot,
               Violations& violations) {
  if (field.type() == FieldDescriptor::TYPE_BYTES) {
    std::string bytes;
    if (!absl::Base64Unescape(Av(text), &bytes) && !absl::WebSafeBase64Unescape(Av(text), &bytes)) {
      WrongType(field, text, name, violations);
      return;
    }
    slot.StoreString(std::move(bytes));
    return;
  }
  if (const auto position = FirstInvalidUtf8(text)) {
    violations.Add(std::string(name), Reason::INVALID_UTF8, {{"position", std::to_string(*position)}});
    return;
  }
  slot.StoreString(std::string(text));
}

void StoreReal(const FieldDescriptor& field, std::string_view text, std::string_view name, Slot slot,
               Violations& violations) {
  const auto value = ParseReal(field, text, name, violations);
  if (!value.has_value()) return;
  if (field.cpp_type() == CppType::CPPTYPE_DOUBLE) {
    slot.StoreDouble(*value);
  } else if (std::isfinite(*value) && std::abs(*value) > std::numeric_limits<float>::max()) {
    violations.Add(std::string(name), Reason::OUT_OF_RANGE, {{"value", Shown(text)}, {"range", RangeOf(field)}});
  } else {
    slot.StoreFloat(static_cast<float>(*value));
  }
}

void StoreMessageText(const FieldDescriptor& field, std::string_view text, std::string_view name, Slot slot,
                      Violations& violations) {
  const WellKnown kind = WellKnownOf(*field.message_type());
  if (kind == WellKnown::kWrapper) {
    SetFieldFromText(*field.message_type()->field(0), text, name, slot.StoreMessage(), violations);
  } else if (kind == WellKnown::kTimestamp || kind == WellKnown::kDuration || kind == WellKnown::kFieldMask) {
    ParseWellKnown(kind, text, name, slot.StoreMessage(), violations);
  } else {
    WrongType(field, text, name, violations);
  }
}

bool Parse(std::string_view text, google::protobuf::Timestamp& out) {
  return google::protobuf::util::TimeUtil::FromString(std::string(text), &out);
}
bool Parse(std::string_view text, google::protobuf::Duration& out) {
  return google::protobuf::util::TimeUtil::FromString(std::string(text), &out);
}
bool Parse(std::string_view text, google::protobuf::FieldMask& out) {
  // Both spellings: "displayName,address.houseNumber" and "display_name".
  std::string camel;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool lower_follows = text[i] == '_' && i + 1 < text.size() && text[i + 1] >= 'a' && text[i + 1] <= 'z';
    if (lower_follows) {
      camel.push_back(static_cast<char>(text[++i] - 'a' + 'A'));
    } else if (text[i] != ' ') {
      camel.push_back(text[i]);
    }
  }
  return google::protobuf::util::FieldMaskUtil::FromJsonString(camel, &out);
}

template <typename Type>
bool ParseInto(std::string_view text, Message& message) {
  Type value;
  if (!Parse(text, value)) return false;
  message.CopyFrom(value);
  return true;
}

}  // namespace

WellKnown WellKnownOf(const Descriptor& type) {
  switch (type.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return WellKnown::kTimestamp;
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return WellKnown::kDuration;
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      return WellKnown::kFieldMask;
    case Descriptor::WELLKNOWNTYPE_ANY:
      return WellKnown::kAny;
    case Descriptor::WELLKNOWNTYPE_STRUCT:
    case Descriptor::WELLKNOWNTYPE_VALUE:
    case Descriptor::WELLKNOWNTYPE_LISTVALUE:
      return WellKnown::kFreeForm;
    case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
      return WellKnown::kNone;
    default:
      return WellKnown::kWrapper;
  }
}

std::string Shown(std::string_view value) {
  constexpr std::size_t kLongest = 60;
  std::string shown(value.substr(0, kLongest));
  if (const auto broken = FirstInvalidUtf8(shown)) shown.resize(*broken);
  if (shown.size() < value.size()) shown += "…";
  return shown;
}

std::string RangeOf(const FieldDescriptor& field) {
  const auto bounds = [](auto type) {
    using Limits = std::numeric_limits<decltype(type)>;
    return fmt::format("{} – {}", Limits::lowest(), Limits::max());
  };
  switch (field.cpp_type()) {
    case CppType::CPPTYPE_INT32:
      return bounds(std::int32_t{});
    case CppType::CPPTYPE_INT64:
      return bounds(std::int64_t{});
    case CppType::CPPTYPE_UINT32:
      return bounds(std::uint32_t{});
    case CppType::CPPTYPE_UINT64:
      return bounds(std::uint64_t{});
    case CppType::CPPTYPE_FLOAT:
      return bounds(float{});
    default:
      return bounds(double{});
  }
}

std::string ExpectedOf(const FieldDescriptor& field) {
  if (field.is_map()) return "{…}";
  switch (field.cpp_type()) {
    case CppType::CPPTYPE_BOOL:
      return "bool (true, false)";
    case CppType::CPPTYPE_ENUM:
      return field.enum_type()->name();
    case CppType::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? "base64" : "string";
    case CppType::CPPTYPE_MESSAGE:
      break;
    default:
      return field.type_name();
  }
  switch (WellKnownOf(*field.message_type())) {
    case WellKnown::kTimestamp:
      return "RFC 3339 (2024-01-31T12:00:00Z)";
    case WellKnown::kDuration:
      return "15s, 0.5s";
    case WellKnown::kFieldMask:
      return "displayName,address.locality";
    case WellKnown::kWrapper:
      return ExpectedOf(*field.message_type()->field(0));
    default:
      return "{…}";
  }
}

const EnumValueDescriptor* EnumFromName(const EnumDescriptor& type, std::string_view text, std::string_view name,
                                        Violations& violations) {
  const EnumValueDescriptor* value = type.FindValueByName(std::string(text));
  if (value != nullptr) return value;
  std::vector<std::string_view> names;
  for (int i = 0; i < type.value_count(); ++i) names.push_back(type.value(i)->name());
  violations.Add(std::string(name), Reason::UNKNOWN_CODE,
                 {{"value", Shown(text)}, {"list", type.name()}, {"hint", std::string(Nearest(text, names))}});
  return nullptr;
}

bool ParseWellKnown(WellKnown kind, std::string_view text, std::string_view name, Message& message,
                    Violations& violations) {
  bool parsed = false;
  std::string_view expected;
  if (kind == WellKnown::kTimestamp) {
    expected = "RFC 3339 (2024-01-31T12:00:00Z)";
    parsed = ParseInto<google::protobuf::Timestamp>(text, message);
  } else if (kind == WellKnown::kDuration) {
    expected = "15s, 0.5s";
    parsed = ParseInto<google::protobuf::Duration>(text, message);
  } else if (kind == WellKnown::kFieldMask) {
    expected = "displayName,address.locality";
    parsed = ParseInto<google::protobuf::FieldMask>(text, message);
  }
  if (!parsed) {
    violations.Add(std::string(name), Reason::MALFORMED, {{"value", Shown(text)}, {"expected", std::string(expected)}});
  }
  return parsed;
}

void SetFieldFromText(const FieldDescriptor& field, std::string_view text, std::string_view name, Message& message,
                      Violations& violations) {
  Slot slot(message, field);
  switch (field.cpp_type()) {
    case CppType::CPPTYPE_INT32:
      if (auto v = ParseInteger<std::int32_t>(field, text, name, violations)) slot.StoreInt32(*v);
      break;
    case CppType::CPPTYPE_INT64:
      if (auto v = ParseInteger<std::int64_t>(field, text, name, violations)) slot.StoreInt64(*v);
      break;
    case CppType::CPPTYPE_UINT32:
      if (auto v = ParseInteger<std::uint32_t>(field, text, name, violations)) slot.StoreUInt32(*v);
      break;
    case CppType::CPPTYPE_UINT64:
      if (auto v = ParseInteger<std::uint64_t>(field, text, name, violations)) slot.StoreUInt64(*v);
      break;
    case CppType::CPPTYPE_DOUBLE:
    case CppType::CPPTYPE_FLOAT:
      StoreReal(field, text, name, slot, violations);
      break;
    case CppType::CPPTYPE_BOOL:
      if (text == "true" || text == "false") {
        slot.StoreBool(text == "true");
      } else {
        WrongType(field, text, name, violations);
      }
      break;
    case CppType::CPPTYPE_ENUM:
      if (const auto* value = EnumFromName(*field.enum_type(), text, name, violations))
        slot.StoreEnumValue(value->number());
      break;
    case CppType::CPPTYPE_STRING:
      StoreText(field, text, name, slot, violations);
      break;
    case CppType::CPPTYPE_MESSAGE:
      StoreMessageText(field, text, name, slot, violations);
      break;
  }
}

void SetFromText(const FieldPath& path, std::string_view text, std::string_view name, Message& message,
                 Violations& violations) {
  Message* at = &message;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) at = at->GetReflection()->MutableMessage(at, path[i]);
  SetFieldFromText(*path.back(), text, name, *at, violations);
}

}  // namespace allmende::gateway
