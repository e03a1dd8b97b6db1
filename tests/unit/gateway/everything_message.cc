#include "tests/unit/gateway/everything_message.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/wrappers.pb.h>

#include <array>

#include "allmende/registry/v1/actor.pb.h"
#include "common/testing/temporary.h"

namespace allmende::gateway {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::Message;

constexpr std::string_view kSchema = R"pb(
  name: "everything.proto"
  package: "test"
  syntax: "proto3"
  dependency: "google/protobuf/any.proto"
  dependency: "google/protobuf/timestamp.proto"
  dependency: "google/protobuf/duration.proto"
  dependency: "google/protobuf/field_mask.proto"
  dependency: "google/protobuf/wrappers.proto"
  enum_type {
    name: "Colour"
    value { name: "NONE" number: 0 }
    value { name: "RED" number: 1 }
    value { name: "BLUE" number: -3 }
  }
  message_type {
    name: "Everything"
    field { name: "int32_field" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL }
    field { name: "int64_field" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL }
    field { name: "uint32_field" number: 3 type: TYPE_UINT32 label: LABEL_OPTIONAL }
    field { name: "uint64_field" number: 4 type: TYPE_UINT64 label: LABEL_OPTIONAL }
    field { name: "sint32_field" number: 5 type: TYPE_SINT32 label: LABEL_OPTIONAL }
    field { name: "fixed64_field" number: 6 type: TYPE_FIXED64 label: LABEL_OPTIONAL }
    field { name: "double_field" number: 7 type: TYPE_DOUBLE label: LABEL_OPTIONAL }
    field { name: "float_field" number: 8 type: TYPE_FLOAT label: LABEL_OPTIONAL }
    field { name: "bool_field" number: 9 type: TYPE_BOOL label: LABEL_OPTIONAL }
    field { name: "string_field" number: 10 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "bytes_field" number: 11 type: TYPE_BYTES label: LABEL_OPTIONAL }
    field { name: "colour" number: 12 type: TYPE_ENUM type_name: ".test.Colour" label: LABEL_OPTIONAL }
    field { name: "child" number: 13 type: TYPE_MESSAGE type_name: ".test.Everything" label: LABEL_OPTIONAL }
    field { name: "time" number: 14 type: TYPE_MESSAGE type_name: ".google.protobuf.Timestamp" label: LABEL_OPTIONAL }
    field { name: "span" number: 15 type: TYPE_MESSAGE type_name: ".google.protobuf.Duration" label: LABEL_OPTIONAL }
    field { name: "mask" number: 16 type: TYPE_MESSAGE type_name: ".google.protobuf.FieldMask" label: LABEL_OPTIONAL }
    field {
      name: "wrapped_int"
      number: 17
      type: TYPE_MESSAGE
      type_name: ".google.protobuf.Int64Value"
      label: LABEL_OPTIONAL
    }
    field {
      name: "wrapped_text"
      number: 18
      type: TYPE_MESSAGE
      type_name: ".google.protobuf.StringValue"
      label: LABEL_OPTIONAL
    }
    field { name: "any" number: 19 type: TYPE_MESSAGE type_name: ".google.protobuf.Any" label: LABEL_OPTIONAL }
    field { name: "int64s" number: 20 type: TYPE_INT64 label: LABEL_REPEATED }
    field { name: "doubles" number: 21 type: TYPE_DOUBLE label: LABEL_REPEATED }
    field { name: "bools" number: 22 type: TYPE_BOOL label: LABEL_REPEATED }
    field { name: "strings" number: 23 type: TYPE_STRING label: LABEL_REPEATED }
    field { name: "colours" number: 24 type: TYPE_ENUM type_name: ".test.Colour" label: LABEL_REPEATED }
    field { name: "children" number: 25 type: TYPE_MESSAGE type_name: ".test.Everything" label: LABEL_REPEATED }
    field { name: "times" number: 26 type: TYPE_MESSAGE type_name: ".google.protobuf.Timestamp" label: LABEL_REPEATED }
    field {
      name: "texts_by_key"
      number: 27
      type: TYPE_MESSAGE
      type_name: ".test.Everything.TextsByKeyEntry"
      label: LABEL_REPEATED
    }
    field {
      name: "children_by_number"
      number: 28
      type: TYPE_MESSAGE
      type_name: ".test.Everything.ChildrenByNumberEntry"
      label: LABEL_REPEATED
    }
    field { name: "either_text" number: 29 type: TYPE_STRING label: LABEL_OPTIONAL oneof_index: 0 }
    field { name: "or_number" number: 30 type: TYPE_INT32 label: LABEL_OPTIONAL oneof_index: 0 }
    field { name: "may_be_zero" number: 31 type: TYPE_INT32 label: LABEL_OPTIONAL proto3_optional: true oneof_index: 1 }
    oneof_decl { name: "choice" }
    oneof_decl { name: "_may_be_zero" }
    nested_type {
      name: "TextsByKeyEntry"
      options { map_entry: true }
      field { name: "key" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
      field { name: "value" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
    }
    nested_type {
      name: "ChildrenByNumberEntry"
      options { map_entry: true }
      field { name: "key" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL }
      field { name: "value" number: 2 type: TYPE_MESSAGE type_name: ".test.Everything" label: LABEL_OPTIONAL }
    }
  })pb";

template <typename T>
T Pick(std::mt19937& random, std::initializer_list<T> values) {
  return *(values.begin() + random() % values.size());
}

std::string RandomText(std::mt19937& random) {
  std::string text;
  for (std::size_t i = random() % 6; i > 0; --i) {
    text += Pick<std::string_view>(random,
                                   {"a", "Straße", "\"", "\\", "\n", "\x01", "€", "😀", "</script>", "\x7F", "0", "%"});
  }
  return text;
}

void FillWellKnown(Message& message, std::mt19937& random, int depth) {
  const std::string& name = message.GetDescriptor()->full_name();
  if (name == "google.protobuf.Timestamp") {
    google::protobuf::Timestamp time;
    time.set_seconds(std::uniform_int_distribution<std::int64_t>(-62135596800, 253402300799)(random));
    time.set_nanos(Pick(random, {0, 1, 1000, 5'000'000, 999'999'999}));
    message.CopyFrom(time);
  } else if (name == "google.protobuf.Duration") {
    google::protobuf::Duration span;
    const bool negative = random() % 2 == 0;
    const int nanos = Pick(random, {0, 7, 3'000'000, 999'999'000});
    const std::int64_t seconds = Pick<std::int64_t>(random, {0, 1, 315'576'000'000});
    span.set_seconds(negative ? -seconds : seconds);
    span.set_nanos(negative ? -nanos : nanos);
    message.CopyFrom(span);
  } else if (name == "google.protobuf.FieldMask") {
    google::protobuf::FieldMask mask;
    mask.add_paths("display_name");
    mask.add_paths("sites.address.house_number");
    message.CopyFrom(mask);
  } else if (name == "google.protobuf.Any") {
    registry::v1::Actor actor;
    FillAtRandom(actor, random, depth - 1);
    google::protobuf::Any any;
    any.PackFrom(actor);
    message.CopyFrom(any);
  }
}

// Fills one field; `entry` adds to repeated fields.
void FillField(Message& message, const FieldDescriptor* field, std::mt19937& random, int depth) {
  const auto* reflection = message.GetReflection();
  const bool add = field->is_repeated();
#define ALLMENDE_FILL(Kind, ...) \
  add ? reflection->Add##Kind(&message, field, __VA_ARGS__) : reflection->Set##Kind(&message, field, __VA_ARGS__)
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return ALLMENDE_FILL(Int32, Pick(random, {0, 1, -7, INT32_MAX, INT32_MIN}));
    case FieldDescriptor::CPPTYPE_INT64:
      return ALLMENDE_FILL(Int64, Pick<std::int64_t>(random, {0, 9007199254740993, INT64_MAX, INT64_MIN}));
    case FieldDescriptor::CPPTYPE_UINT32:
      return ALLMENDE_FILL(UInt32, Pick<std::uint32_t>(random, {0, 3, UINT32_MAX}));
    case FieldDescriptor::CPPTYPE_UINT64:
      return ALLMENDE_FILL(UInt64, Pick<std::uint64_t>(random, {0, 3, UINT64_MAX}));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return ALLMENDE_FILL(Double, Pick(random, {0.0, 0.1, 51.123456789012345, 1e300, -1.5}));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return ALLMENDE_FILL(Float, Pick(random, {0.0F, 0.1F, 3.4e38F, -1e-30F, 16777217.0F}));
    case FieldDescriptor::CPPTYPE_BOOL:
      return ALLMENDE_FILL(Bool, random() % 2 == 0);
    case FieldDescriptor::CPPTYPE_ENUM:
      return ALLMENDE_FILL(
          EnumValue, field->enum_type()
                         ->value(static_cast<int>(random() % static_cast<unsigned>(field->enum_type()->value_count())))
                         ->number());
    case FieldDescriptor::CPPTYPE_STRING:
      return ALLMENDE_FILL(String, field->type() == FieldDescriptor::TYPE_BYTES
                                       ? std::string("\0\xFF\x7F", random() % 4)
                                       : RandomText(random));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
#undef ALLMENDE_FILL
  Message& child = add ? *reflection->AddMessage(&message, field) : *reflection->MutableMessage(&message, field);
  FillAtRandom(child, random, depth - 1);
}

}  // namespace

const Message& EverythingPrototype() {
  static const Message& prototype = [&]() -> const Message& {
    FileDescriptorProto file;
    if (!google::protobuf::TextFormat::ParseFromString(std::string(kSchema), &file))
      GiveUp("the schema does not parse");
    auto* pool = new DescriptorPool(DescriptorPool::generated_pool());
    const auto* built = pool->BuildFile(file);
    if (built == nullptr) GiveUp("the schema does not build");
    auto* factory = new google::protobuf::DynamicMessageFactory(pool);
    return *factory->GetPrototype(built->message_type(0));
  }();
  return prototype;
}

void FillAtRandom(Message& message, std::mt19937& random, int depth) {
  const auto& type = *message.GetDescriptor();
  const auto kind = type.well_known_type();
  using Known = google::protobuf::Descriptor;
  if (kind == Known::WELLKNOWNTYPE_TIMESTAMP || kind == Known::WELLKNOWNTYPE_DURATION ||
      kind == Known::WELLKNOWNTYPE_FIELDMASK || kind == Known::WELLKNOWNTYPE_ANY) {
    if (depth > 0 || kind != Known::WELLKNOWNTYPE_ANY) FillWellKnown(message, random, depth);
    return;
  }
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (random() % 3 != 0 || (field->message_type() != nullptr && depth <= 0)) continue;
    // Reflection would let equal keys into a map, so it gets one entry.
    std::size_t times = field->is_repeated() && !field->is_map() ? 1 + random() % 3 : 1;
    for (; times > 0; --times) FillField(message, field, random, depth);
  }
}

}  // namespace allmende::gateway
