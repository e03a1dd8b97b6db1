#include "services/gateway/handling/request_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/base/macros.h"
#include "common/status/error.h"
#include "services/gateway/transcode/json_reader.h"
#include "services/gateway/transcode/query.h"

namespace allmende::gateway {
namespace {

using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::string_view kJson = "application/json";
constexpr std::array<std::string_view, 3> kUploads = {"text/csv", "text/tab-separated-values",
                                                      "application/octet-stream"};

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// "Text/CSV; charset=utf-8" -> "text/csv"
std::string MediaType(std::string_view content_type) {
  std::string type(Trimmed(content_type.substr(0, content_type.find(';'))));
  std::transform(type.begin(), type.end(), type.begin(), [](unsigned char c) { return std::tolower(c); });
  return type;
}

absl::Status CheckMediaType(const Route& route, const RequestHead& head, std::string_view body) {
  const std::string type = MediaType(head.header("content-type"));
  if (route.body == Route::Body::kUpload) {
    if (std::ranges::find(kUploads, type) != kUploads.end()) return absl::OkStatus();
    return Error(Reason::UNSUPPORTED_MEDIA_TYPE,
                 {{"value", type}, {"expected", fmt::format("{}", fmt::join(kUploads, ", "))}});
  }
  if (route.body == Route::Body::kNone) {
    if (body.empty()) return absl::OkStatus();
    return Error(Reason::BAD_REQUEST, Both("why", "hier wird kein Inhalt erwartet", "no body is expected here"));
  }
  if (type == kJson || (body.empty() && type.empty())) return absl::OkStatus();
  return Error(Reason::UNSUPPORTED_MEDIA_TYPE, {{"value", type}, {"expected", std::string(kJson)}});
}

const FieldDescriptor* StringFieldOf(const Message& message, std::string_view name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(std::string(name));
  const bool text = field != nullptr && field->type() == FieldDescriptor::TYPE_STRING && !field->is_repeated();
  return text ? field : nullptr;
}

// The mask of a change that names none: the fields its body mentions (a merge patch, RFC 7396).
void MaskFromBody(const std::vector<std::string>& present, Message& request) {
  const FieldDescriptor* mask = request.GetDescriptor()->FindFieldByName("update_mask");
  if (mask == nullptr || request.GetReflection()->HasField(request, mask)) return;
  Message& paths = *request.GetReflection()->MutableMessage(&request, mask);
  const FieldDescriptor* path = paths.GetDescriptor()->FindFieldByName("paths");
  for (const std::string& name : present) {
    if (name != "name" && name != "etag") paths.GetReflection()->AddString(&paths, path, name);
  }
}

absl::Status ReadBody(const Route& route, std::string_view body, Message& request, Violations& violations,
                      std::vector<std::string>& present) {
  if (route.body == Route::Body::kWhole) {
    return body.empty() ? absl::OkStatus() : ReadJson(body, "", request, violations);
  }
  if (route.body != Route::Body::kField) return absl::OkStatus();
  Message& field = *request.GetReflection()->MutableMessage(&request, route.body_field);
  return ReadJson(body, route.body_field->name(), field, violations, &present);
}

// Where a change carries the etag that it starts from: in the resource it brings, else in the request itself.
struct EtagPlace {
  Message* message = nullptr;
  const FieldDescriptor* field = nullptr;
};
EtagPlace EtagPlaceOf(const Route& route, Message& request) {
  if (route.body == Route::Body::kField) {
    Message& resource = *request.GetReflection()->MutableMessage(&request, route.body_field);
    if (const FieldDescriptor* field = StringFieldOf(resource, "etag")) return {&resource, field};
  }
  if (const FieldDescriptor* field = StringFieldOf(request, "etag")) return {&request, field};
  return {};
}

absl::Status ApplyIfMatch(const Route& route, std::string_view if_match, Message& request) {
  if (route.verb != "PATCH" && route.verb != "PUT" && route.verb != "DELETE") return absl::OkStatus();
  const EtagPlace place = EtagPlaceOf(route, request);
  if (place.field == nullptr) return absl::OkStatus();
  const std::string_view tag = Trimmed(if_match);
  if (tag.empty()) return Error(Reason::ETAG_REQUIRED);
  if (tag == "*") {
    place.message->GetReflection()->ClearField(place.message, place.field);
    return absl::OkStatus();
  }
  const std::string_view plain = Unwrapped(tag);
  if (plain.size() == tag.size() || plain.find('"') != std::string_view::npos) {
    return Error(Reason::BAD_REQUEST, Both("why", "If-Match nimmt genau ein ETag in Anführungszeichen oder *",
                                           "If-Match takes exactly one ETag in quotes or *"));
  }
  place.message->GetReflection()->SetString(place.message, place.field, std::string(plain));
  return absl::OkStatus();
}

void ApplyIdempotencyKey(std::string_view key, Message& request, Violations& violations) {
  const FieldDescriptor* field = StringFieldOf(request, "request_id");
  if (key.empty() || field == nullptr) return;
  // A structured-field string in quotes, as the draft of the header has it, or bare.
  if (key.size() >= 2 && key.front() == '"' && key.back() == '"') key = key.substr(1, key.size() - 2);
  const std::string given = request.GetReflection()->GetString(request, field);
  if (!given.empty() && given != key) {
    violations.Add("request_id", Reason::CONFLICTING_FIELDS,
                   Both("why", "sie nennen Verschiedenes", "they differ", {{"fields", "request_id, Idempotency-Key"}}));
  }
  request.GetReflection()->SetString(&request, field, std::string(key));
}

}  // namespace

std::string_view Unwrapped(std::string_view tag) {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  const bool quoted = tag.size() >= 2 && tag.front() == '"' && tag.back() == '"';
  return quoted ? tag.substr(1, tag.size() - 2) : tag;
}

bool NamesTag(std::string_view if_none_match, std::string_view tag) {
  while (!if_none_match.empty()) {
    const std::size_t comma = std::min(if_none_match.find(','), if_none_match.size());
    const std::string_view one = Trimmed(if_none_match.substr(0, comma));
    if_none_match.remove_prefix(std::min(comma + 1, if_none_match.size()));
    if (one == "*" || (!tag.empty() && Unwrapped(one) == tag)) return true;
  }
  return false;
}

absl::Status BuildRequest(const RouteMatch& match, const RequestHead& head, std::string_view body, Message& request) {
  const Route& route = *match.route;
  RETURN_IF_ERROR(CheckMediaType(route, head, body));
  Violations violations;
  std::vector<std::string> present;
  RETURN_IF_ERROR(ReadBody(route, body, request, violations, present));
  RETURN_IF_ERROR(BindPath(match, request));
  ASSIGN_OR_RETURN(const std::vector<Parameter> parameters, ParseQuery(head.query()));
  BindQuery(route, parameters, request, violations);
  ApplyIdempotencyKey(head.header("idempotency-key"), request, violations);
  RETURN_IF_ERROR(violations.ToStatus());
  if (route.body == Route::Body::kField) MaskFromBody(present, request);
  return ApplyIfMatch(route, head.header("if-match"), request);
}

}  // namespace allmende::gateway
