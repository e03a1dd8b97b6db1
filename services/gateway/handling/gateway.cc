#include "services/gateway/handling/gateway.h"

#include <fmt/format.h>

#include "common/base/macros.h"
#include "common/call/call_context.h"
#include "common/identity/grants.h"
#include "services/gateway/feed/event_stream.h"
#include "services/gateway/handling/problem.h"
#include "services/gateway/handling/request_builder.h"
#include "services/gateway/handling/upload.h"
#include "services/gateway/http/gzip.h"
#include "services/gateway/transcode/scalar.h"

namespace allmende::gateway {
namespace {

constexpr std::string_view kReads = "allmende_gateway_reads_total";
constexpr std::string_view kReadsHelp = "Reads over HTTP that the near cache could answer, by whether it did";

// HEAD is GET without the body.
std::string_view VerbOf(const RequestHead& head) { return head.verb() == "HEAD" ? "GET" : head.verb(); }

}  // namespace

// A read on its way. Kept until it is answered; the views in `match` and `cached` are into the exchange's head.
struct Gateway::Read {
  std::shared_ptr<Exchange> exchange;
  RouteMatch match;
  RequestContext context;
  bool gzip = false;
  std::optional<CacheableRead> cached;
  std::string view;
  std::string key;  // empty: not to be kept

  const RequestHead& head() const { return exchange->head(); }
};

Gateway::Gateway(GatewayOptions options, const Router& router, const std::vector<const ServiceDescriptor*>& services,
                 Backend& backend, const identity::Authenticator* authenticator, Metrics& metrics)
    : router_(router),
      backend_(backend),
      authenticator_(options.cache_bytes == 0 ? nullptr : authenticator),
      follower_(backend, services),
      cache_(options.cache_bytes, follower_),
      pages_(options.openapi, backend, metrics),
      hits_(metrics.Counter(std::string(kReads), std::string(kReadsHelp), {{"result", "hit"}})),
      misses_(metrics.Counter(std::string(kReads), std::string(kReadsHelp), {{"result", "miss"}})) {
  for (std::size_t hundreds = 0; hundreds < answers_.size(); ++hundreds) {
    answers_[hundreds] =
        &metrics.Counter("allmende_gateway_answers_total", "Answers over HTTP by the class of their status",
                         {{"status", fmt::format("{}xx", hundreds)}});
  }
}

void Gateway::Answered(int status) { answers_[static_cast<std::size_t>(status / 100) % answers_.size()]->Increment(); }

BodyMode Gateway::ModeOf(const RequestHead& head) const {
  const auto match = router_.Match(head.verb(), head.path());
  return match.has_value() && match->route->body == Route::Body::kUpload ? BodyMode::kPieces : BodyMode::kWhole;
}

void Gateway::Handle(std::shared_ptr<Exchange> exchange) {
  const RequestHead& head = exchange->head();
  RequestContext context = ContextOf(head);
  const std::string_view verb = VerbOf(head);
  const auto match = router_.Match(verb, head.path());
  if (!match.has_value()) return HandleUnrouted(*exchange, context);
  const Route& route = *match->route;
  if (route.method->client_streaming()) {
    ServeUpload(backend_, std::move(exchange), *match, context);
  } else if (route.method->server_streaming()) {
    ServeEvents(backend_, std::move(exchange), *match, context);
  } else if (route.verb == "GET") {
    HandleRead(std::move(exchange), *match, std::move(context));
  } else {
    HandleChange(std::move(exchange), *match, std::move(context));
  }
}

// A fixed page, OPTIONS, or nothing that there is.
void Gateway::HandleUnrouted(Exchange& exchange, const RequestContext& context) {
  const RequestHead& head = exchange.head();
  std::vector<std::string> allowed = router_.Allowed(head.path());
  if (allowed.empty()) {
    if (auto page = pages_.Find(head, context)) {
      if (VerbOf(head) == "GET") return exchange.Respond(*std::move(page));
      allowed = {"GET", "HEAD"};
    }
  }
  if (allowed.empty() && head.target() != "*") {
    return exchange.Respond(ProblemOf(Error(Reason::UNKNOWN_ROUTE, {{"path", Shown(head.path())}}), nullptr, context));
  }
  const std::string verbs = fmt::format("{}", fmt::join(allowed, ", "));
  Response response;
  if (head.verb() == "OPTIONS") {
    response.status = 204;
    response.Add("X-Request-Id", context.request_id);
  } else {
    response = ProblemOf(Error(Reason::METHOD_NOT_ALLOWED,
                               {{"path", Shown(head.path())}, {"method", Shown(head.verb())}, {"allowed", verbs}}),
                         nullptr, context);
  }
  response.Add("Allow", allowed.empty() ? "OPTIONS" : verbs + ", OPTIONS");
  exchange.Respond(std::move(response));
}

void Gateway::HandleChange(std::shared_ptr<Exchange> exchange, const RouteMatch& match, RequestContext context) {
  const Route& route = *match.route;
  auto request = NewMessage(*route.method->input_type());
  if (const absl::Status built = BuildRequest(match, exchange->head(), exchange->body(), *request); !built.ok()) {
    return exchange->Respond(ProblemOf(built, &route, context));
  }
  const bool makes_resource = MakesResource(route, *request);
  const rpc::Forwarded forwarded = context.Forward(exchange->head());
  backend_.Call(
      *route.method, forwarded, std::move(request),
      [exchange = std::move(exchange), &route, makes_resource, context = std::move(context)](const Reply& reply) {
        exchange->Respond(reply.status.ok() ? AnswerToChange(route, exchange->head(), makes_resource, reply, context)
                                            : ProblemOf(reply.status, &route, context));
      });
}

void Gateway::HandleRead(std::shared_ptr<Exchange> exchange, const RouteMatch& match, RequestContext context) {
  auto read = std::make_shared<Read>();
  read->exchange = std::move(exchange);
  read->match = match;
  read->context = std::move(context);
  read->gzip = AcceptsGzip(read->head().header("accept-encoding"));
  if (authenticator_ != nullptr && follower_.CanFollow(*match.route->method->service())) {
    read->cached = CacheableReadOf(match, read->head().path(), read->head().query());
  }
  if (!read->cached.has_value()) return Fetch(std::move(read), /*for_others=*/false);
  if (const absl::Status admitted = Admit(*read); !admitted.ok()) {
    return read->exchange->Respond(ProblemOf(admitted, match.route, read->context));
  }
  if (AnswerFromCache(*read)) return hits_.Increment();
  misses_.Increment();
  if (read->key.empty() || read->cached->min_revision > 0) return Fetch(std::move(read), /*for_others=*/false);

  const auto waiter = [this, read](const FinishedAnswer* answer, std::int64_t revision) {
    if (answer == nullptr) return Fetch(read, /*for_others=*/false);
    read->exchange->Respond(AnswerWith(*answer, read->head(), revision, read->context));
  };
  if (cache_.Join(read->key, waiter)) Fetch(std::move(read), /*for_others=*/true);
}

absl::Status Gateway::Admit(Read& read) const {
  ASSIGN_OR_RETURN(const Principal principal, authenticator_->Authenticate(read.head().header("authorization")));
  const std::array<std::string, 1> resources{read.cached->name};
  RETURN_IF_ERROR(identity::Authorise(principal, PolicyOf(*read.match.route->method).scope(),
                                      {.landscape = read.cached->on.landscape, .resources = resources}));
  read.view = ViewOf(principal, read.cached->on.landscape);
  const std::uint64_t epoch = follower_.EpochOf(*read.cached->on.service, read.cached->on.landscape);
  if (epoch != 0) read.key = CacheKey(epoch, read.view, read.head().path(), read.head().query(), read.gzip);
  return absl::OkStatus();
}

bool Gateway::AnswerFromCache(const Read& read) {
  if (read.key.empty()) return false;
  const auto found = cache_.Find(read.key, *read.cached);
  if (!found.has_value()) return false;
  read.exchange->Respond(AnswerWith(found->first, read.head(), found->second, read.context));
  return true;
}

void Gateway::Fetch(std::shared_ptr<Read> read, bool for_others) {
  auto request = NewMessage(*read->match.route->method->input_type());
  if (const absl::Status built = BuildRequest(read->match, read->head(), read->exchange->body(), *request);
      !built.ok()) {
    return Fetched(read, {built, nullptr, 0}, for_others);
  }
  const MethodDescriptor& method = *read->match.route->method;
  const rpc::Forwarded forwarded = read->context.Forward(read->head());
  backend_.Call(method, forwarded, std::move(request), [this, read = std::move(read), for_others](Reply reply) {
    Fetched(read, std::move(reply), for_others);
  });
}

void Gateway::Fetched(const std::shared_ptr<Read>& read, Reply reply, bool for_others) {
  if (!reply.status.ok()) {
    if (for_others) cache_.Land(read->key, nullptr, 0);
    return read->exchange->Respond(ProblemOf(reply.status, read->match.route, read->context));
  }
  const FinishedAnswer answer = Finish(*reply.message, read->head().target(), read->gzip);
  if (!read->key.empty() && reply.revision > 0) cache_.Put(read->key, reply.revision, answer);
  if (for_others) cache_.Land(read->key, &answer, reply.revision);
  if (read->cached.has_value()) {
    follower_.Follow(*read->cached->on.service, read->cached->on.landscape, read->context.Forward(read->head()));
  }
  read->exchange->Respond(AnswerWith(answer, read->head(), reply.revision, read->context));
}

Response Gateway::Refuse(int status, std::string_view accept_language) {
  RequestContext context;
  context.language = LanguageOf(accept_language);
  absl::Status why;
  switch (status) {
    case 413:
      why = Error(Reason::TOO_LARGE,
                  Both("what", "Der Inhalt", "The body", Both("limit", "1 MiB, Listen 64 MiB", "1 MiB, lists 64 MiB")));
      break;
    case 431:
      why = Error(Reason::TOO_LARGE,
                  Both("what", "Der Kopf der Anfrage", "The head of the request", {{"limit", "16 KiB"}}));
      break;
    case 501:
      why = Error(Reason::BAD_REQUEST, Both("why", "diese Transfer-Encoding wird nicht angenommen",
                                            "this Transfer-Encoding is not accepted"));
      break;
    case 505:
      why = Error(Reason::BAD_REQUEST, Both("why", "nur HTTP/1.0 und HTTP/1.1 werden angenommen",
                                            "only HTTP/1.0 and HTTP/1.1 are accepted"));
      break;
    default:
      why = Error(Reason::BAD_REQUEST, Both("why", "sie ist kein gültiges HTTP/1.1", "it is not valid HTTP/1.1"));
  }
  return ProblemOf(why, nullptr, context, status);
}

}  // namespace allmende::gateway
