#include "services/gateway/handling/grpc_backend.h"

#include <fmt/format.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/client_callback.h>

#include <charconv>
#include <condition_variable>
#include <mutex>
#include <unordered_set>

#include "common/call/call_context.h"
#include "common/rpc/grpc_status.h"

namespace allmende::gateway {
namespace {

using Stub = grpc::TemplatedGenericStub<Message, Message>;

std::string PathOf(const MethodDescriptor& method) {
  return fmt::format("/{}/{}", method.service()->full_name(), method.name());
}

void SetDeadline(const MethodDescriptor& method, grpc::ClientContext& context) {
  const auto& limit = PolicyOf(method).deadline();
  if (limit.seconds() == 0 && limit.nanos() == 0) return;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(limit.seconds()) +
                       std::chrono::milliseconds(limit.nanos() / 1'000'000));
}

std::int64_t RevisionOf(const grpc::ClientContext& context) {
  std::int64_t revision = 0;
  const auto& trailers = context.GetServerTrailingMetadata();
  if (const auto found = trailers.find("x-revision"); found != trailers.end()) {
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), revision);
  }
  return revision;
}

absl::Status Unreachable(const google::protobuf::ServiceDescriptor& service) {
  return Error(Reason::TEMPORARILY_UNAVAILABLE, {{"what", service.name()}});
}

// The calls under way, so that the end of the backend can wait for the end of each.
class Running {
 public:
  void Add(grpc::ClientContext& context) {
    const std::scoped_lock lock(mutex_);
    contexts_.insert(&context);
  }
  void Remove(grpc::ClientContext& context) {
    const std::scoped_lock lock(mutex_);
    contexts_.erase(&context);
    if (contexts_.empty()) empty_.notify_all();
  }
  void CancelAll() {
    std::unique_lock lock(mutex_);
    for (grpc::ClientContext* context : contexts_) context->TryCancel();
    empty_.wait(lock, [this] { return contexts_.empty(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable empty_;
  std::unordered_set<grpc::ClientContext*> contexts_;
};

// One unary call; deletes itself when it is done.
struct UnaryCall {
  grpc::ClientContext context;
  std::unique_ptr<Message> request;
  std::unique_ptr<Message> response;
  std::function<void(Reply)> done;
};

// Both kinds of streams over one reactor: to gRPC every stream is one that may go both ways. Keeps itself alive until
// gRPC has said its last word.
class StreamCall final : public grpc::ClientBidiReactor<Message, Message>,
                         public ServerStream,
                         public ClientStream,
                         public std::enable_shared_from_this<StreamCall> {
 public:
  StreamCall(const MethodDescriptor& method, Running& running) : method_(method), running_(running) {}

  void Start(Stub& stub, const rpc::Forwarded& forwarded, std::unique_ptr<Message> only_request) {
    rpc::Forward(forwarded, context_);
    SetDeadline(method_, context_);
    self_ = shared_from_this();
    running_.Add(context_);
    stub.PrepareBidiStreamingCall(&context_, PathOf(method_), {}, this);
    AddHold();  // reads and writes come from outside of reactions
    outgoing_ = std::move(only_request);
    if (outgoing_ != nullptr) StartWriteLast(outgoing_.get(), {});
    StartCall();
  }

  void Read(Next next) override {
    enum class Way { kStart, kAwaitEnd, kTellEnd } way = Way::kTellEnd;
    {
      const std::scoped_lock lock(mutex_);
      if (!ended_) {
        way = released_ ? Way::kAwaitEnd : Way::kStart;  // where nothing may be started any more, OnDone answers
        next_ = std::move(next);
        reading_ = way == Way::kStart;
      }
    }
    if (way == Way::kStart) {
      incoming_ = NewMessage(*method_.output_type());
      StartRead(incoming_.get());
    } else if (way == Way::kTellEnd) {
      next(nullptr, end_);
    }
  }

  void Write(std::unique_ptr<Message> message, std::function<void(bool)> written) override {
    bool start = false;
    {
      const std::scoped_lock lock(mutex_);
      start = !released_;
      writing_ = start;
      if (start) written_ = std::move(written);
    }
    if (start) {
      outgoing_ = std::move(message);
      StartWrite(outgoing_.get());
    } else {
      written(false);
    }
  }

  void Finish(std::function<void(Reply)> done) override {
    bool open = false;
    {
      const std::scoped_lock lock(mutex_);
      open = !released_;
    }
    if (open) StartWritesDone();
    Read(
        [self = shared_from_this(), done = std::move(done)](std::unique_ptr<Message> message, const absl::Status& end) {
          if (message == nullptr) return done({end.ok() ? Unreachable(*self->method_.service()) : end, nullptr, 0});
          // The status comes behind the message.
          auto kept = std::make_shared<std::unique_ptr<Message>>(std::move(message));
          self->Read([self, done, kept](std::unique_ptr<Message> /*none*/, const absl::Status& last) {
            done({last, std::move(*kept), RevisionOf(self->context_)});
          });
        });
  }

  void Cancel() override {
    context_.TryCancel();
    bool quiet = false;
    {
      const std::scoped_lock lock(mutex_);
      quiet = !reading_ && !writing_;
    }
    if (quiet) Release();  // nothing is under way that would tell us
  }

 private:
  void OnReadDone(bool ok) override {
    Next next;
    std::unique_ptr<Message> message;
    {
      const std::scoped_lock lock(mutex_);
      reading_ = false;
      if (ok) {
        next = std::exchange(next_, nullptr);
        message = std::move(incoming_);
      }
    }
    if (!ok) return Release();  // OnDone comes next and tells the end
    next(std::move(message), absl::OkStatus());
  }

  void OnWriteDone(bool ok) override {
    std::function<void(bool)> written;
    {
      const std::scoped_lock lock(mutex_);
      writing_ = false;
      written = std::exchange(written_, nullptr);
    }
    if (!ok) Release();
    if (written) written(ok);
  }

  // Nothing more will be started: gRPC may end the call.
  void Release() {
    {
      const std::scoped_lock lock(mutex_);
      if (std::exchange(released_, true)) return;
    }
    RemoveHold();
  }

  void OnDone(const grpc::Status& status) override {
    Next next;
    std::function<void(bool)> written;
    {
      const std::scoped_lock lock(mutex_);
      ended_ = true;
      end_ = rpc::FromGrpc(status);
      next = std::exchange(next_, nullptr);
      written = std::exchange(written_, nullptr);
    }
    if (written) written(false);
    if (next) next(nullptr, end_);
    const auto last_use = std::move(self_);
    running_.Remove(context_);
  }

  const MethodDescriptor& method_;
  Running& running_;
  grpc::ClientContext context_;
  std::shared_ptr<StreamCall> self_;
  std::mutex mutex_;
  std::unique_ptr<Message> outgoing_;
  std::unique_ptr<Message> incoming_;
  Next next_;
  std::function<void(bool)> written_;
  absl::Status end_;
  bool reading_ = false;
  bool writing_ = false;
  bool released_ = false;  // no further read or write may be started
  bool ended_ = false;
};

// A stream to a service that has no channel: ends at once.
class NoStream final : public ServerStream, public ClientStream {
 public:
  explicit NoStream(absl::Status why) : why_(std::move(why)) {}
  void Read(Next next) override { next(nullptr, why_); }
  void Write(std::unique_ptr<Message> /*message*/, std::function<void(bool)> written) override { written(false); }
  void Finish(std::function<void(Reply)> done) override { done({why_, nullptr, 0}); }
  void Cancel() override {}

 private:
  absl::Status why_;
};

class GrpcServices final : public Backend {
 public:
  explicit GrpcServices(Channels channels) : channels_(std::move(channels)) {
    for (const auto& [service, channel] : channels_) stubs_.emplace(service, std::make_unique<Stub>(channel));
  }
  // What still runs is cancelled and waited for, so that no answer comes to somebody who is gone.
  ~GrpcServices() override { running_.CancelAll(); }
  GrpcServices(const GrpcServices&) = delete;
  GrpcServices& operator=(const GrpcServices&) = delete;

  void Call(const MethodDescriptor& method, const rpc::Forwarded& forwarded, std::unique_ptr<Message> request,
            std::function<void(Reply)> done) override {
    Stub* stub = StubOf(method);
    if (stub == nullptr) return done({Unreachable(*method.service()), nullptr, 0});
    auto call = std::make_unique<UnaryCall>();
    rpc::Forward(forwarded, call->context);
    SetDeadline(method, call->context);
    call->request = std::move(request);
    call->response = NewMessage(*method.output_type());
    call->done = std::move(done);
    UnaryCall* started = call.release();
    running_.Add(started->context);
    stub->UnaryCall(&started->context, PathOf(method), {}, started->request.get(), started->response.get(),
                    [this, started](grpc::Status status) {
                      const std::unique_ptr<UnaryCall> ended(started);
                      ended->done({rpc::FromGrpc(status), std::move(ended->response), RevisionOf(ended->context)});
                      running_.Remove(ended->context);
                    });
  }

  std::shared_ptr<ServerStream> Open(const MethodDescriptor& method, const rpc::Forwarded& forwarded,
                                     std::unique_ptr<Message> request) override {
    Stub* stub = StubOf(method);
    if (stub == nullptr) return std::make_shared<NoStream>(Unreachable(*method.service()));
    auto stream = std::make_shared<StreamCall>(method, running_);
    stream->Start(*stub, forwarded, std::move(request));
    return stream;
  }

  std::shared_ptr<ClientStream> Upload(const MethodDescriptor& method, const rpc::Forwarded& forwarded) override {
    Stub* stub = StubOf(method);
    if (stub == nullptr) return std::make_shared<NoStream>(Unreachable(*method.service()));
    auto stream = std::make_shared<StreamCall>(method, running_);
    stream->Start(*stub, forwarded, nullptr);
    return stream;
  }

  std::optional<std::string> FirstUnreachable() override {
    constexpr std::chrono::milliseconds kPatience{500};
    for (const auto& [service, channel] : channels_) {
      if (!rpc::IsServing(channel, service, kPatience)) return service;
    }
    return std::nullopt;
  }

 private:
  Stub* StubOf(const MethodDescriptor& method) const {
    const auto found = stubs_.find(method.service()->full_name());
    return found == stubs_.end() ? nullptr : found->second.get();
  }

  Channels channels_;
  std::map<std::string, std::unique_ptr<Stub>, std::less<>> stubs_;
  Running running_;
};

}  // namespace

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor& type) {
  return std::unique_ptr<Message>(google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

std::unique_ptr<Backend> GrpcBackend(Channels channels) { return std::make_unique<GrpcServices>(std::move(channels)); }

}  // namespace allmende::gateway
