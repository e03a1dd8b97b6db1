#include "common/resource/request.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "common/resource/name.h"
#include "google/api/resource.pb.h"

namespace allmende::resource {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* Singular(const Message& message, std::string_view name, FieldDescriptor::CppType type) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(std::string(name));
  const bool fits = field != nullptr && !field->is_repeated() && field->cpp_type() == type;
  return fits ? field : nullptr;
}

bool IsResource(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field.is_repeated() &&
         field.message_type()->options().HasExtension(google::api::resource);
}

// The same bytes for equal messages, whatever order their maps are in.
std::string DeterministicBytes(const Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

}  // namespace

std::string StringField(const Message& request, std::string_view field) {
  const FieldDescriptor* found = Singular(request, field, FieldDescriptor::CPPTYPE_STRING);
  return found == nullptr ? std::string() : request.GetReflection()->GetString(request, found);
}

bool BoolField(const Message& request, std::string_view field) {
  const FieldDescriptor* found = Singular(request, field, FieldDescriptor::CPPTYPE_BOOL);
  return found != nullptr && request.GetReflection()->GetBool(request, found);
}

std::int64_t IntField(const Message& request, std::string_view field) {
  if (const FieldDescriptor* found = Singular(request, field, FieldDescriptor::CPPTYPE_INT64)) {
    return request.GetReflection()->GetInt64(request, found);
  }
  const FieldDescriptor* found = Singular(request, field, FieldDescriptor::CPPTYPE_INT32);
  return found == nullptr ? 0 : request.GetReflection()->GetInt32(request, found);
}

std::vector<std::string> NamesOf(const Message& request) {
  std::vector<std::string> names;
  const auto add = [&names](std::string name) {
    if (!name.empty()) names.push_back(std::move(name));
  };
  const auto* descriptor = request.GetDescriptor();
  add(StringField(request, "name"));
  add(StringField(request, "parent"));
  const FieldDescriptor* list = descriptor->FindFieldByName("names");
  if (list != nullptr && list->is_repeated() && list->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    for (int i = 0; i < request.GetReflection()->FieldSize(request, list); ++i) {
      add(request.GetReflection()->GetRepeatedString(request, list, i));
    }
  }
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* body = descriptor->field(i);
    // At creation the name in the body does not count: the id stands in a field of its own.
    const bool counts = IsResource(*body) && descriptor->FindFieldByName(body->name() + "_id") == nullptr;
    if (counts && request.GetReflection()->HasField(request, body)) {
      add(StringField(request.GetReflection()->GetMessage(request, body), "name"));
    }
  }
  return names;
}

std::string LandscapeOf(const Message& request) {
  for (const std::string& text : NamesOf(request)) {
    if (const auto name = ParseName(text)) return name->landscape;
  }
  return "";
}

std::string Fingerprint(std::string_view method, const Message& request) {
  const std::unique_ptr<Message> copy(request.New());
  copy->CopyFrom(request);
  for (const char* field : {"request_id", "page_token", "page_size"}) {
    const FieldDescriptor* found = copy->GetDescriptor()->FindFieldByName(field);
    if (found != nullptr) copy->GetReflection()->ClearField(copy.get(), found);
  }
  std::string bytes(method);
  bytes += '\n';
  bytes += DeterministicBytes(*copy);
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

const FieldDescriptor* ItemsField(const google::protobuf::Descriptor& response) {
  const FieldDescriptor* items = nullptr;
  for (int i = 0; i < response.field_count(); ++i) {
    const FieldDescriptor* field = response.field(i);
    if (!field->is_repeated() || field->is_map() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (items != nullptr) return nullptr;
    items = field;
  }
  return items;
}

}  // namespace allmende::resource
