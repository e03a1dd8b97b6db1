// Create, Update and Delete.
#include <google/protobuf/util/message_differencer.h>

#include <memory>

#include "common/base/macros.h"
#include "common/resource/field_mask.h"
#include "common/resource/request.h"
#include "common/standard/request_parts.h"
#include "common/standard/standard_methods.h"

namespace allmende::standard {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using store::Transaction;

std::unique_ptr<Message> CopyOf(const Message& message) {
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

// The resource in the request's body without what a caller cannot set. FIELD_REQUIRED where there is none.
absl::StatusOr<std::unique_ptr<Message>> ReadBody(const Message& request, const FieldDescriptor& field) {
  if (!request.GetReflection()->HasField(request, &field)) return FieldError(field.name(), Reason::FIELD_REQUIRED);
  std::unique_ptr<Message> body = CopyOf(request.GetReflection()->GetMessage(request, &field));
  resource::ClearOutputOnly(*body);
  return body;
}

absl::Status ParseInto(const absl::StatusOr<std::string>& bytes, Message& reply) {
  if (!bytes.ok()) return bytes.status();
  return reply.ParseFromString(*bytes) ? absl::OkStatus() : Error(Reason::INTERNAL_ERROR);
}

absl::Status StaleEtag(const std::string& name, const std::string& current, const std::string& expected) {
  return Error(Reason::STALE_ETAG, {{"name", name}, {"current", current}, {"expected", expected}});
}

}  // namespace

absl::Status StandardMethods::Create(CallContext& call, const Message& request, Message& reply) {
  const store::ResourceType& type = TypeOfMessage(*reply.GetDescriptor());
  const FieldDescriptor& field = *BodyField(request, *type.descriptor);
  const bool landscape = type.collection == "landscapes";
  ASSIGN_OR_RETURN(const std::string id, ReadNewId(request, field.name() + "_id", landscape));
  if (landscape) {
    call.landscape = id;
  } else {
    ASSIGN_OR_RETURN(call.landscape, ReadParent(request));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> body, ReadBody(request, field));
  const bool validate_only = resource::BoolField(request, "validate_only");
  const auto create = [&](Transaction& tx) -> absl::StatusOr<std::string> {
    if (validate_only) tx.Discard();
    ASSIGN_OR_RETURN(const auto created, tx.Create(type, id, *body));
    return created->SerializeAsString();
  };
  return ParseInto(store_.Transact(call, create, {.create_landscape = landscape}), reply);
}

absl::Status StandardMethods::Update(CallContext& call, const Message& request, Message& reply) {
  const store::ResourceType& type = TypeOfMessage(*reply.GetDescriptor());
  const FieldDescriptor& field = *BodyField(request, *type.descriptor);
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> body, ReadBody(request, field));
  ASSIGN_OR_RETURN(const resource::Name name,
                   ReadName(field.name() + ".name", resource::StringField(*body, "name"), &type));
  ASSIGN_OR_RETURN(const FieldMask mask, ReadMask(request, "update_mask", *type.descriptor));
  call.landscape = name.landscape;
  const std::string etag = resource::StringField(*body, "etag");
  const bool validate_only = resource::BoolField(request, "validate_only");
  const auto update = [&](Transaction& tx) -> absl::StatusOr<std::string> {
    if (validate_only) tx.Discard();
    ASSIGN_OR_RETURN(const auto current, tx.Find(type, name.id));
    if (current == nullptr) return Error(Reason::NOT_FOUND, {{"name", name.ToString()}});
    const std::string current_etag = resource::StringField(*current, "etag");
    if (!etag.empty() && etag != current_etag) return StaleEtag(name.ToString(), current_etag, etag);
    const std::unique_ptr<Message> changed = CopyOf(*current);
    RETURN_IF_ERROR(resource::ApplyUpdate(*body, mask, field.name(), *changed));
    if (google::protobuf::util::MessageDifferencer::Equals(*changed, *current)) return current->SerializeAsString();
    ASSIGN_OR_RETURN(const auto stored, tx.Replace(type, name.id, *changed, etag));
    return stored->SerializeAsString();
  };
  return ParseInto(store_.Transact(call, update), reply);
}

absl::Status StandardMethods::Delete(CallContext& call, const Message& request, Message& /*reply*/) {
  const store::ResourceType& type = TypeOfMethod(call);
  ASSIGN_OR_RETURN(const resource::Name name, ReadName("name", resource::StringField(request, "name"), &type));
  call.landscape = name.landscape;
  if (type.collection == "landscapes") return DeleteLandscape(call, type, request);
  const std::string etag = resource::StringField(request, "etag");
  const bool validate_only = resource::BoolField(request, "validate_only");
  const auto remove = [&](Transaction& tx) -> absl::StatusOr<std::string> {
    if (validate_only) tx.Discard();
    RETURN_IF_ERROR(tx.Remove(type, name.id, etag));
    return std::string();
  };
  return store_.Transact(call, remove).status();
}

absl::Status StandardMethods::DeleteLandscape(CallContext& call, const store::ResourceType& type,
                                              const Message& request) {
  const std::string expected = resource::StringField(request, "etag");
  ASSIGN_OR_RETURN(const auto records, store_.Read(call, type, {&call.landscape, 1}, {}));
  const std::string name = type.NameOf(call.landscape, call.landscape);
  if (!records.front()) return Error(Reason::NOT_FOUND, {{"name", name}});
  const std::unique_ptr<Message> current(type.prototype->New());
  if (!current->ParseFromString(records.front()->bytes)) return Error(Reason::INTERNAL_ERROR);
  const std::string etag = resource::StringField(*current, "etag");
  if (!expected.empty() && expected != etag) return StaleEtag(name, etag, expected);
  return resource::BoolField(request, "validate_only") ? absl::OkStatus() : store_.DropLandscape(call);
}

}  // namespace allmende::standard
