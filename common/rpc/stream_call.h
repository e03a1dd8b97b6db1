// Streams as handlers see them, over gRPC's callback API: the handler runs on a thread of its own (StreamPool) and
// waits in Write or Read; one message is under way at a time, so a caller that is slow costs one message and no more.
// The handler's wait ends when the caller goes, when the server drains, or when the caller does nothing for
// stream_patience.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "common/rpc/arrival.h"
#include "common/rpc/call_engine.h"
#include "common/rpc/grpc_status.h"
#include "common/rpc/stream.h"
#include "common/status/error.h"

namespace allmende::rpc {

// How long the last message of a stream that was stopped may take.
inline constexpr std::chrono::milliseconds kLastMessage(250);

// What both directions share. The reactor lives until End has called Finish.
class StreamCall : public Stream {
 public:
  StreamCall(CallEngine& engine, const google::protobuf::MethodDescriptor* method,
             grpc::CallbackServerContext* context);

  void Stop() override;

 protected:
  // What the caller gets for the handler's result where the stream was stopped under it: shall come back after a drain,
  // else was cancelled. `ok_is_final`: a handler that says OK has done everything all the same.
  absl::Status Outcome(absl::Status result, bool ok_is_final) const;
  absl::Status TooMany();

  CallEngine& engine_;
  grpc::CallbackServerContext* const context_;
  const Arrival arrival_;
  CallContext call_;
  absl::Status status_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool under_way_ = false;  // a message is with gRPC
  bool stopped_ = false;    // by the caller, the drain or for lack of patience
};

template <typename Request, typename Reply>
class WriteStream final : public grpc::ServerWriteReactor<Reply>, public Writer<Reply>, public StreamCall {
 public:
  using Handler = std::function<absl::Status(CallContext&, const Request&, Writer<Reply>&)>;

  WriteStream(CallEngine& engine, const google::protobuf::MethodDescriptor* method,
              grpc::CallbackServerContext* context, Request request, Handler handler)
      : StreamCall(engine, method, context), request_(std::move(request)), handler_(std::move(handler)) {}

  void Begin() {
    if (!engine_.streams().Start(*this)) this->Finish(ToGrpc(TooMany(), arrival_.language()));
  }

  bool Write(const Reply& message) override {
    std::unique_lock lock(mutex_);
    if (stopped_) return false;
    message_ = message;
    under_way_ = true;
    lock.unlock();
    this->StartWrite(&message_);
    lock.lock();
    changed_.wait_for(lock, engine_.limits().stream_patience, [this] { return !under_way_ || stopped_; });
    if (under_way_) stopped_ = true;
    return !stopped_;
  }

  void Execute() override {
    status_ = engine_.chain().Run(call_, arrival_.incoming(), &request_,
                                  [this] { return Outcome(handler_(call_, request_, *this), false); });
  }

  void End() override {
    std::unique_lock lock(mutex_);
    // A caller that reads gets its last message and the status. One that does not: nothing but ending the call gets the
    // message back from gRPC.
    if (!changed_.wait_for(lock, kLastMessage, [this] { return !under_way_; })) {
      context_->TryCancel();
      changed_.wait(lock, [this] { return !under_way_; });
    }
    lock.unlock();
    AddRevision(*context_, call_.revision);
    this->Finish(ToGrpc(status_, arrival_.language()));
  }

  void OnWriteDone(bool ok) override {
    const std::scoped_lock lock(mutex_);
    under_way_ = false;
    if (!ok) stopped_ = true;
    changed_.notify_all();
  }
  void OnCancel() override { Stop(); }
  void OnDone() override { delete this; }  // NOLINT(cppcoreguidelines-owning-memory)

 private:
  const Request request_;
  const Handler handler_;
  Reply message_;
};

template <typename Request, typename Reply>
class ReadStream final : public grpc::ServerReadReactor<Request>, public Reader<Request>, public StreamCall {
 public:
  using Handler = std::function<absl::Status(CallContext&, Reader<Request>&, Reply&)>;

  ReadStream(CallEngine& engine, const google::protobuf::MethodDescriptor* method, grpc::CallbackServerContext* context,
             Reply* response, Handler handler)
      : StreamCall(engine, method, context), response_(response), handler_(std::move(handler)) {}

  // The chain needs the first message to know what the call is about; the thread starts when it is there.
  void Begin() {
    under_way_ = true;
    token_ =
        engine_.watch().Add(std::chrono::steady_clock::now() + engine_.limits().first_message, [this, begun = begun_] {
          if (!begun->exchange(true)) GiveUp();
        });
    this->StartRead(&message_);
  }

  bool Read(Request* message) override {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, engine_.limits().stream_patience, [this] { return !under_way_ || stopped_; });
    if (under_way_) stopped_ = true;
    if (stopped_ || !has_message_) return false;
    *message = std::move(message_);
    has_message_ = false;
    under_way_ = true;
    lock.unlock();
    this->StartRead(&message_);  // the next one travels while the handler works on this one
    return true;
  }

  void Execute() override {
    const Request* first = has_message_ ? &message_ : nullptr;
    status_ = engine_.chain().Run(call_, arrival_.incoming(), first,
                                  [this] { return Outcome(handler_(call_, *this, reply_), true); });
  }

  void End() override {
    if (status_.ok()) *response_ = std::move(reply_);
    AddRevision(*context_, call_.revision);
    this->Finish(ToGrpc(status_, arrival_.language()));
  }

  void OnReadDone(bool ok) override {
    {
      const std::scoped_lock lock(mutex_);
      under_way_ = false;
      has_message_ = ok;
      changed_.notify_all();
    }
    if (!begun_->exchange(true)) Commence();
  }
  void OnCancel() override { Stop(); }
  void OnDone() override { delete this; }  // NOLINT(cppcoreguidelines-owning-memory)

 private:
  void Commence() {
    engine_.watch().Remove(token_);
    if (!engine_.streams().Start(*this)) this->Finish(ToGrpc(TooMany(), arrival_.language()));
  }

  // Nothing came in time.
  void GiveUp() { this->Finish(ToGrpc(Error(Reason::DEADLINE_PASSED), arrival_.language())); }

  Reply* const response_;
  const Handler handler_;
  // Whoever sets it first, the first message or the watch, has the stream; the other one must not touch it.
  const std::shared_ptr<std::atomic<bool>> begun_ = std::make_shared<std::atomic<bool>>(false);
  DeadlineWatch::Token token_;
  Request message_;
  Reply reply_;
  bool has_message_ = false;
};

}  // namespace allmende::rpc
