// The chain around every handler: named steps in one fixed order, asserted at start. Works on messages and CallContext
// alone, so each step (steps/) is tested without gRPC.
//
// request_id, trace, access_log, metrics, admission, authenticate, authorise, validate, idempotency, handler
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>
#include <google/protobuf/message.h>

#include <array>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "common/call/call_context.h"

namespace allmende::rpc {

using google::protobuf::Message;

// What came with the call beside its message: metadata in lower case ("authorization", "x-request-id", "traceparent",
// "accept-language"). Empty for a key that is not there.
struct Incoming {
  std::function<std::string_view(std::string_view key)> metadata;
};

using Next = absl::FunctionRef<absl::Status()>;

class Step {
 public:
  virtual ~Step() = default;
  virtual std::string_view name() const = 0;
  // Does its part and calls `next` at most once. `request` is null for a client stream that ended before its first
  // message.
  virtual absl::Status Handle(CallContext& call, const Incoming& incoming, const Message* request, Next next) const = 0;
};

// The order, the handler left out.
inline constexpr std::array<std::string_view, 9> kStepOrder = {"request_id", "trace",     "access_log",
                                                               "metrics",    "admission", "authenticate",
                                                               "authorise",  "validate",  "idempotency"};

class Chain {
 public:
  // Ends the process where the names are not the order above.
  explicit Chain(std::vector<std::unique_ptr<Step>> steps);
  // Fills in what the call is about (landscape, language) and goes through the steps to the handler. Every error it
  // returns carries a reason.
  absl::Status Run(CallContext& call, const Incoming& incoming, const Message* request, Next handler) const;

 private:
  absl::Status RunFrom(std::size_t step, CallContext& call, const Incoming& incoming, const Message* request,
                       Next handler) const;

  std::vector<std::unique_ptr<Step>> steps_;
};

// An error that nobody planned for (INTERNAL_ERROR, or a status not made by common/status) is logged under an id, and
// the caller gets only that id. Everything else stays as it is.
absl::Status Seal(const CallContext& call, absl::Status status);

}  // namespace allmende::rpc
