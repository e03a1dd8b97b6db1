#include "common/rpc/server_host.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/security/server_credentials.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "common/base/macros.h"
#include "common/log/log.h"
#include "common/status/error.h"

namespace allmende::rpc {
namespace {

using google::protobuf::MethodDescriptor;
using std::chrono::steady_clock;

// More calls on one connection than the engine takes at once: the gateway sends all of its calls over one.
constexpr int kMaxConcurrentStreams = 4'096;

// The reflection library registers itself as soon as it is linked; this takes it back out.
class WithoutReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments* /*arguments*/) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    std::erase_if(*plugins, [](const auto& plugin) { return plugin->name() == "proto_server_reflection"; });
  }
};

absl::Status CheckPolicy(const MethodDescriptor& method) {
  const options::v1::MethodPolicy& policy = PolicyOf(method);
  const bool stream = method.client_streaming() || method.server_streaming();
  const bool complete = policy.scope() != options::v1::SCOPE_UNSPECIFIED &&
                        policy.idempotency() != options::v1::IDEMPOTENCY_UNSPECIFIED &&
                        (stream || policy.deadline().seconds() > 0 || policy.deadline().nanos() > 0);
  if (complete) return absl::OkStatus();
  log::Error("a method without a complete policy (scope, deadline, idempotency)", {{"method", method.full_name()}});
  return Error(Reason::INTERNAL_ERROR, {{"method", method.full_name()}});
}

void Configure(grpc::ServerBuilder& builder, const HostOptions& options) {
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxConcurrentStreams);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
  // A peer that vanished is noticed within 80 s; clients may ask every 10 s.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.SetMaxReceiveMessageSize(options.max_request_bytes);
  builder.SetMaxSendMessageSize(kMaxReplyBytes);
  if (options.reflection) {
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  } else {
    builder.SetOption(std::make_unique<WithoutReflection>());
  }
}

}  // namespace

ServerHost::ServerHost(HostOptions options, CallEngine& engine)
    : options_(std::move(options)), engine_(engine), accept_loop_(options_.max_connections, engine.metrics()) {}

ServerHost::~ServerHost() { Drain(); }

void ServerHost::Serve(std::unique_ptr<HostedService> service) { services_.push_back(std::move(service)); }

bool ServerHost::Serves(std::string_view service) const {
  return std::ranges::any_of(services_,
                             [&](const auto& hosted) { return hosted->descriptor().full_name() == service; });
}

absl::Status ServerHost::Start() {
  for (const auto& service : services_) {
    for (int i = 0; i < service->descriptor().method_count(); ++i)
      RETURN_IF_ERROR(CheckPolicy(*service->descriptor().method(i)));
  }
  for (const std::string& text : options_.listen) {
    ASSIGN_OR_RETURN(Address address, ParseAddress(text));
    RETURN_IF_ERROR(accept_loop_.Listen(std::move(address)));
  }
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  Configure(builder, options_);
  for (const auto& service : services_) builder.RegisterService(&service->service());
  builder.RegisterCallbackGenericService(unknown_methods_.get());
  acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, grpc::InsecureServerCredentials());
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) return Error(Reason::INTERNAL_ERROR, {{"cause", "gRPC did not start"}});
  SetServing(false);
  accept_loop_.Start([this](int listener, int connection) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
    parameters.listener_fd = listener;
    parameters.fd = connection;
    acceptor_->HandleNewConnection(&parameters);
  });
  return absl::OkStatus();
}

void ServerHost::SetServing(bool serving) {
  auto* health = server_->GetHealthCheckService();
  for (const auto& service : services_) health->SetServingStatus(service->descriptor().full_name(), serving);
  health->SetServingStatus("", serving);
}

std::shared_ptr<grpc::Channel> ServerHost::InProcessChannel() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxReplyBytes);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  return server_->InProcessChannel(arguments);
}

bool ServerHost::Drain() {
  if (server_ == nullptr || drained_) return true;
  drained_ = true;
  const Deadline limit = steady_clock::now() + options_.drain_limit;
  SetServing(false);
  accept_loop_.Stop();
  engine_.streams().Drain();
  // Shutdown waits without limit for streams whose handler hangs, so it may only begin when there are none.
  if (!engine_.streams().AwaitEmpty(limit)) return false;
  // What runs gets most of the time; the rest is for handlers to notice that they were cancelled.
  const auto left = std::max(steady_clock::duration::zero(), limit - steady_clock::now());
  server_->Shutdown(std::chrono::system_clock::now() + left * 9 / 10);
  while (!engine_.executor().Idle()) {
    if (steady_clock::now() > limit) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace allmende::rpc
