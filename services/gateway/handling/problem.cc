#include "services/gateway/handling/problem.h"

#include <fmt/format.h>

#include "common/log/log.h"
#include "services/gateway/transcode/json_pointer.h"
#include "services/gateway/transcode/json_writer.h"

namespace allmende::gateway {
namespace {

// Writes `,"name":"value"`.
void Member(std::string_view name, std::string_view value, std::string& out) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":", name);
  WriteJsonString(value, out);
}

void WriteViolation(const FieldViolation& violation, const Route* route, Language language, std::string& out) {
  out += "{\"reason\":";
  WriteJsonString(type::v1::Reason_Name(violation.reason()), out);
  if (route != nullptr) {
    const FieldPlace place = PlaceOfField(*route, violation.field());
    if (place.parameter.empty()) {
      Member("pointer", place.pointer, out);
    } else {
      Member("parameter", place.parameter, out);
    }
  }
  Member("field", violation.field(), out);
  Member("detail", MessageOf(violation, language), out);
  out.push_back('}');
}

// Fills in what the texts of errors made by gRPC itself would lack.
ErrorDetail Completed(const absl::Status& error, const RequestContext& context) {
  ErrorDetail detail = DetailOf(error);
  auto& params = *detail.mutable_params();
  if (detail.reason() == Reason::INTERNAL_ERROR && !params.contains("error_id")) {
    params["error_id"] = context.trace_id;
    log::Error("internal error", {{"trace", context.trace_id}, {"code", static_cast<int>(error.code())}});
  }
  if (detail.reason() == Reason::TEMPORARILY_UNAVAILABLE && !params.contains("what") && !params.contains("what.de")) {
    params["what.de"] = "Der Dienst";
    params["what.en"] = "The service";
  }
  return detail;
}

}  // namespace

std::string ProblemType(Reason reason) {
  std::string type = "/problems/";
  for (const char c : type::v1::Reason_Name(reason)) {
    type.push_back(c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return type;
}

Response ProblemOf(const absl::Status& error, const Route* route, const RequestContext& context, int status) {
  const ErrorDetail detail = Completed(error, context);
  Response response;
  response.status = status != 0 ? status : InfoOf(detail.reason()).http_status();
  std::string& out = response.body;
  out = "{\"type\":";
  WriteJsonString(ProblemType(detail.reason()), out);
  Member("title", TitleOf(detail.reason(), context.language), out);
  fmt::format_to(std::back_inserter(out), ",\"status\":{}", response.status);
  Member("detail", MessageOf(detail, context.language), out);
  Member("reason", type::v1::Reason_Name(detail.reason()), out);
  if (!detail.violations().empty()) {
    out += ",\"errors\":[";
    for (int i = 0; i < detail.violations_size(); ++i) {
      if (i > 0) out.push_back(',');
      WriteViolation(detail.violations(i), route, context.language, out);
    }
    out.push_back(']');
  }
  Member("traceId", context.trace_id, out);
  out.push_back('}');

  response.Add("Content-Type", "application/problem+json");
  response.Add("Content-Language", context.language == Language::kEnglish ? "en" : "de");
  response.Add("Cache-Control", "no-store");
  response.Add("X-Request-Id", context.request_id);
  if (response.status == 401) response.Add("WWW-Authenticate", "Bearer");
  if (detail.has_retry_after()) {
    response.Add("Retry-After", std::to_string(std::max<std::int64_t>(1, detail.retry_after().seconds())));
  }
  return response;
}

}  // namespace allmende::gateway
