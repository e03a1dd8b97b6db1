#include "common/rpc/client.h"

#include <fmt/format.h>
#include <grpc/health/v1/health.grpc.pb.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <vector>

#include "common/rpc/server_host.h"

namespace allmende::rpc {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

constexpr std::string_view kRetryPolicy =
    R"(,"retryPolicy":{"maxAttempts":3,"initialBackoff":"0.05s","maxBackoff":"0.5s","backoffMultiplier":2,)"
    R"("retryableStatusCodes":["UNAVAILABLE"]})";

bool MayBeRepeated(const MethodDescriptor& method) {
  const auto idempotency = PolicyOf(method).idempotency();
  return !method.client_streaming() &&
         (idempotency == options::v1::READ_ONLY || idempotency == options::v1::BY_REQUEST_ID);
}

std::string MethodConfig(const MethodDescriptor& method) {
  std::string config =
      fmt::format(R"({{"name":[{{"service":"{}","method":"{}"}}])", method.service()->full_name(), method.name());
  const auto& deadline = PolicyOf(method).deadline();
  if (deadline.seconds() > 0 || deadline.nanos() > 0) {
    config += fmt::format(R"(,"timeout":"{}.{:09}s")", deadline.seconds(), deadline.nanos());
  }
  if (MayBeRepeated(method)) config += kRetryPolicy;
  return config + "}";
}

}  // namespace

std::string ServiceConfig(const ServiceDescriptor& service) {
  std::vector<std::string> methods;
  for (int i = 0; i < service.method_count(); ++i) methods.push_back(MethodConfig(*service.method(i)));
  return fmt::format(R"({{"methodConfig":[{}],"retryThrottling":{{"maxTokens":100,"tokenRatio":0.1}}}})",
                     fmt::join(methods, ","));
}

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address, std::string_view service) {
  grpc::ChannelArguments arguments;
  if (const auto* known = DescriptorPool::generated_pool()->FindServiceByName(std::string(service)); known != nullptr) {
    arguments.SetServiceConfigJSON(ServiceConfig(*known));
  }
  arguments.SetMaxReceiveMessageSize(kMaxReplyBytes);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 3'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

void Forward(const Forwarded& forwarded, grpc::ClientContext& context) {
  const auto add = [&context](const char* key, const std::string& value) {
    if (!value.empty()) context.AddMetadata(key, value);
  };
  add("authorization", forwarded.authorization);
  add("traceparent", forwarded.traceparent);
  add("x-request-id", forwarded.request_id);
  add("accept-language", forwarded.accept_language);
}

std::string TraceParentOf(const CallContext& call) { return fmt::format("00-{}-{}-01", call.trace_id, call.span_id); }

bool IsServing(const std::shared_ptr<grpc::Channel>& channel, const std::string& service,
               std::chrono::milliseconds timeout) {
  const auto stub = grpc::health::v1::Health::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  grpc::health::v1::HealthCheckResponse response;
  return stub->Check(&context, request, &response).ok() &&
         response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
}

}  // namespace allmende::rpc
