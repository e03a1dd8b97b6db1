// One call, as handlers see it. Made by the call chain (common/rpc) or by a test; knows no transport.
#pragma once

#include <google/protobuf/descriptor.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

#include "allmende/options/v1/options.pb.h"
#include "common/base/clock.h"
#include "common/call/principal.h"
#include "common/status/error.h"

namespace allmende {

struct CallContext {
  // The method that is called; null only in tests of things below the call chain.
  const google::protobuf::MethodDescriptor* method = nullptr;

  Principal principal;
  // The id of the landscape the request is about, such as "musterland". Empty: the call is about none.
  std::string landscape;
  // The caller's request id (idempotency) or empty.
  std::string request_id;
  // Hash of the request without its request id, for telling a repetition from a reuse. Set with request_id.
  std::string fingerprint;
  // W3C trace context: 32 hex digits of the trace, 16 of this span.
  std::string trace_id;
  std::string span_id;
  Language language = Language::kGerman;
  Deadline deadline = Deadline::max();
  std::function<bool()> cancelled = [] { return false; };

  // Reported back: the landscape's revision that the answer is about (0: none). The store sets it.
  std::int64_t revision = 0;

  std::chrono::milliseconds Remaining() const {
    if (deadline == Deadline::max()) return std::chrono::milliseconds::max();
    return std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  }
};

// The policy the proto declares for a method. Default instance where it declares none.
const options::v1::MethodPolicy& PolicyOf(const google::protobuf::MethodDescriptor& method);

}  // namespace allmende
