#include "services/gateway/feed/event_stream.h"

#include <fmt/format.h>

#include <charconv>

#include "common/base/macros.h"
#include "common/resource/request.h"
#include "services/gateway/handling/problem.h"
#include "services/gateway/handling/request_builder.h"
#include "services/gateway/transcode/json_writer.h"

namespace allmende::gateway {
namespace {

// Last-Event-ID is the revision up to which the caller has everything.
absl::Status ApplyLastEventId(std::string_view id, Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("from_revision");
  if (id.empty() || field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_INT64) return absl::OkStatus();
  std::int64_t revision = 0;
  const auto [end, failed] = std::from_chars(id.data(), id.data() + id.size(), revision);
  if (failed != std::errc() || end != id.data() + id.size()) {
    return Error(Reason::BAD_REQUEST, Both("why", "Last-Event-ID ist keine Revision", "Last-Event-ID is no revision"));
  }
  request.GetReflection()->SetInt64(&request, field, revision);
  return absl::OkStatus();
}

// A message that says nothing but how far the stream is.
bool IsHeartbeat(const Message& message) {
  std::vector<const FieldDescriptor*> set;
  message.GetReflection()->ListFields(message, &set);
  return set.empty() || (set.size() == 1 && set.front()->name() == "revision");
}

std::string EventOf(const Message& message) {
  const std::int64_t revision = resource::IntField(message, "revision");
  std::string event;
  if (revision > 0) event = fmt::format("id: {}\n", revision);
  if (IsHeartbeat(message)) return event + ": heartbeat\n\n";
  event += "event: changes\ndata: ";
  WriteJson(message, event);
  return event + "\n\n";
}

Response HeadOf(const RequestContext& context) {
  Response head;
  head.Add("Content-Type", "text/event-stream");
  head.Add("Cache-Control", "no-store");
  head.Add("X-Accel-Buffering", "no");  // a proxy in front passes each event on at once
  head.Add("X-Request-Id", context.request_id);
  return head;
}

class EventStream : public std::enable_shared_from_this<EventStream> {
 public:
  EventStream(std::shared_ptr<Exchange> exchange, const Route& route, RequestContext context)
      : exchange_(std::move(exchange)), route_(route), context_(std::move(context)) {}

  void Start(std::shared_ptr<ServerStream> stream) {
    stream_ = std::move(stream);
    ReadOn();
  }

 private:
  void ReadOn() {
    stream_->Read([self = shared_from_this()](std::unique_ptr<Message> message, const absl::Status& end) {
      if (message == nullptr) return self->End(end);
      self->Begin();
      self->exchange_->SendPiece(EventOf(*message), [self](bool ok) { ok ? self->ReadOn() : self->stream_->Cancel(); });
    });
  }

  void Begin() {
    if (std::exchange(begun_, true)) return;
    exchange_->BeginPieces(HeadOf(context_));
    exchange_->OnGone([self = shared_from_this()] { self->stream_->Cancel(); });
    exchange_->SendPiece("retry: 1000\n\n", [](bool) {});
  }

  void End(const absl::Status& end) {
    if (!begun_ && !end.ok()) return exchange_->Respond(ProblemOf(end, &route_, context_));
    Begin();
    if (!end.ok() && end.code() != absl::StatusCode::kCancelled) {
      exchange_->SendPiece(fmt::format("event: problem\ndata: {}\n\n", ProblemOf(end, &route_, context_).body),
                           [](bool) {});
    }
    exchange_->EndPieces();
  }

  std::shared_ptr<Exchange> exchange_;
  const Route& route_;
  RequestContext context_;
  std::shared_ptr<ServerStream> stream_;
  bool begun_ = false;
};

}  // namespace

void ServeEvents(Backend& backend, std::shared_ptr<Exchange> exchange, const RouteMatch& match,
                 const RequestContext& context) {
  const RequestHead& head = exchange->head();
  auto request = NewMessage(*match.route->method->input_type());
  absl::Status built = BuildRequest(match, head, exchange->body(), *request);
  if (built.ok()) built = ApplyLastEventId(head.header("last-event-id"), *request);
  if (!built.ok()) return exchange->Respond(ProblemOf(built, match.route, context));
  if (head.verb() == "HEAD") return exchange->Respond(HeadOf(context));
  auto stream = backend.Open(*match.route->method, context.Forward(head), std::move(request));
  std::make_shared<EventStream>(std::move(exchange), *match.route, context)->Start(std::move(stream));
}

}  // namespace allmende::gateway
