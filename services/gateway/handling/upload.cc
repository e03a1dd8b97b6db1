#include "services/gateway/handling/upload.h"

#include <google/api/httpbody.pb.h>

#include "services/gateway/handling/answer.h"
#include "services/gateway/handling/problem.h"
#include "services/gateway/handling/request_builder.h"

namespace allmende::gateway {
namespace {

class UploadCall : public std::enable_shared_from_this<UploadCall> {
 public:
  UploadCall(std::shared_ptr<Exchange> exchange, const Route& route, RequestContext context,
             std::unique_ptr<Message> first)
      : exchange_(std::move(exchange)), route_(route), context_(std::move(context)), next_(std::move(first)) {}

  void Start(std::shared_ptr<ClientStream> stream) {
    stream_ = std::move(stream);
    ReadOn();
  }

 private:
  void ReadOn() {
    exchange_->ReadPiece([self = shared_from_this()](bool ok, std::string piece) {
      if (!ok) return self->BreakOff();
      const bool last = piece.empty();
      if (last && self->sent_any_) return self->Finish();
      self->Send(std::move(piece), last);
    });
  }

  void Send(std::string piece, bool last) {
    auto message = sent_any_ ? NewMessage(*route_.method->input_type()) : std::move(next_);
    auto* field = message->GetReflection()->MutableMessage(message.get(), route_.body_field);
    auto& body = static_cast<google::api::HttpBody&>(*field);
    if (!sent_any_) body.set_content_type(std::string(exchange_->head().header("content-type")));
    body.set_data(std::move(piece));
    sent_any_ = true;
    stream_->Write(std::move(message), [self = shared_from_this(), last](bool ok) {
      // Where the service takes no more, its reply says why.
      ok && !last ? self->ReadOn() : self->Finish();
    });
  }

  void Finish() {
    stream_->Finish([self = shared_from_this()](Reply reply) {
      if (!reply.status.ok()) return self->exchange_->Respond(ProblemOf(reply.status, &self->route_, self->context_));
      self->exchange_->Respond(
          AnswerToChange(self->route_, self->exchange_->head(), /*makes_resource=*/false, reply, self->context_));
    });
  }

  // The caller went away in the middle, or sent too much.
  void BreakOff() {
    stream_->Cancel();
    exchange_->Respond(ProblemOf(Error(Reason::BAD_REQUEST, Both("why", "der Inhalt brach ab", "the body broke off")),
                                 &route_, context_));
  }

  std::shared_ptr<Exchange> exchange_;
  const Route& route_;
  RequestContext context_;
  std::unique_ptr<Message> next_;
  std::shared_ptr<ClientStream> stream_;
  bool sent_any_ = false;
};

}  // namespace

void ServeUpload(Backend& backend, std::shared_ptr<Exchange> exchange, const RouteMatch& match,
                 const RequestContext& context) {
  const RequestHead& head = exchange->head();
  auto first = NewMessage(*match.route->method->input_type());
  if (const absl::Status built = BuildRequest(match, head, {}, *first); !built.ok()) {
    return exchange->Respond(ProblemOf(built, match.route, context));
  }
  auto stream = backend.Upload(*match.route->method, context.Forward(head));
  std::make_shared<UploadCall>(std::move(exchange), *match.route, context, std::move(first))->Start(std::move(stream));
}

}  // namespace allmende::gateway
