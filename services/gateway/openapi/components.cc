#include "services/gateway/openapi/components.h"

#include <fmt/format.h>

#include "common/status/error.h"

namespace allmende::gateway {
namespace {

Json Header(std::string_view description) { return {{"description", description}, {"schema", {{"type", "string"}}}}; }

Json HeaderParameter(std::string_view name, bool required, std::string_view description) {
  return {{"name", name},
          {"in", "header"},
          {"required", required},
          {"description", description},
          {"schema", {{"type", "string"}}}};
}

Json Parameters() {
  return {{"IfNoneMatch", HeaderParameter("If-None-Match", false, "Answer 304 where the ETag is still this one.")},
          {"IfMatch",
           HeaderParameter("If-Match", true, "The ETag of the state that the change starts from, or * for any state.")},
          {"IdempotencyKey",
           HeaderParameter("Idempotency-Key", false, "The same as request_id: a repeated key gets the first answer.")},
          {"LastEventId",
           HeaderParameter("Last-Event-ID", false, "Resume after this revision; EventSource sends it by itself.")},
          {"AcceptLanguage", HeaderParameter("Accept-Language", false, "The language of messages: de or en.")}};
}

Json Headers() {
  return {{"XRevision", Header("The revision of the landscape at which the answer is true.")},
          {"XRequestId", Header("The id of the request in the logs.")},
          {"ETag", Header("The state of what is answered, for If-None-Match and If-Match.")},
          {"Link", Header("The next page, rel=\"next\".")},
          {"Location", Header("Where the new resource is.")}};
}

Json ReasonSchema() {
  Json reasons = Json::array();
  const auto* type = type::v1::Reason_descriptor();
  for (int i = 1; i < type->value_count(); ++i) reasons.push_back(type->value(i)->name());
  return {{"type", "string"}, {"enum", std::move(reasons)}};
}

Json FieldErrorSchema() {
  return {{"type", "object"},
          {"properties",
           {{"pointer", {{"type", "string"}, {"format", "json-pointer"}, {"description", "Where in the body."}}},
            {"parameter", {{"type", "string"}, {"description", "Or which parameter."}}},
            {"field", {{"type", "string"}, {"description", "The same as a path in proto names."}}},
            {"reason", ReasonSchema()},
            {"detail", {{"type", "string"}}}}},
          {"required", Json::array({"reason", "detail", "field"})}};
}

Json ProblemSchema() {
  const Json text = {{"type", "string"}};
  return {
      {"type", "object"},
      {"description", "What went wrong (RFC 9457), in the language of the caller."},
      {"properties",
       {{"type",
         {{"type", "string"}, {"format", "uri-reference"}, {"examples", Json::array({"/problems/invalid-fields"})}}},
        {"title", text},
        {"status", {{"type", "integer"}}},
        {"detail", text},
        {"reason", ReasonSchema()},
        {"traceId", text},
        {"errors", {{"type", "array"}, {"items", FieldErrorSchema()}}}}},
      {"required", Json::array({"type", "title", "status", "detail", "reason", "traceId"})}};
}

}  // namespace

Json HeaderReference(std::string_view name) { return {{"$ref", fmt::format("#/components/headers/{}", name)}}; }
Json ParameterReference(std::string_view name) { return {{"$ref", fmt::format("#/components/parameters/{}", name)}}; }
Json ResponseReference(std::string_view name) { return {{"$ref", fmt::format("#/components/responses/{}", name)}}; }

Json Components(Json schemas) {
  schemas["Problem"] = ProblemSchema();
  const Json problem = {{"schema", {{"$ref", "#/components/schemas/Problem"}}}};
  Json components;
  components["schemas"] = std::move(schemas);
  components["parameters"] = Parameters();
  components["headers"] = Headers();
  components["responses"]["Problem"] = {{"description", "The call was refused or failed."},
                                        {"content", {{"application/problem+json", problem}}}};
  components["securitySchemes"]["key"] = {
      {"type", "http"}, {"scheme", "bearer"}, {"description", "An API key, made by `allmende key create`."}};
  return components;
}

}  // namespace allmende::gateway
