#include "services/gateway/handling/pages.h"

#include <fmt/format.h>
#include <xxhash.h>

#include "services/gateway/handling/problem.h"
#include "services/gateway/http/gzip.h"
#include "services/gateway/transcode/json_writer.h"

namespace allmende::gateway {
namespace {

using namespace std::chrono_literals;

Response Page(std::string_view content_type, std::string body, const RequestContext& context) {
  Response response;
  response.body = std::move(body);
  response.Add("Content-Type", content_type);
  response.Add("Cache-Control", "no-store");
  response.Add("X-Request-Id", context.request_id);
  return response;
}

FinishedAnswer Document(const std::string& text, bool compressed) {
  const std::string tag = fmt::format("{:016x}", XXH3_64bits(text.data(), text.size()));
  Response headers;
  headers.Add("Content-Type", "application/json");
  headers.Add("Cache-Control", "public, no-cache");
  headers.Add("Vary", "Accept-Encoding");
  headers.Add("ETag", fmt::format("{}\"{}\"", compressed ? "W/" : "", tag));
  if (compressed) headers.Add("Content-Encoding", "gzip");
  return FinishedAnswer(FinishedAnswer::Pack(headers.headers, tag, compressed ? Gzip(text) : text));
}

Response Welcome(const RequestHead& head, const RequestContext& context) {
  if (head.header("accept").find("text/html") == std::string_view::npos) {
    return Page("application/json",
                R"({"name":"Allmende","openapi":"/openapi.json","health":"/healthz","ready":"/readyz"})", context);
  }
  const bool english = context.language == Language::kEnglish;
  return Page(
      "text/html; charset=utf-8",
      fmt::format(
          "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><title>Allmende</title><h1>Allmende</h1><p>{}</p>"
          "<ul><li><a href=\"/openapi.json\">OpenAPI</a></li><li><a href=\"/readyz\">{}</a></li></ul></html>",
          english ? "en" : "de",
          english
              ? "The shared ground of a municipal education landscape: this is its interface for programs."
              : "Der gemeinsame Grund einer kommunalen Bildungslandschaft: Dies ist ihre Schnittstelle für Programme.",
          english ? "State of the services" : "Zustand der Dienste"),
      context);
}

// "/problems/unknown-field" -> UNKNOWN_FIELD.
std::optional<Response> ProblemPage(std::string_view path, const RequestContext& context) {
  const auto* reasons = type::v1::Reason_descriptor();
  for (int i = 0; i < reasons->value_count(); ++i) {
    const auto reason = static_cast<Reason>(reasons->value(i)->number());
    if (ProblemType(reason) != path) continue;
    const auto& info = InfoOf(reason);
    const auto& text = context.language == Language::kEnglish ? info.detail().en() : info.detail().de();
    std::string body = "{\"type\":";
    WriteJsonString(path, body);
    body += ",\"title\":";
    WriteJsonString(TitleOf(reason, context.language), body);
    body += fmt::format(",\"status\":{},\"reason\":\"{}\",\"grpcCode\":\"{}\",\"detail\":", info.http_status(),
                        reasons->value(i)->name(), info.code());
    WriteJsonString(text, body);
    body.push_back('}');
    return Page("application/json", std::move(body), context);
  }
  return std::nullopt;
}

}  // namespace

Pages::Pages(const std::string& openapi, Backend& backend, const Metrics& metrics)
    : backend_(backend),
      metrics_(metrics),
      openapi_(Document(openapi, false)),
      openapi_compressed_(Document(openapi, true)),
      watcher_([this] { WatchServices(); }) {}

Pages::~Pages() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  stop_changed_.notify_all();
  watcher_.join();
}

void Pages::WatchServices() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    lock.unlock();
    std::optional<std::string> unreachable = backend_.FirstUnreachable();
    lock.lock();
    unreachable_ = std::move(unreachable);
    stop_changed_.wait_for(lock, unreachable_.has_value() ? 100ms : 1000ms, [this] { return stop_; });
  }
}

Response Pages::Ready(const RequestContext& context) const {
  std::optional<std::string> unreachable;
  {
    const std::scoped_lock lock(mutex_);
    unreachable = unreachable_;
  }
  if (!unreachable.has_value()) return Page("application/json", R"({"status":"ready"})", context);
  return ProblemOf(Error(Reason::TEMPORARILY_UNAVAILABLE, {{"what", unreachable->empty() ? "allmende" : *unreachable}}),
                   nullptr, context);
}

std::optional<Response> Pages::Find(const RequestHead& head, const RequestContext& context) const {
  const std::string_view path = head.path();
  if (path == "/healthz") return Page("application/json", R"({"status":"alive"})", context);
  if (path == "/readyz") return Ready(context);
  if (path == "/metrics") return Page("text/plain; version=0.0.4; charset=utf-8", metrics_.Exposition(), context);
  if (path == "/openapi.json") {
    return AnswerWith(AcceptsGzip(head.header("accept-encoding")) ? openapi_compressed_ : openapi_, head, 0, context);
  }
  if (path == "/") return Welcome(head, context);
  if (path.starts_with("/problems/")) return ProblemPage(path, context);
  return std::nullopt;
}

}  // namespace allmende::gateway
