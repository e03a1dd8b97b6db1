// Channels to other services, and what travels along with a call.
//
// Deadlines and repetitions come from the methods' policies, as gRPC's own service config: a method that only reads or
// is idempotent by request id is repeated up to twice when the server was UNAVAILABLE, as long as no more than a tenth
// of all calls are repetitions; nothing else ever is.
#pragma once

#include <google/protobuf/descriptor.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>
#include <string_view>

#include "common/call/call_context.h"

namespace allmende::rpc {

// A channel to `address` (address.h) for calls of `service` ("allmende.registry.v1.RegistryService"). Connects when it
// is used, and again after 100 ms to 3 s when the connection is lost.
std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address, std::string_view service);

// The service config as JSON; exposed for its test.
std::string ServiceConfig(const google::protobuf::ServiceDescriptor& service);

// What a caller's request carries on to the next service. Empty ones are left out.
struct Forwarded {
  std::string authorization;
  std::string traceparent;
  std::string request_id;
  std::string accept_language;
};
void Forward(const Forwarded& forwarded, grpc::ClientContext& context);

// "00-<trace>-<span>-01" of this call, for calls made on its behalf.
std::string TraceParentOf(const CallContext& call);

// What the server at the other end says about `service` (empty: about itself) in at most `timeout`.
bool IsServing(const std::shared_ptr<grpc::Channel>& channel, const std::string& service,
               std::chrono::milliseconds timeout);

}  // namespace allmende::rpc
