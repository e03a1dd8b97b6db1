// The steps of the call chain, one small file each; chain.h says their order. `StandardSteps` makes all of them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/identity/authenticator.h"
#include "common/metrics/metrics.h"
#include "common/rpc/chain.h"

namespace allmende::rpc {

// How much is let in. 0: no limit.
struct AdmissionLimits {
  double calls_per_second = 50'000;  // of one landscape, so that none can take the machine from the others
  double burst = 50'000;             // that many at once after a pause
  int concurrency = 4'096;           // calls of any landscape at the same time; streams are counted elsewhere
};

using SteadyNow = std::function<Deadline()>;
inline const SteadyNow kSteadyNow = [] { return std::chrono::steady_clock::now(); };

// Takes the caller's id from the field request_id, else from x-request-id. MALFORMED beyond 100 printable characters.
std::unique_ptr<Step> RequestIdStep();
// Continues the caller's W3C trace or begins one.
std::unique_ptr<Step> TraceStep();
// One line per call: writes and refusals at level info, reads that went well at level debug.
std::unique_ptr<Step> AccessLogStep();
// Counts the call by method and code and measures it.
std::unique_ptr<Step> MetricsStep(Metrics& metrics);
// Bounds the deadline by the policy; TOO_MANY_REQUESTS beyond the limits; DEADLINE_PASSED where it is too late already.
std::unique_ptr<Step> AdmissionStep(AdmissionLimits limits, Metrics& metrics, SteadyNow now = kSteadyNow);
// Finds out who calls.
std::unique_ptr<Step> AuthenticateStep(const identity::Authenticator& authenticator);
// Asks the grants, for every landscape that the request names.
std::unique_ptr<Step> AuthoriseStep();
// Required fields are there; names are well-formed and of one landscape. (Text that is not UTF-8 does not get this far:
// protobuf refuses to parse it.)
std::unique_ptr<Step> ValidateStep();
// For methods that are idempotent by request id: sets call.fingerprint beside call.request_id. For all others the id
// ends here, and so does one from x-request-id: it is for logs, and what a proxy repeats must not look like a
// repetition.
std::unique_ptr<Step> IdempotencyStep();

std::vector<std::unique_ptr<Step>> StandardSteps(AdmissionLimits limits, Metrics& metrics,
                                                 const identity::Authenticator& authenticator);

// The earlier of the call's deadline and what the method's policy allows from `now` on.
Deadline ClampDeadline(const CallContext& call, Deadline now);

// The trace id and parent span of "00-<32 hex>-<16 hex>-<2 hex>"; both empty where it is not that.
struct TraceParent {
  std::string trace_id;
  std::string parent_span_id;
};
TraceParent ParseTraceParent(std::string_view header);

}  // namespace allmende::rpc
