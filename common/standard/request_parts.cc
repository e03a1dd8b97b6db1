#include "common/standard/request_parts.h"

#include <google/protobuf/timestamp.pb.h>

#include "common/base/ids.h"
#include "common/base/macros.h"
#include "common/base/strings.h"
#include "common/resource/field_mask.h"
#include "common/resource/request.h"

namespace allmende::standard {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;

// The message in this field; null where the request has no such field of this type, or it is not set.
template <typename T>
const T* SubMessage(const Message& request, const std::string& name) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->is_repeated() || field->message_type() != T::descriptor()) return nullptr;
  if (!request.GetReflection()->HasField(request, field)) return nullptr;
  return google::protobuf::DynamicCastToGenerated<T>(&request.GetReflection()->GetMessage(request, field));
}

absl::Status Malformed(std::string_view field, std::string_view value, std::string expected) {
  constexpr std::size_t kShown = 200;
  return FieldError(std::string(field), Reason::MALFORMED,
                    {{"value", std::string(Excerpt(value, kShown))}, {"expected", std::move(expected)}});
}

absl::StatusOr<std::int64_t> ReadRevision(const Message& request, const char* field) {
  const std::int64_t revision = resource::IntField(request, field);
  if (revision >= 0) return revision;
  return FieldError(field, Reason::OUT_OF_RANGE, {{"value", std::to_string(revision)}, {"range", ">= 0"}});
}

}  // namespace

absl::StatusOr<resource::Name> ReadName(std::string_view field, const std::string& text,
                                        const store::ResourceType* type) {
  if (text.empty()) return FieldError(std::string(field), Reason::FIELD_REQUIRED);
  std::optional<resource::Name> name = resource::ParseName(text);
  if (name && (type == nullptr || name->collection == type->collection)) return *std::move(name);
  const std::string pattern = "landscapes/{landscape}/{collection}/{id}";
  return Malformed(field, text, type == nullptr ? pattern : type->NameOf("{landscape}", "{id}"));
}

absl::StatusOr<std::string> ReadParent(const Message& request) {
  const std::string text = resource::StringField(request, "parent");
  if (text.empty()) return FieldError("parent", Reason::FIELD_REQUIRED);
  std::optional<std::string> landscape = resource::ParseParent(text);
  if (!landscape) return Malformed("parent", text, "landscapes/{landscape}");
  return *std::move(landscape);
}

absl::StatusOr<store::ReadAt> ReadState(const Message& request) {
  store::ReadAt at;
  ASSIGN_OR_RETURN(at.min_revision, ReadRevision(request, "min_revision"));
  ASSIGN_OR_RETURN(at.revision, ReadRevision(request, "read_revision"));
  if (const auto* time = SubMessage<google::protobuf::Timestamp>(request, "read_time")) {
    // The years 1 to 9999, as google.protobuf.Timestamp says; beyond them microseconds would overflow.
    constexpr std::int64_t kFirst = -62'135'596'800;
    constexpr std::int64_t kLast = 253'402'300'799;
    if (time->seconds() < kFirst || time->seconds() > kLast || time->nanos() < 0 || time->nanos() > 999'999'999) {
      return FieldError("read_time", Reason::OUT_OF_RANGE,
                        {{"value", std::to_string(time->seconds())}, {"range", "0001-01-01 .. 9999-12-31"}});
    }
    at.time = FromProto(*time);
  }
  if (at.revision != 0 && at.time) {
    return FieldError("read_time", Reason::CONFLICTING_FIELDS,
                      Both("why", "ein Stand wird entweder nach Revision oder nach Zeit gelesen",
                           "a state is read either by revision or by time", {{"fields", "read_revision, read_time"}}));
  }
  return at;
}

absl::StatusOr<FieldMask> ReadMask(const Message& request, const std::string& field, const Descriptor& type) {
  const auto* mask = SubMessage<FieldMask>(request, field);
  if (mask == nullptr) return FieldMask();
  RETURN_IF_ERROR(resource::CheckMask(*mask, type, field));
  return *mask;
}

const FieldDescriptor* BodyField(const Message& request, const Descriptor& type) {
  const Descriptor& descriptor = *request.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor* field = descriptor.field(i);
    if (!field->is_repeated() && field->message_type() == &type) return field;
  }
  return nullptr;
}

absl::StatusOr<std::string> ReadNewId(const Message& request, const std::string& field, bool landscape) {
  std::string id = resource::StringField(request, field);
  if (landscape) {
    if (id.empty()) return FieldError(field, Reason::FIELD_REQUIRED);
    if (!resource::IsValidLandscapeId(id)) return Malformed(field, id, "[a-z][a-z0-9-]{2,39}");
    return id;
  }
  if (id.empty()) return RandomId();
  if (!resource::IsValidId(id)) return Malformed(field, id, "[a-z0-9][a-z0-9._-]{0,62}");
  return id;
}

}  // namespace allmende::standard
