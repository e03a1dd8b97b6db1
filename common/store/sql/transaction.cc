#include "common/store/sql/transaction.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/timestamp.pb.h>
#include <xxhash.h>

#include <algorithm>

#include "common/base/ids.h"
#include "common/base/macros.h"
#include "common/resource/name.h"
#include "common/store/message_check.h"
#include "common/store/sql/derived.h"

namespace allmende::store::sql {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Timestamp;

// The same bytes for the same content, also where there are maps.
std::string Serialise(const Message& message) {
  std::string bytes;
  bytes.reserve(message.ByteSizeLong());
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeWithCachedSizes(&coded);
  coded.Trim();
  return bytes;
}

void SetText(Message& message, const FieldDescriptor* field, std::string text) {
  if (field != nullptr) message.GetReflection()->SetString(&message, field, std::move(text));
}

void SetTime(Message& message, const FieldDescriptor* field, const Timestamp& time) {
  if (field != nullptr) static_cast<Timestamp&>(*message.GetReflection()->MutableMessage(&message, field)) = time;
}

std::string TextOf(const Message& message, const FieldDescriptor* field) {
  return field == nullptr ? std::string() : message.GetReflection()->GetString(message, field);
}

const Timestamp& TimeOf(const Message& message, const FieldDescriptor* field) {
  return static_cast<const Timestamp&>(message.GetReflection()->GetMessage(message, field));
}

// Gives `after` the standard fields of `before`, so that the two differ only in what a caller can mean.
void TakeOverStandardFields(const StandardFields& fields, const Message& before, Message& after) {
  if (fields.revision != nullptr) {
    after.GetReflection()->SetInt64(&after, fields.revision, before.GetReflection()->GetInt64(before, fields.revision));
  }
  if (fields.etag != nullptr) SetText(after, fields.etag, TextOf(before, fields.etag));
  if (fields.create_time != nullptr) SetTime(after, fields.create_time, TimeOf(before, fields.create_time));
  if (fields.update_time != nullptr) SetTime(after, fields.update_time, TimeOf(before, fields.update_time));
}

std::string EtagOf(std::string_view bytes) {
  const XXH64_hash_t hash = XXH3_64bits(bytes.data(), bytes.size());
  return Base32(std::string_view(reinterpret_cast<const char*>(&hash), sizeof(hash)));
}

absl::Status CheckEtag(const ResourceType& type, const std::string& name, const Message& before,
                       std::string_view etag) {
  const std::string current = TextOf(before, type.standard.etag);
  if (etag.empty() || etag == current) return absl::OkStatus();
  return Error(Reason::STALE_ETAG, {{"name", name}, {"current", current}, {"expected", std::string(etag)}});
}

bool IsValid(const ResourceType& type, std::string_view landscape, std::string_view id) {
  if (type.collection == "landscapes") return id == landscape && resource::IsValidLandscapeId(id);
  return resource::IsValidId(id);
}

}  // namespace

absl::StatusOr<Version> SqlTransaction::Current(KeyView key) {
  if (const Version* own = own_.Find(key)) return *own;
  if (!IsValid(*key.type, landscape(), key.id)) return Version{};
  return batch_.Find(key);
}

absl::StatusOr<std::shared_ptr<const Message>> SqlTransaction::Find(const ResourceType& type, std::string_view id) {
  ASSIGN_OR_RETURN(Version version, Current({&type, id}));
  return std::move(version.message);
}

absl::StatusOr<std::shared_ptr<const Message>> SqlTransaction::Create(const ResourceType& type, std::string_view id,
                                                                      const Message& resource) {
  if (!IsValid(type, landscape(), id)) {
    return FieldError(type.singular + "_id", Reason::MALFORMED,
                      Both("expected", "eine Kennung aus a-z, 0-9, „-“, „.“ und „_“", "an id of a-z, 0-9, -, . and _",
                           {{"value", std::string(id)}}));
  }
  ASSIGN_OR_RETURN(const Version before, Current({&type, id}));
  if (before.message != nullptr) return Error(Reason::ALREADY_EXISTS, {{"name", type.NameOf(landscape(), id)}});
  return Put(type, id, before, resource);
}

absl::StatusOr<std::shared_ptr<const Message>> SqlTransaction::Replace(const ResourceType& type, std::string_view id,
                                                                       const Message& resource, std::string_view etag) {
  ASSIGN_OR_RETURN(const Version before, Current({&type, id}));
  const std::string name = type.NameOf(landscape(), id);
  if (before.message == nullptr) return Error(Reason::NOT_FOUND, {{"name", name}});
  RETURN_IF_ERROR(CheckEtag(type, name, *before.message, etag));
  return Put(type, id, before, resource);
}

absl::StatusOr<std::shared_ptr<const Message>> SqlTransaction::Put(const ResourceType& type, std::string_view id,
                                                                   const Version& before, const Message& resource) {
  std::shared_ptr<Message> after(resource.New());
  after->CopyFrom(resource);
  SetText(*after, type.standard.name, type.NameOf(landscape(), id));
  const std::size_t mark = own_.Mark();
  const auto undo = [&](absl::Status status) {
    own_.UndoTo(mark);
    return status;
  };
  if (type.complete) {
    if (absl::Status status = type.complete(*this, before.message.get(), *after); !status.ok()) return undo(status);
  }
  if (before.message != nullptr) {
    TakeOverStandardFields(type.standard, *before.message, *after);
    if (Serialise(*after) == *before.bytes) return before.message;
  }
  const StandardFields& fields = type.standard;
  if (fields.revision != nullptr) after->GetReflection()->SetInt64(after.get(), fields.revision, revision());
  if (before.message == nullptr) SetTime(*after, fields.create_time, ToProto(now()));
  SetTime(*after, fields.update_time, ToProto(now()));
  SetText(*after, fields.etag, "");
  if (absl::Status status = Check(type, id, *after); !status.ok()) return undo(status);
  SetText(*after, fields.etag, EtagOf(Serialise(*after)));
  own_.Put({&type, id}, {after, std::make_shared<const std::string>(Serialise(*after))});
  if (type.follow) {
    if (absl::Status status = type.follow(*this, before.message.get(), after.get()); !status.ok()) return undo(status);
    // What followed may have changed this very resource again.
    ASSIGN_OR_RETURN(Version version, Current({&type, id}));
    if (version.message != nullptr) return std::move(version.message);
  }
  return after;
}

absl::Status SqlTransaction::Check(const ResourceType& type, std::string_view id, const Message& after) {
  Violations violations;
  CheckDeclared(after, violations);
  RETURN_IF_ERROR(CheckReferences(type, id, after, violations));
  CheckDerived(type, after, violations);
  if (type.check) RETURN_IF_ERROR(type.check(*this, after, violations));
  if (violations.empty()) return absl::OkStatus();
  Violations prefixed;
  prefixed.Merge(type.singular, violations);
  return prefixed.ToStatus();
}

absl::Status SqlTransaction::CheckReferences(const ResourceType& type, std::string_view id, const Message& after,
                                             Violations& violations) {
  absl::Status failure;
  VisitReferences(after, [&](const Reference& reference) {
    if (!failure.ok()) return;
    const std::optional<resource::Name> name = resource::ParseName(reference.name);
    bool exists = name.has_value() && name->landscape == landscape();
    // What another service keeps cannot be looked up here; its rules say what may be named.
    const ResourceType* target = exists ? batch_.TypeOf(reference.type) : nullptr;
    if (target != nullptr) {
      exists = name->collection == target->collection;
      const bool is_itself = target == &type && name->id == id;
      if (exists && !is_itself) {
        const absl::StatusOr<Version> found = Current({target, name->id});
        if (!found.ok()) failure = found.status();
        exists = found.ok() && found->message != nullptr;
      }
    }
    if (!exists) violations.Add(reference.path(), Reason::UNKNOWN_REFERENCE, {{"value", std::string(reference.name)}});
  });
  return failure;
}

absl::Status SqlTransaction::Remove(const ResourceType& type, std::string_view id, std::string_view etag) {
  ASSIGN_OR_RETURN(const Version before, Current({&type, id}));
  const std::string name = type.NameOf(landscape(), id);
  if (before.message == nullptr) return Error(Reason::NOT_FOUND, {{"name", name}});
  RETURN_IF_ERROR(CheckEtag(type, name, *before.message, etag));
  const std::size_t mark = own_.Mark();
  own_.Put({&type, id}, {});
  absl::Status status;
  if (type.follow) status = type.follow(*this, before.message.get(), nullptr);
  // Only now: what follows a removal may be that others stop naming it.
  for (const ResourceType* other : batch_.types()) {
    if (status.ok()) status = CheckUnreferenced(*other, {&type, id}, name);
  }
  if (!status.ok()) own_.UndoTo(mark);
  return status;
}

bool SqlTransaction::IsWritten(KeyView key) const {
  return own_.Find(key) != nullptr || batch_.written().Find(key) != nullptr;
}

absl::Status SqlTransaction::CheckStored(const ResourceType& type, KeyView removed, const std::string& name,
                                         const absl::StatusOr<std::vector<std::string>>& ids) const {
  if (!ids.ok()) return ids.status();
  for (const std::string& id : *ids) {
    const bool is_itself = &type == removed.type && id == removed.id;
    if (is_itself || IsWritten({&type, id})) continue;
    return Error(Reason::STILL_REFERENCED, {{"name", name}, {"by", type.NameOf(landscape(), id)}});
  }
  return absl::OkStatus();
}

absl::Status SqlTransaction::CheckUnreferenced(const ResourceType& type, KeyView removed, const std::string& name) {
  std::int64_t written = 1;
  for (const Overlay* overlay : std::initializer_list<const Overlay*>{&own_, &batch_.written()}) {
    for (const Key& key : overlay->written()) {
      if (key.type != &type) continue;
      ++written;
      const Version* now = own_.Find(key);
      if (now == nullptr) now = batch_.written().Find(key);
      if (now->message == nullptr) continue;
      bool names_it = false;
      VisitReferences(*now->message, [&](const Reference& reference) { names_it |= reference.name == name; });
      if (names_it && !(key.type == removed.type && key.id == removed.id)) {
        return Error(Reason::STILL_REFERENCED, {{"name", name}, {"by", type.NameOf(landscape(), key.id)}});
      }
    }
  }
  // One more than was written, so that at least one untouched record is among those found if there is any.
  const std::string& target = removed.type->resource;
  for (const ColumnSpec& column : type.columns) {
    if (column.reference != target) continue;
    RETURN_IF_ERROR(CheckStored(type, removed, name, batch_.StoredIds(type, column, name, written + 1)));
  }
  for (std::size_t i = 0; i < type.terms.size(); ++i) {
    if (type.terms[i].reference != target && type.terms[i].reference != "*") continue;
    RETURN_IF_ERROR(CheckStored(type, removed, name,
                                batch_.StoredIdsWithTerm(type, static_cast<std::int64_t>(i), name, written + 1)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> SqlTransaction::FindIds(const ResourceType& type, std::string_view column_name,
                                                                 const Value& value, int limit) {
  const ColumnSpec* column = type.FindColumn(column_name);
  if (column == nullptr) return Error(Reason::INTERNAL_ERROR);
  std::set<std::string> found = own_.IdsWith(type, *column, value);
  for (const std::string& id : batch_.written().IdsWith(type, *column, value)) {
    if (own_.Find({&type, id}) == nullptr) found.insert(id);
  }
  const auto written = static_cast<std::int64_t>(own_.written().size() + batch_.written().written().size());
  ASSIGN_OR_RETURN(const std::vector<std::string> stored, batch_.StoredIds(type, *column, value, limit + written));
  for (const std::string& id : stored) {
    if (!IsWritten({&type, id})) found.insert(id);
  }
  std::vector<std::string> ids(found.begin(), found.end());
  if (ids.size() > static_cast<std::size_t>(limit)) ids.resize(static_cast<std::size_t>(limit));
  return ids;
}

std::vector<RecordChange> SqlTransaction::Finish() {
  std::vector<RecordChange> changes;
  for (const Key& key : own_.written()) {
    const Version& after = *own_.Find(key);
    const Version* written = batch_.written().Find(key);
    const Version before = written != nullptr ? *written : batch_.StoredBefore(key).version;
    if (after.bytes == before.bytes) continue;
    const ChangeKind kind = before.message == nullptr  ? ChangeKind::kCreated
                            : after.message == nullptr ? ChangeKind::kDeleted
                                                       : ChangeKind::kUpdated;
    changes.push_back({key, kind, after.message == nullptr ? before.bytes : after.bytes});
    batch_.written().Put(key, after);
  }
  return changes;
}

}  // namespace allmende::store::sql
