// A body as it is (a list as CSV) into a client stream: the first message carries what path and query say and the first
// bytes, the others the next bytes. The next piece is read from the network only when the last has gone to the service,
// so a list of any size takes the memory of two pieces.
#pragma once

#include <functional>
#include <memory>

#include "services/gateway/handling/backend.h"
#include "services/gateway/handling/context.h"
#include "services/gateway/http/exchange.h"
#include "services/gateway/transcode/router.h"

namespace allmende::gateway {

void ServeUpload(Backend& backend, std::shared_ptr<Exchange> exchange, const RouteMatch& match,
                 const RequestContext& context);

}  // namespace allmende::gateway
