// Backend over gRPC channels, one per service.
#pragma once

#include <grpcpp/channel.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "services/gateway/handling/backend.h"

namespace allmende::gateway {

// By full service name: "allmende.registry.v1.RegistryService". Calls to a service without a channel are UNAVAILABLE.
using Channels = std::map<std::string, std::shared_ptr<grpc::Channel>, std::less<>>;

std::unique_ptr<Backend> GrpcBackend(Channels channels);

}  // namespace allmende::gateway
