#include "common/standard/standard_methods.h"

#include <re2/re2.h>

#include <cstdlib>
#include <utility>

#include "common/base/macros.h"
#include "common/resource/field_mask.h"
#include "common/resource/filter.h"
#include "common/resource/order_by.h"
#include "common/resource/page_token.h"
#include "common/resource/request.h"
#include "common/standard/changes.h"
#include "common/standard/request_parts.h"

namespace allmende::standard {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;

constexpr int kPageSize = 50;
constexpr int kMaxBatch = 1000;

absl::Status Fill(const std::string& bytes, const FieldMask& mask, Message& resource) {
  if (!resource.ParseFromString(bytes)) return Error(Reason::INTERNAL_ERROR);
  resource::KeepOnly(mask, resource);
  return absl::OkStatus();
}

void SetNextPage(const Message& request, const std::string& cursor, Message& reply) {
  if (cursor.empty()) return;
  const FieldDescriptor* field = reply.GetDescriptor()->FindFieldByName("next_page_token");
  reply.GetReflection()->SetString(&reply, field, resource::MakePageToken(request, cursor));
}

// The landscapes in which the caller has a role; absent: in all.
std::optional<std::vector<std::string>> VisibleLandscapes(const Principal& principal) {
  if (principal.roles.contains("*")) return std::nullopt;
  std::vector<std::string> visible;
  for (const auto& [landscape, roles] : principal.roles) {
    if (!roles.empty()) visible.push_back(landscape);
  }
  return visible;
}

absl::StatusOr<store::Query> ReadQuery(const Message& request) {
  store::Query query;
  ASSIGN_OR_RETURN(query.limit, resource::ReadPageSize(request, kPageSize));
  ASSIGN_OR_RETURN(query.filter, resource::ParseFilter(resource::StringField(request, "filter")));
  ASSIGN_OR_RETURN(query.order, resource::ParseOrderBy(resource::StringField(request, "order_by")));
  ASSIGN_OR_RETURN(query.at, ReadState(request));
  ASSIGN_OR_RETURN(query.cursor, resource::ReadPageToken(request));
  return query;
}

// The ids of the names asked for, all of them in the landscape.
absl::StatusOr<std::vector<std::string>> ReadNames(const Message& request, const std::string& landscape,
                                                   const store::ResourceType& type) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("names");
  const int count = request.GetReflection()->FieldSize(request, field);
  if (count == 0) return FieldError("names", Reason::FIELD_REQUIRED);
  if (count > kMaxBatch) {
    return FieldError("names", Reason::OUT_OF_RANGE, {{"value", std::to_string(count)}, {"range", "1..1000"}});
  }
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) {
    const std::string text = request.GetReflection()->GetRepeatedString(request, field, i);
    const std::string place = "names[" + std::to_string(i) + "]";
    ASSIGN_OR_RETURN(resource::Name name, ReadName(place, text, &type));
    if (name.landscape != landscape) {
      return FieldError(place, Reason::MALFORMED, {{"value", text}, {"expected", type.NameOf(landscape, "{id}")}});
    }
    ids.push_back(std::move(name.id));
  }
  return ids;
}

}  // namespace

StandardMethods::StandardMethods(store::Store& store, std::vector<const store::ResourceType*> types)
    : store_(store), types_(std::move(types)) {}

const store::ResourceType& StandardMethods::TypeOfMessage(const Descriptor& message) const {
  for (const store::ResourceType* type : types_) {
    if (type->descriptor == &message) return *type;
  }
  std::abort();  // a service offers a standard method for a resource that it did not declare
}

const store::ResourceType& StandardMethods::TypeOfMethod(const CallContext& call) const {
  static const re2::RE2 kAbout("(?:Delete|List)(.+?)(?:History)?");
  std::string about;
  if (call.method != nullptr) re2::RE2::FullMatch(call.method->name(), kAbout, &about);
  for (const store::ResourceType* type : types_) {
    if (type->descriptor->name() == about) return *type;
  }
  std::abort();  // a service offers a standard method for a resource that it did not declare
}

absl::Status StandardMethods::Get(CallContext& call, const Message& request, Message& reply) {
  const store::ResourceType& type = TypeOfMessage(*reply.GetDescriptor());
  ASSIGN_OR_RETURN(const resource::Name name, ReadName("name", resource::StringField(request, "name"), &type));
  ASSIGN_OR_RETURN(const FieldMask mask, ReadMask(request, "read_mask", *type.descriptor));
  ASSIGN_OR_RETURN(const store::ReadAt at, ReadState(request));
  call.landscape = name.landscape;
  ASSIGN_OR_RETURN(const auto records, store_.Read(call, type, {&name.id, 1}, at));
  if (!records.front()) return Error(Reason::NOT_FOUND, {{"name", name.ToString()}});
  return Fill(records.front()->bytes, mask, reply);
}

absl::Status StandardMethods::List(CallContext& call, const Message& request, Message& reply) {
  const FieldDescriptor* items = resource::ItemsField(*reply.GetDescriptor());
  const store::ResourceType& type = TypeOfMessage(*items->message_type());
  const bool landscapes = type.collection == "landscapes";
  if (!landscapes) {
    ASSIGN_OR_RETURN(call.landscape, ReadParent(request));
  }
  ASSIGN_OR_RETURN(const FieldMask mask, ReadMask(request, "read_mask", *type.descriptor));
  ASSIGN_OR_RETURN(const store::Query query, ReadQuery(request));
  ASSIGN_OR_RETURN(const store::QueryResult found,
                   landscapes ? store_.FindLandscapes(call, type, query, VisibleLandscapes(call.principal))
                              : store_.Find(call, type, query));
  for (const store::Hit& hit : found.hits) {
    RETURN_IF_ERROR(Fill(hit.record.bytes, mask, *reply.GetReflection()->AddMessage(&reply, items)));
  }
  SetNextPage(request, found.next_cursor, reply);
  return absl::OkStatus();
}

absl::Status StandardMethods::BatchGet(CallContext& call, const Message& request, Message& reply) {
  const FieldDescriptor* items = resource::ItemsField(*reply.GetDescriptor());
  const store::ResourceType& type = TypeOfMessage(*items->message_type());
  ASSIGN_OR_RETURN(call.landscape, ReadParent(request));
  ASSIGN_OR_RETURN(const std::vector<std::string> ids, ReadNames(request, call.landscape, type));
  ASSIGN_OR_RETURN(const FieldMask mask, ReadMask(request, "read_mask", *type.descriptor));
  ASSIGN_OR_RETURN(const store::ReadAt at, ReadState(request));
  ASSIGN_OR_RETURN(const auto records, store_.Read(call, type, ids, at));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!records[i]) return Error(Reason::NOT_FOUND, {{"name", type.NameOf(call.landscape, ids[i])}});
    RETURN_IF_ERROR(Fill(records[i]->bytes, mask, *reply.GetReflection()->AddMessage(&reply, items)));
  }
  return absl::OkStatus();
}

absl::Status StandardMethods::History(CallContext& call, const type::v1::ListHistoryRequest& request,
                                      type::v1::ListHistoryResponse& reply) {
  const store::ResourceType& type = TypeOfMethod(call);
  ASSIGN_OR_RETURN(const resource::Name name, ReadName("name", request.name(), &type));
  ASSIGN_OR_RETURN(const int size, resource::ReadPageSize(request, kPageSize));
  ASSIGN_OR_RETURN(const std::string token, resource::ReadPageToken(request));
  const std::int64_t below = token.empty() ? 0 : std::strtoll(token.c_str(), nullptr, 10);
  call.landscape = name.landscape;
  // One more than asked for tells whether there is a further page.
  ASSIGN_OR_RETURN(auto commits, store_.History(call, type, name.id, below, size + 1));
  if (commits.empty() && token.empty()) return Error(Reason::NOT_FOUND, {{"name", request.name()}});
  const bool further = std::cmp_greater(commits.size(), size);
  if (further) commits.resize(static_cast<std::size_t>(size));
  for (const store::Commit& commit : commits) {
    for (const store::Change& change : commit.changes) {
      *reply.add_changes() = ToChange(types_, name.landscape, commit, change);
    }
  }
  if (further) SetNextPage(request, std::to_string(commits.back().revision), reply);
  return absl::OkStatus();
}

}  // namespace allmende::standard
