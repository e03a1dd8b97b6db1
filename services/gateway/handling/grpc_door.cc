#include "services/gateway/handling/grpc_door.h"

#include <grpcpp/support/client_callback.h>

#include <set>
#include <string_view>

#include "common/rpc/grpc_status.h"
#include "common/status/error.h"

namespace allmende::gateway {
namespace {

using grpc::ByteBuffer;

// What belongs to one connection and not to the call.
bool IsHopByHop(std::string_view key) {
  return key.starts_with("grpc-") || key.starts_with(":") || key == "user-agent" || key == "content-type" ||
         key == "te";
}

grpc::Status Away(std::string_view what) {
  return rpc::ToGrpc(Error(Reason::TEMPORARILY_UNAVAILABLE, {{"what", std::string(what)}}), Language::kEnglish);
}

}  // namespace

struct GrpcDoor::State {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<grpc::GenericStub>, std::less<>> stubs;
  std::set<grpc::ClientContext*> running;
  bool open = false;
};

// One call: two reactors, back to back. What one side has read the other writes, and only then is more read, so a slow
// side slows the other and nothing piles up.
class GrpcDoor::HandedOn final : public grpc::ServerGenericBidiReactor {
 public:
  HandedOn(std::shared_ptr<State> state, grpc::GenericCallbackServerContext& context)
      : state_(std::move(state)), context_(context), service_(*this) {
    const std::string& method = context.method();  // "/allmende.registry.v1.RegistryService/GetActor"
    const std::size_t slash = method.rfind('/');
    const std::string_view name =
        slash == 0 || slash == std::string::npos ? "" : std::string_view(method).substr(1, slash - 1);
    const std::scoped_lock lock(state_->mutex);
    const auto stub = state_->stubs.find(name);
    if (!state_->open || stub == state_->stubs.end()) {
      service_done_ = true;
      Finish(state_->open ? grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "") : Away("allmende"));
      return;
    }
    for (const auto& [key, value] : context.client_metadata()) {
      if (!IsHopByHop({key.data(), key.size()})) {
        service_.context.AddMetadata({key.data(), key.size()}, {value.data(), value.size()});
      }
    }
    service_.context.set_deadline(context.deadline());
    state_->running.insert(&service_.context);
    stub->second->PrepareBidiStreamingCall(&service_.context, method, {}, &service_);
    service_.Begin();
    StartRead(&from_caller_);
  }

 private:
  // The side of the service.
  class Service final : public grpc::ClientBidiReactor<ByteBuffer, ByteBuffer> {
   public:
    explicit Service(HandedOn& call) : call_(call) {}
    grpc::ClientContext context;

    void Begin() {
      AddHold();  // writes and further reads come from the caller's side
      StartRead(&call_.from_service_);
      StartCall();
    }
    void Write(const ByteBuffer& message) {
      const std::scoped_lock lock(mutex_);
      if (open_) StartWrite(&message);
    }
    void WritesDone() {
      const std::scoped_lock lock(mutex_);
      if (open_) StartWritesDone();
    }
    void Read() {
      const std::scoped_lock lock(mutex_);
      if (open_) StartRead(&call_.from_service_);
    }

   private:
    void OnReadDone(bool ok) override {
      if (ok) return call_.StartWrite(&call_.from_service_);
      {
        const std::scoped_lock lock(mutex_);
        open_ = false;
      }
      RemoveHold();  // its last message has come; OnDone brings the status
    }
    void OnWriteDone(bool ok) override {
      if (ok) call_.StartRead(&call_.from_caller_);
    }
    void OnDone(const grpc::Status& status) override { call_.ServiceDone(status); }

    HandedOn& call_;
    std::mutex mutex_;
    bool open_ = true;
  };

  void OnReadDone(bool ok) override { ok ? service_.Write(from_caller_) : service_.WritesDone(); }
  void OnWriteDone(bool ok) override {
    if (!ok) service_.context.TryCancel();
    service_.Read();
  }
  void OnCancel() override { service_.context.TryCancel(); }

  void ServiceDone(const grpc::Status& status) {
    {
      const std::scoped_lock lock(state_->mutex);
      state_->running.erase(&service_.context);
    }
    for (const auto& [key, value] : service_.context.GetServerTrailingMetadata()) {
      if (!IsHopByHop({key.data(), key.size()})) {
        context_.AddTrailingMetadata({key.data(), key.size()}, {value.data(), value.size()});
      }
    }
    Finish(status);
    Leave();
  }

  void OnDone() override { Leave(); }

  // Both sides have to be done with it.
  void Leave() {
    bool last = false;
    {
      const std::scoped_lock lock(mutex_);
      last = std::exchange(service_done_, true);
    }
    if (last) delete this;
  }

  std::shared_ptr<State> state_;
  grpc::GenericCallbackServerContext& context_;
  ByteBuffer from_caller_;
  ByteBuffer from_service_;
  Service service_;
  std::mutex mutex_;
  bool service_done_ = false;
};

GrpcDoor::GrpcDoor() : state_(std::make_shared<State>()) {}
GrpcDoor::~GrpcDoor() { Close(); }

void GrpcDoor::Open(Channels channels) {
  const std::scoped_lock lock(state_->mutex);
  for (const auto& [service, channel] : channels) state_->stubs[service] = std::make_unique<grpc::GenericStub>(channel);
  state_->open = true;
}

void GrpcDoor::Close() {
  const std::scoped_lock lock(state_->mutex);
  state_->open = false;
  for (grpc::ClientContext* context : state_->running) context->TryCancel();
}

grpc::ServerGenericBidiReactor* GrpcDoor::CreateReactor(grpc::GenericCallbackServerContext* context) {
  return new HandedOn(state_, *context);  // deletes itself when both sides are done
}

}  // namespace allmende::gateway
