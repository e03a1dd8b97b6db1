// One unary call: arrives on a gRPC thread, runs on the executor, and is answered exactly once: by its handler, by the
// watch when its deadline passes, or by the caller's going away. Whoever comes first answers; a handler that comes
// later finds that nobody wants its result. So everything the handler touches belongs to this object, not to gRPC,
// whose request, response and context are gone once the call is answered.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "common/rpc/arrival.h"
#include "common/rpc/call_engine.h"
#include "common/rpc/grpc_status.h"
#include "common/status/error.h"

namespace allmende::rpc {

template <typename Request, typename Reply>
class UnaryCall : public std::enable_shared_from_this<UnaryCall<Request, Reply>> {
 public:
  using Handler = std::function<absl::Status(CallContext&, const Request&, Reply&)>;

  // Takes the request's content over (gRPC frees it when the call is answered) and starts. The reactor deletes itself.
  static grpc::ServerUnaryReactor* Start(CallEngine& engine, const google::protobuf::MethodDescriptor* method,
                                         grpc::CallbackServerContext* context, Request* request, Reply* response,
                                         Handler handler) {
    auto call = std::make_shared<UnaryCall>(engine, method, context, response, std::move(handler));
    call->request_ = std::move(*request);
    auto* reactor = new Reactor(call);  // NOLINT(cppcoreguidelines-owning-memory): gRPC ends it with OnDone
    call->reactor_ = reactor;
    call->Begin();
    return reactor;
  }

  UnaryCall(CallEngine& engine, const google::protobuf::MethodDescriptor* method, grpc::CallbackServerContext* context,
            Reply* response, Handler handler)
      : engine_(engine), arrival_(*context), handler_(std::move(handler)), context_(context), response_(response) {
    call_.method = method;
    call_.deadline = arrival_.deadline();
    call_.deadline = ClampDeadline(call_, start_);
    call_.cancelled = [this] { return answered_.load(std::memory_order_acquire); };
  }

 private:
  class Reactor final : public grpc::ServerUnaryReactor {
   public:
    explicit Reactor(std::shared_ptr<UnaryCall> call) : call_(std::move(call)) {}
    void OnCancel() override { call_->Answer(Error(Reason::CALL_CANCELLED), nullptr, 0); }
    void OnDone() override { delete this; }  // NOLINT(cppcoreguidelines-owning-memory)

   private:
    std::shared_ptr<UnaryCall> call_;
  };

  void Begin() {
    const auto self = this->shared_from_this();
    token_ = engine_.watch().Add(call_.deadline, [self] { self->Answer(Error(Reason::DEADLINE_PASSED), nullptr, 0); });
    const bool reads = PolicyOf(*call_.method).idempotency() == options::v1::READ_ONLY;
    if (engine_.executor().Submit([self] { self->Execute(); }, reads ? JobKind::kQuick : JobKind::kWaiting)) return;
    engine_.watch().Remove(token_);
    engine_.metrics().Rejected("queue");
    Count(absl::StatusCode::kResourceExhausted);
    Answer(ErrorWithRetry(Reason::TOO_MANY_REQUESTS, 1, {{"limit", "queue"}}), nullptr, 0);
  }

  void Execute() {
    if (answered_.load(std::memory_order_acquire)) {  // while it waited; the chain has not counted it
      engine_.watch().Remove(token_);
      return Count(Late().code());
    }
    Reply reply;
    const absl::Status status = engine_.chain().Run(call_, arrival_.incoming(), &request_, [&] {
      absl::Status result = handler_(call_, request_, reply);
      return answered_.load(std::memory_order_acquire) ? Late() : result;
    });
    engine_.watch().Remove(token_);
    Answer(status, &reply, call_.revision);
  }

  // What the caller was told when it was not the handler who answered.
  absl::Status Late() const {
    const bool passed = std::chrono::steady_clock::now() >= call_.deadline;
    return Error(passed ? Reason::DEADLINE_PASSED : Reason::CALL_CANCELLED);
  }

  void Count(absl::StatusCode code) {
    engine_.metrics().CallEnded(call_.method->full_name(), code, std::chrono::steady_clock::now() - start_);
  }

  // Only the first one gets through, and only that one touches what belongs to gRPC.
  void Answer(const absl::Status& status, Reply* reply, std::int64_t revision) {
    if (answered_.exchange(true, std::memory_order_acq_rel)) return;
    if (status.ok() && reply != nullptr) *response_ = std::move(*reply);
    AddRevision(*context_, revision);
    reactor_->Finish(ToGrpc(status, arrival_.language()));
  }

  CallEngine& engine_;
  const Deadline start_ = std::chrono::steady_clock::now();
  const Arrival arrival_;
  const Handler handler_;
  CallContext call_;  // the executor's; call_.deadline is set before anybody else looks
  Request request_;
  DeadlineWatch::Token token_;
  std::atomic<bool> answered_ = false;

  // gRPC's, alive until somebody has answered.
  grpc::CallbackServerContext* const context_;
  Reply* const response_;
  Reactor* reactor_ = nullptr;
};

}  // namespace allmende::rpc
