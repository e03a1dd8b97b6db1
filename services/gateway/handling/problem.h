// Errors as answers: problem documents (RFC 9457) in the caller's language, with a place for each field that is wrong.
#pragma once

#include <absl/status/status.h>

#include "services/gateway/handling/context.h"
#include "services/gateway/http/exchange.h"
#include "services/gateway/transcode/route.h"

namespace allmende::gateway {

// `route`: where the fields of violations are told as places of the HTTP request; null: none is known.
// `status` 0: the one that the reason declares.
Response ProblemOf(const absl::Status& error, const Route* route, const RequestContext& context, int status = 0);

// "UNKNOWN_AREA_KEY" -> "/problems/unknown-area-key".
std::string ProblemType(Reason reason);

}  // namespace allmende::gateway
