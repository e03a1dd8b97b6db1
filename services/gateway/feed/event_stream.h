// A server stream as server-sent events (WHATWG HTML, 9.2): each message an event whose id is its revision, so that
// EventSource resumes by itself with Last-Event-ID; heartbeats are comments. No thread waits for anything.
#pragma once

#include <memory>

#include "services/gateway/handling/backend.h"
#include "services/gateway/handling/context.h"
#include "services/gateway/http/exchange.h"
#include "services/gateway/transcode/router.h"

namespace allmende::gateway {

// Opens the stream and answers until either side ends it. An error before the first message is an ordinary problem
// document, a later one an event "problem".
void ServeEvents(Backend& backend, std::shared_ptr<Exchange> exchange, const RouteMatch& match,
                 const RequestContext& context);

}  // namespace allmende::gateway
