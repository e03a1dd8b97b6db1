// What every request brings along beside its path and body: language, trace, ids, credential.
#pragma once

#include <string>

#include "common/rpc/client.h"
#include "common/status/error.h"
#include "services/gateway/http/exchange.h"

namespace allmende::gateway {

struct RequestContext {
  Language language = Language::kGerman;
  std::string trace_id;    // 32 hex digits: the caller's, else a new one
  std::string span_id;     // 16 hex digits: of the gateway's part
  std::string request_id;  // X-Request-Id: the caller's where it is fit to be logged, else a new one

  rpc::Forwarded Forward(const RequestHead& head) const;
};

RequestContext ContextOf(const RequestHead& head);

}  // namespace allmende::gateway
