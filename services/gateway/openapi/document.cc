#include "services/gateway/openapi/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "common/base/macros.h"
#include "common/call/call_context.h"
#include "services/gateway/openapi/components.h"
#include "services/gateway/openapi/descriptors.h"
#include "services/gateway/transcode/query.h"

namespace allmende::gateway {
namespace {

constexpr std::array<std::string_view, 3> kUploadTypes = {"text/csv", "text/tab-separated-values",
                                                          "application/octet-stream"};

std::string FirstSentence(const std::string& comment) {
  const std::size_t end = std::min({comment.find(". "), comment.find("; "), comment.find(": "), comment.size()});
  std::string sentence = comment.substr(0, end);
  if (sentence.ends_with('.')) sentence.pop_back();
  return sentence;
}

// "actors" of /v1/{parent=landscapes/*}/actors:search: the last literal of the path.
std::string TagOf(const Route& route) {
  std::string tag;
  for (const auto& segment : route.path.segments) {
    if (segment.kind == PathTemplate::Segment::Kind::kLiteral) tag = segment.literal;
  }
  return tag;
}

bool HasField(const Route& route, std::string_view name) {
  return route.method->input_type()->FindFieldByName(std::string(name)) != nullptr;
}

bool ChangesState(const Route& route) { return route.verb == "PATCH" || route.verb == "PUT" || route.verb == "DELETE"; }

// Whether the answer may be kept by the caller and asked for again with If-None-Match.
bool IsRead(const Route& route) { return route.verb == "GET" && !route.method->server_streaming(); }

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

Json Info() {
  return {
      {"title", "Allmende"},
      {"version", "1"},
      {"summary", "The shared ground of a municipal education landscape"},
      {"description",
       "Resources of an education landscape: who is there, where, and since when. Names are camelCase in bodies; query "
       "parameters may be written either way. Errors are problem documents (RFC 9457) in German or English "
       "(Accept-Language). Every answer says the landscape's revision in X-Revision; reads take min_revision to see at "
       "least that."},
      {"license", {{"name", "EUPL-1.2"}, {"identifier", "EUPL-1.2"}}},
      {"contact", {{"name", "Allmende"}}}};
}

class Document {
 public:
  void Add(const Route& route) {
    const std::string comment = CommentOf(*route.method);
    const std::string tag = TagOf(route);
    tags_.insert(tag);
    Json operation;
    operation["operationId"] = UniqueId(route.method->name());
    operation["summary"] = FirstSentence(comment);
    operation["description"] = comment;
    operation["tags"] = Json::array({tag});
    operation["parameters"] = Parameters(route);
    if (route.body != Route::Body::kNone) operation["requestBody"] = RequestBody(route);
    operation["responses"] = Responses(route);
    const auto& policy = PolicyOf(*route.method);
    operation["x-scope"] = options::v1::Scope_Name(policy.scope());
    if (policy.has_deadline()) operation["x-deadline"] = fmt::format("{}s", policy.deadline().seconds());
    paths_[route.path.ToText()][LowerCase(route.verb)] = std::move(operation);
  }

  std::string Text() const {
    Json document;
    document["openapi"] = "3.1.0";
    document["info"] = Info();
    document["servers"] = Json::array({{{"url", "/"}, {"description", "This installation"}}});
    document["security"] = Json::array({{{"key", Json::array()}}});
    for (const std::string& tag : tags_) {
      document["tags"].push_back({{"name", tag}, {"description", fmt::format("Everything about {}.", tag)}});
    }
    for (const auto& [path, operations] : paths_) document["paths"][path] = operations;
    document["components"] = Components(schemas_.Definitions());
    return document.dump();
  }

 private:
  std::string UniqueId(const std::string& method) {
    const int uses = ++ids_[method];
    return uses == 1 ? method : fmt::format("{}{}", method, uses);
  }

  Json Parameters(const Route& route) {
    Json parameters = Json::array();
    for (const std::string& name : route.path.ParameterNames()) {
      parameters.push_back({{"name", name},
                            {"in", "path"},
                            {"required", true},
                            {"description", fmt::format("The id of the {}.", name)},
                            {"schema", {{"type", "string"}}}});
    }
    for (const FieldPath& path : QueryFields(route)) parameters.push_back(QueryParameter(path));
    if (IsRead(route)) parameters.push_back(ParameterReference("IfNoneMatch"));
    if (ChangesState(route)) parameters.push_back(ParameterReference("IfMatch"));
    if (HasField(route, "request_id")) parameters.push_back(ParameterReference("IdempotencyKey"));
    if (route.method->server_streaming()) parameters.push_back(ParameterReference("LastEventId"));
    parameters.push_back(ParameterReference("AcceptLanguage"));
    return parameters;
  }

  Json QueryParameter(const FieldPath& path) {
    std::string name;
    for (const FieldDescriptor* field : path) name += (name.empty() ? "" : ".") + field->name();
    if (name == "read_mask") name = "fields";
    Json parameter = {{"name", name}, {"in", "query"}};
    if (const std::string comment = CommentOf(*path.back()); !comment.empty()) parameter["description"] = comment;
    parameter["schema"] = schemas_.Of(*path.back());
    if (path.back()->is_repeated()) parameter["explode"] = true;
    return parameter;
  }

  Json RequestBody(const Route& route) {
    Json body = {{"required", true}};
    if (route.body_field != nullptr) body["description"] = CommentOf(*route.body_field);
    if (route.body == Route::Body::kUpload) {
      for (const std::string_view type : kUploadTypes) {
        body["content"][std::string(type)] = {{"schema", {{"type", "string"}}}};
      }
      return body;
    }
    const auto& message =
        route.body == Route::Body::kWhole ? *route.method->input_type() : *route.body_field->message_type();
    body["content"]["application/json"] = {{"schema", schemas_.Reference(message)}};
    return body;
  }

  Json Responses(const Route& route) {
    Json responses;
    const Descriptor& reply = *route.method->output_type();
    Json headers = {{"X-Revision", HeaderReference("XRevision")}, {"X-Request-Id", HeaderReference("XRequestId")}};
    if (reply.full_name() == "google.protobuf.Empty") {
      responses["204"] = {{"description", "Done."}, {"headers", std::move(headers)}};
    } else if (route.method->server_streaming()) {
      responses["200"] = {{"description", "Events named “changes”; the id of each is the revision."},
                          {"content", {{"text/event-stream", {{"schema", schemas_.Reference(reply)}}}}}};
    } else {
      const bool makes = route.verb == "POST" && route.path.verb.empty() && route.body == Route::Body::kField &&
                         route.body_field->message_type() == &reply;
      if (reply.FindFieldByName("etag") != nullptr || IsRead(route)) headers["ETag"] = HeaderReference("ETag");
      if (reply.FindFieldByName("next_page_token") != nullptr) headers["Link"] = HeaderReference("Link");
      if (makes) headers["Location"] = HeaderReference("Location");
      const std::string comment = CommentOf(reply);
      responses[makes ? "201" : "200"] = {{"description", comment.empty() ? reply.name() : comment},
                                          {"headers", std::move(headers)},
                                          {"content", {{"application/json", {{"schema", schemas_.Reference(reply)}}}}}};
    }
    if (IsRead(route)) responses["304"] = {{"description", "The caller has it already."}};
    responses["default"] = ResponseReference("Problem");
    return responses;
  }

  Schemas schemas_;
  std::map<std::string, Json> paths_;
  std::set<std::string> tags_;
  std::map<std::string, int> ids_;
};

}  // namespace

absl::StatusOr<std::string> OpenApiDocument(const std::vector<const ServiceDescriptor*>& services) {
  ASSIGN_OR_RETURN(const std::vector<Route> routes, CollectRoutes(services));
  Document document;
  for (const Route& route : routes) document.Add(route);
  return document.Text();
}

}  // namespace allmende::gateway
