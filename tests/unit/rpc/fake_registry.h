// A registry whose handlers the test decides, behind a real server on a free port.
#pragma once

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "allmende/registry/v1/registry_service.grpc.pb.h"
#include "common/identity/key_file.h"
#include "common/rpc/client.h"
#include "common/rpc/server_host.h"
#include "common/testing/matchers.h"

namespace allmende::rpc {

using namespace registry::v1;  // NOLINT(google-build-using-namespace): messages of the tests
using type::v1::WatchRequest;
using type::v1::WatchResponse;

constexpr const char* kActorName = "landscapes/musterland/actors/x";

// What the service does; each a function the test may replace.
struct Handlers {
  std::function<absl::StatusOr<Actor>(CallContext&, const GetActorRequest&)> get_actor = [](auto&,
                                                                                            const auto& request) {
    Actor actor;
    actor.set_name(request.name());
    return actor;
  };
  std::function<absl::Status(CallContext&, const WatchRequest&, Writer<WatchResponse>&)> watch_actors;
  std::function<absl::StatusOr<ImportResponse>(CallContext&, Reader<ImportRequest>&)> import_actors;

  absl::StatusOr<Actor> GetActor(CallContext& call, const GetActorRequest& request) { return get_actor(call, request); }
  absl::Status GetAny(CallContext& call, const Message& request, Message& reply) {
    call.revision = 7;
    reply.GetReflection()->SetString(&reply, reply.GetDescriptor()->FindFieldByName("name"), request.GetTypeName());
    return absl::OkStatus();
  }
  absl::Status WatchActors(CallContext& call, const WatchRequest& request, Writer<WatchResponse>& writer) {
    return watch_actors(call, request, writer);
  }
  absl::StatusOr<ImportResponse> ImportActors(CallContext& call, Reader<ImportRequest>& reader) {
    return import_actors(call, reader);
  }
};

class FakeService final : public ServiceOf<registry::v1::RegistryService> {
 public:
  FakeService(CallEngine& engine, Handlers& handlers) : ServiceOf(engine), handlers_(handlers) {}
  Unary* GetActor(Context* c, const GetActorRequest* q, Actor* r) override {
    return Run(c, q, r, &handlers_, &Handlers::GetActor);
  }
  Unary* GetSite(Context* c, const GetSiteRequest* q, Site* r) override {
    return Run(c, q, r, &handlers_, &Handlers::GetAny);
  }
  Writes<WatchResponse>* WatchActors(Context* c, const WatchRequest* q) override {
    return Run(c, q, &handlers_, &Handlers::WatchActors);
  }
  Reads<ImportRequest>* ImportActors(Context* c, ImportResponse* r) override {
    return Run(c, r, &handlers_, &Handlers::ImportActors);
  }

 private:
  Handlers& handlers_;
};

// A gate at which handlers wait until the test opens it.
class Gate {
 public:
  void Wait() const { opened_.wait(); }
  void Open() { open_.set_value(); }

 private:
  std::promise<void> open_;
  std::shared_future<void> opened_ = open_.get_future().share();
};

class FakeRegistry : public ::testing::Test {
 protected:
  void Start(CallLimits limits = {}, HostOptions options = {.listen = {"127.0.0.1:0"}}) {
    engine_ = std::make_unique<CallEngine>(limits, metrics_, *everybody_);
    host_ = std::make_unique<ServerHost>(std::move(options), *engine_);
    host_->Serve(std::make_unique<FakeService>(*engine_, handlers_));
    ASSERT_OK(host_->Start());
    host_->SetServing(true);
    // A bare channel: what arrives is what the server said, not what a client-side policy made of it.
    if (!host_->addresses().empty()) channel_ = BareChannel(host_->addresses().front());
    stub_ = RegistryService::NewStub(channel_ == nullptr ? host_->InProcessChannel() : channel_);
  }
  void TearDown() override {
    stub_.reset();
    channel_.reset();
    EXPECT_TRUE(host_ == nullptr || host_->Drain());
    host_.reset();
    engine_.reset();
  }

  // With sockets of its own, not shared with other channels of the process.
  static std::shared_ptr<grpc::Channel> BareChannel(const std::string& address) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  }

  absl::StatusOr<Actor> GetActor(const std::string& name = kActorName, const char* language = nullptr) {
    grpc::ClientContext context;
    if (language != nullptr) context.AddMetadata("accept-language", language);
    GetActorRequest request;
    request.set_name(name);
    Actor actor;
    const grpc::Status status = stub_->GetActor(&context, request, &actor);
    if (!status.ok()) return FromGrpc(status);
    return actor;
  }
  std::future<absl::StatusOr<Actor>> GetActorLater() {
    return std::async(std::launch::async, [this] { return GetActor(); });
  }

  Metrics metrics_;
  std::unique_ptr<identity::Authenticator> everybody_ = identity::DevelopmentAuthenticator();
  Handlers handlers_;
  std::unique_ptr<CallEngine> engine_;
  std::unique_ptr<ServerHost> host_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<RegistryService::Stub> stub_;
};

// Waits until `condition` holds, for at most five seconds.
inline bool Eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

inline std::chrono::milliseconds Since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace allmende::rpc
