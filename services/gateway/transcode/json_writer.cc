#include "services/gateway/transcode/json_writer.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>
#include <google/protobuf/any.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/field_mask_util.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <unordered_map>

#include "common/base/strings.h"
#include "services/gateway/transcode/scalar.h"

namespace allmende::gateway {
namespace {

using CppType = FieldDescriptor::CppType;
using google::protobuf::Reflection;

// What is worked out once about a message type.
struct TypePlan {
  struct FieldPlan {
    const FieldDescriptor* field = nullptr;
    std::string key;                 // "displayName": with quotes and colon
    const TypePlan* type = nullptr;  // of a message (of the values of a map)
  };
  WellKnown kind = WellKnown::kNone;
  std::vector<FieldPlan> fields;  // by number
};

const TypePlan& PlanOf(const Descriptor& type);

// All plans of the process. They live for ever, as descriptors do.
class Plans {
 public:
  const TypePlan& Of(const Descriptor& type) {
    const std::scoped_lock lock(mutex_);
    return Make(type);
  }

 private:
  // The plan is entered before its fields, so that a type may contain itself.
  const TypePlan& Make(const Descriptor& type) {
    const auto [entry, first] = plans_.try_emplace(&type);
    TypePlan& plan = entry->second;
    if (!first) return plan;
    plan.kind = WellKnownOf(type);
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor* field = type.field(i);
      TypePlan::FieldPlan made{field, fmt::format("\"{}\":", field->json_name())};
      const FieldDescriptor* value = field->is_map() ? field->message_type()->map_value() : field;
      if (value->message_type() != nullptr) made.type = &Make(*value->message_type());
      plan.fields.push_back(std::move(made));
    }
    std::sort(plan.fields.begin(), plan.fields.end(),
              [](const auto& a, const auto& b) { return a.field->number() < b.field->number(); });
    return plan;
  }

  std::mutex mutex_;
  std::unordered_map<const Descriptor*, TypePlan> plans_;  // its elements do not move
};

const TypePlan& PlanOf(const Descriptor& type) {
  static Plans& plans = *new Plans;
  return plans.Of(type);
}

template <typename Number>
void AppendNumber(Number value, std::string& out) {
  const fmt::format_int text(value);
  out.append(text.data(), text.size());
}

template <typename Real>
void AppendReal(Real value, std::string& out) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

void AppendQuotedNumber(auto value, std::string& out) {
  out.push_back('"');
  AppendNumber(value, out);
  out.push_back('"');
}

// Fraction of a second in 0, 3, 6 or 9 digits.
void AppendNanos(std::int32_t nanos, std::string& out) {
  if (nanos == 0) return;
  if (nanos % 1'000'000 == 0) {
    fmt::format_to(std::back_inserter(out), ".{:03}", nanos / 1'000'000);
  } else if (nanos % 1000 == 0) {
    fmt::format_to(std::back_inserter(out), ".{:06}", nanos / 1000);
  } else {
    fmt::format_to(std::back_inserter(out), ".{:09}", nanos);
  }
}

void AppendTimestamp(std::int64_t seconds, std::int32_t nanos, std::string& out) {
  const std::chrono::sys_seconds time{std::chrono::seconds{seconds}};
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss clock{time - days};
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                 clock.minutes().count(), clock.seconds().count());
  AppendNanos(nanos, out);
  out.push_back('Z');
}

void AppendDuration(std::int64_t seconds, std::int32_t nanos, std::string& out) {
  if (seconds < 0 || nanos < 0) out.push_back('-');
  AppendNumber(seconds < 0 ? -seconds : seconds, out);
  AppendNanos(nanos < 0 ? -nanos : nanos, out);
  out.push_back('s');
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void WriteMessage(const Message& message, const TypePlan& plan) {
    if (plan.kind != WellKnown::kNone) return WriteWellKnown(message, plan);
    out_.push_back('{');
    WriteFields(message, plan, /*first=*/true);
    out_.push_back('}');
  }

 private:
  void WriteFields(const Message& message, const TypePlan& plan, bool first) {
    const Reflection& reflection = *message.GetReflection();
    for (const TypePlan::FieldPlan& made : plan.fields) {
      const FieldDescriptor* field = made.field;
      const bool repeated = field->is_repeated();
      if (repeated ? reflection.FieldSize(message, field) == 0 : !reflection.HasField(message, field)) continue;
      if (!first) out_.push_back(',');
      first = false;
      out_ += made.key;
      if (field->is_map()) {
        WriteMap(message, reflection, made);
      } else if (repeated) {
        WriteRepeated(message, reflection, made);
      } else {
        WriteSingular(message, reflection, field, made.type);
      }
    }
  }

  void WriteSingular(const Message& message, const Reflection& reflection, const FieldDescriptor* field,
                     const TypePlan* type) {
    switch (field->cpp_type()) {
      case CppType::CPPTYPE_INT32:
        return AppendNumber(reflection.GetInt32(message, field), out_);
      case CppType::CPPTYPE_INT64:
        return AppendQuotedNumber(reflection.GetInt64(message, field), out_);
      case CppType::CPPTYPE_UINT32:
        return AppendNumber(reflection.GetUInt32(message, field), out_);
      case CppType::CPPTYPE_UINT64:
        return AppendQuotedNumber(reflection.GetUInt64(message, field), out_);
      case CppType::CPPTYPE_DOUBLE:
        return AppendReal(reflection.GetDouble(message, field), out_);
      case CppType::CPPTYPE_FLOAT:
        return AppendReal(reflection.GetFloat(message, field), out_);
      case CppType::CPPTYPE_BOOL:
        out_ += reflection.GetBool(message, field) ? "true" : "false";
        return;
      case CppType::CPPTYPE_ENUM:
        return WriteEnum(field, reflection.GetEnumValue(message, field));
      case CppType::CPPTYPE_STRING:
        return WriteText(field, reflection.GetStringReference(message, field, &scratch_));
      case CppType::CPPTYPE_MESSAGE:
        return WriteMessage(reflection.GetMessage(message, field), *type);
    }
  }

  void WriteRepeated(const Message& message, const Reflection& reflection, const TypePlan::FieldPlan& made) {
    const int size = reflection.FieldSize(message, made.field);
    for (int i = 0; i < size; ++i) {
      out_.push_back(i == 0 ? '[' : ',');
      WriteElement(message, reflection, made.field, made.type, i);
    }
    out_.push_back(']');
  }

  void WriteElement(const Message& message, const Reflection& reflection, const FieldDescriptor* field,
                    const TypePlan* type, int i) {
    switch (field->cpp_type()) {
      case CppType::CPPTYPE_INT32:
        return AppendNumber(reflection.GetRepeatedInt32(message, field, i), out_);
      case CppType::CPPTYPE_INT64:
        return AppendQuotedNumber(reflection.GetRepeatedInt64(message, field, i), out_);
      case CppType::CPPTYPE_UINT32:
        return AppendNumber(reflection.GetRepeatedUInt32(message, field, i), out_);
      case CppType::CPPTYPE_UINT64:
        return AppendQuotedNumber(reflection.GetRepeatedUInt64(message, field, i), out_);
      case CppType::CPPTYPE_DOUBLE:
        return AppendReal(reflection.GetRepeatedDouble(message, field, i), out_);
      case CppType::CPPTYPE_FLOAT:
        return AppendReal(reflection.GetRepeatedFloat(message, field, i), out_);
      case CppType::CPPTYPE_BOOL:
        out_ += reflection.GetRepeatedBool(message, field, i) ? "true" : "false";
        return;
      case CppType::CPPTYPE_ENUM:
        return WriteEnum(field, reflection.GetRepeatedEnumValue(message, field, i));
      case CppType::CPPTYPE_STRING:
        return WriteText(field, reflection.GetRepeatedStringReference(message, field, i, &scratch_));
      case CppType::CPPTYPE_MESSAGE:
        return WriteMessage(reflection.GetRepeatedMessage(message, field, i), *type);
    }
  }

  void WriteMap(const Message& message, const Reflection& reflection, const TypePlan::FieldPlan& made) {
    const FieldDescriptor* key = made.field->message_type()->map_key();
    const FieldDescriptor* value = made.field->message_type()->map_value();
    std::vector<std::pair<std::string, const Message*>> entries;
    for (int i = 0; i < reflection.FieldSize(message, made.field); ++i) {
      const Message& entry = reflection.GetRepeatedMessage(message, made.field, i);
      entries.emplace_back(KeyText(entry, key), &entry);
    }
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    out_.push_back('{');
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i > 0) out_.push_back(',');
      WriteJsonString(entries[i].first, out_);
      out_.push_back(':');
      WriteSingular(*entries[i].second, *entries[i].second->GetReflection(), value, made.type);
    }
    out_.push_back('}');
  }

  static std::string KeyText(const Message& entry, const FieldDescriptor* key) {
    const Reflection& reflection = *entry.GetReflection();
    switch (key->cpp_type()) {
      case CppType::CPPTYPE_INT32:
        return std::to_string(reflection.GetInt32(entry, key));
      case CppType::CPPTYPE_INT64:
        return std::to_string(reflection.GetInt64(entry, key));
      case CppType::CPPTYPE_UINT32:
        return std::to_string(reflection.GetUInt32(entry, key));
      case CppType::CPPTYPE_UINT64:
        return std::to_string(reflection.GetUInt64(entry, key));
      case CppType::CPPTYPE_BOOL:
        return reflection.GetBool(entry, key) ? "true" : "false";
      default:
        return reflection.GetString(entry, key);
    }
  }

  void WriteEnum(const FieldDescriptor* field, int number) {
    const auto* value = field->enum_type()->FindValueByNumber(number);
    if (value == nullptr) return AppendNumber(number, out_);
    out_.push_back('"');
    out_ += value->name();
    out_.push_back('"');
  }

  void WriteText(const FieldDescriptor* field, const std::string& text) {
    if (field->type() == FieldDescriptor::TYPE_BYTES) {
      out_.push_back('"');
      out_ += absl::Base64Escape(Av(text));
      out_.push_back('"');
    } else {
      WriteJsonString(text, out_);
    }
  }

  void WriteWellKnown(const Message& message, const TypePlan& plan) {
    const Reflection& reflection = *message.GetReflection();
    const auto seconds = [&] { return reflection.GetInt64(message, message.GetDescriptor()->FindFieldByNumber(1)); };
    const auto nanos = [&] { return reflection.GetInt32(message, message.GetDescriptor()->FindFieldByNumber(2)); };
    switch (plan.kind) {
      case WellKnown::kTimestamp:
        out_.push_back('"');
        AppendTimestamp(seconds(), nanos(), out_);
        out_.push_back('"');
        return;
      case WellKnown::kDuration:
        out_.push_back('"');
        AppendDuration(seconds(), nanos(), out_);
        out_.push_back('"');
        return;
      case WellKnown::kFieldMask:
        return WriteFieldMask(message);
      case WellKnown::kAny:
        return WriteAny(message);
      case WellKnown::kWrapper:
        return WriteSingular(message, reflection, message.GetDescriptor()->field(0), nullptr);
      default:
        return WriteFreeForm(message);
    }
  }

  void WriteFieldMask(const Message& message) {
    google::protobuf::FieldMask mask;
    mask.CopyFrom(message);
    std::string text;
    google::protobuf::util::FieldMaskUtil::ToJsonString(mask, &text);
    WriteJsonString(text, out_);
  }

  void WriteAny(const Message& message) {
    google::protobuf::Any any;
    any.CopyFrom(message);
    const std::string& url = any.type_url();
    if (url.empty()) {
      out_ += "{}";
      return;
    }
    out_ += "{\"@type\":";
    WriteJsonString(url, out_);
    const Descriptor* type =
        google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(url.substr(url.rfind('/') + 1));
    std::unique_ptr<Message> inner;
    if (type != nullptr) inner.reset(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    if (inner == nullptr || !inner->ParseFromString(any.value())) {
      out_ += fmt::format(",\"value\":\"{}\"", Sv(absl::Base64Escape(any.value())));
    } else if (const TypePlan& plan = PlanOf(*type); plan.kind == WellKnown::kNone) {
      WriteFields(*inner, plan, /*first=*/false);
    } else {
      out_ += ",\"value\":";
      WriteMessage(*inner, plan);
    }
    out_.push_back('}');
  }

  void WriteFreeForm(const Message& message) {
    std::string text;
    out_ += google::protobuf::util::MessageToJsonString(message, &text).ok() ? text : "null";
  }

  std::string& out_;
  std::string scratch_;
};

// For each byte: 0 where it stands for itself, 'u' where only \u00XX will do, else the letter behind the backslash.
constexpr std::array<char, 256> kEscapes = [] {
  std::array<char, 256> table{};
  for (std::size_t i = 0; i < 0x20; ++i) table[i] = 'u';
  table['"'] = '"';
  table['\\'] = '\\';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table[0x7F] = 'u';
  return table;
}();

}  // namespace

void WriteJsonString(std::string_view text, std::string& out) {
  out.push_back('"');
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char escape = kEscapes[static_cast<unsigned char>(text[i])];
    if (escape == 0) continue;
    out.append(text.substr(plain, i - plain));
    plain = i + 1;
    if (escape == 'u') {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(text[i]));
    } else {
      out.push_back('\\');
      out.push_back(escape);
    }
  }
  out.append(text.substr(plain));
  out.push_back('"');
}

void WriteJson(const Message& message, std::string& out) {
  Writer(out).WriteMessage(message, PlanOf(*message.GetDescriptor()));
}

}  // namespace allmende::gateway
