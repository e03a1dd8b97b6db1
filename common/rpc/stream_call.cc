#include "common/rpc/stream_call.h"

namespace allmende::rpc {

StreamCall::StreamCall(CallEngine& engine, const google::protobuf::MethodDescriptor* method,
                       grpc::CallbackServerContext* context)
    : engine_(engine), context_(context), arrival_(*context) {
  call_.method = method;
  call_.deadline = arrival_.deadline();
  call_.cancelled = [this] {
    const std::scoped_lock lock(mutex_);
    return stopped_;
  };
}

void StreamCall::Stop() {
  const std::scoped_lock lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

absl::Status StreamCall::Outcome(absl::Status result, bool ok_is_final) const {
  if (result.ok() && ok_is_final) return result;
  if (!call_.cancelled()) return result;
  if (engine_.streams().draining())
    return Error(Reason::TEMPORARILY_UNAVAILABLE, {{"what", call_.method->service()->name()}});
  return result.ok() ? Error(Reason::CALL_CANCELLED) : result;
}

absl::Status StreamCall::TooMany() {
  engine_.metrics().Rejected("streams");
  engine_.metrics().CallEnded(call_.method->full_name(), absl::StatusCode::kResourceExhausted,
                              std::chrono::nanoseconds(0));
  return ErrorWithRetry(Reason::TOO_MANY_REQUESTS, 1, {{"limit", "streams"}});
}

}  // namespace allmende::rpc
