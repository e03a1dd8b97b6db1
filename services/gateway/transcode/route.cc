#include "services/gateway/transcode/route.h"

#include <fmt/format.h>
#include <google/api/annotations.pb.h>

#include "common/base/macros.h"
#include "common/base/strings.h"
#include "common/status/error.h"

namespace allmende::gateway {
namespace {

using google::api::HttpRule;
using google::protobuf::Descriptor;

absl::Status Unusable(const MethodDescriptor& method, std::string_view expected) {
  return FieldError("google.api.http", Reason::MALFORMED,
                    {{"value", method.full_name()}, {"expected", std::string(expected)}});
}

// Verb and template of a rule; both empty where it has none.
std::pair<std::string, std::string> PatternOf(const HttpRule& rule) {
  switch (rule.pattern_case()) {
    case HttpRule::kGet:
      return {"GET", rule.get()};
    case HttpRule::kPut:
      return {"PUT", rule.put()};
    case HttpRule::kPost:
      return {"POST", rule.post()};
    case HttpRule::kDelete:
      return {"DELETE", rule.delete_()};
    case HttpRule::kPatch:
      return {"PATCH", rule.patch()};
    case HttpRule::kCustom:
      return {rule.custom().kind(), rule.custom().path()};
    default:
      return {};
  }
}

absl::Status ResolveBody(const HttpRule& rule, Route& route) {
  if (rule.body().empty()) return absl::OkStatus();
  if (rule.body() == "*") {
    route.body = Route::Body::kWhole;
    return absl::OkStatus();
  }
  route.body_field = route.method->input_type()->FindFieldByName(rule.body());
  if (route.body_field == nullptr || route.body_field->message_type() == nullptr || route.body_field->is_repeated()) {
    return Unusable(*route.method, "body: a field that is a message");
  }
  route.body = route.body_field->message_type()->full_name() == "google.api.HttpBody" ? Route::Body::kUpload
                                                                                      : Route::Body::kField;
  return absl::OkStatus();
}

absl::StatusOr<Route> Resolve(const MethodDescriptor& method, const HttpRule& rule) {
  Route route;
  route.method = &method;
  route.rpc = fmt::format("/{}/{}", method.service()->full_name(), method.name());
  auto [verb, path] = PatternOf(rule);
  if (verb.empty()) return Unusable(method, "get, put, post, delete, patch or custom");
  route.verb = std::move(verb);
  ASSIGN_OR_RETURN(route.path, ParsePathTemplate(path));
  for (const PathTemplate::Variable& variable : route.path.variables) {
    FieldPath fields = FindFieldPath(*method.input_type(), variable.field_path);
    if (fields.empty() || fields.back()->is_repeated() || fields.back()->message_type() != nullptr) {
      return Unusable(method, fmt::format("{}: a single field that is no message", variable.field_path));
    }
    route.variables.push_back(std::move(fields));
  }
  RETURN_IF_ERROR(ResolveBody(rule, route));
  if (!rule.response_body().empty()) return Unusable(method, "no response_body");
  if (method.client_streaming() && (route.body != Route::Body::kUpload || method.server_streaming())) {
    return Unusable(method, "a client stream takes an HttpBody and gives one answer");
  }
  return route;
}

}  // namespace

const FieldDescriptor* FindField(const Descriptor& message, std::string_view name) {
  const std::string text(name);
  const FieldDescriptor* field = message.FindFieldByName(text);
  if (field != nullptr) return field;
  field = message.FindFieldByCamelcaseName(text);
  return field != nullptr && field->json_name() == name ? field : nullptr;
}

FieldPath FindFieldPath(const Descriptor& message, std::string_view dotted) {
  FieldPath path;
  const Descriptor* at = &message;
  while (true) {
    const std::size_t dot = std::min(dotted.find('.'), dotted.size());
    const FieldDescriptor* field = at == nullptr ? nullptr : FindField(*at, dotted.substr(0, dot));
    if (field == nullptr) return {};
    path.push_back(field);
    if (dot == dotted.size()) return path;
    at = field->is_repeated() ? nullptr : field->message_type();
    dotted.remove_prefix(dot + 1);
  }
}

absl::StatusOr<std::vector<Route>> CollectRoutes(const std::vector<const ServiceDescriptor*>& services) {
  std::vector<Route> routes;
  for (const ServiceDescriptor* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor& method = *service->method(i);
      if (!method.options().HasExtension(google::api::http)) continue;
      const HttpRule& rule = method.options().GetExtension(google::api::http);
      ASSIGN_OR_RETURN(Route route, Resolve(method, rule));
      routes.push_back(std::move(route));
      for (const HttpRule& additional : rule.additional_bindings()) {
        ASSIGN_OR_RETURN(Route other, Resolve(method, additional));
        routes.push_back(std::move(other));
      }
    }
  }
  return routes;
}

std::vector<const ServiceDescriptor*> ServicesOf(const std::vector<std::string>& files) {
  std::vector<const ServiceDescriptor*> services;
  for (const std::string& name : files) {
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
    if (file == nullptr || !std::string_view(file->package()).starts_with("allmende.")) continue;
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  return services;
}

}  // namespace allmende::gateway
