// One door for gRPC too: calls of any method are handed on to the service that has it, as bytes, with their metadata
// and deadline, in both directions. Nothing is decoded; rights and limits are the service's.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "services/gateway/handling/grpc_backend.h"

namespace allmende::gateway {

class GrpcDoor final : public grpc::CallbackGenericService {
 public:
  GrpcDoor();
  ~GrpcDoor() override;
  GrpcDoor(const GrpcDoor&) = delete;
  GrpcDoor& operator=(const GrpcDoor&) = delete;

  // Until it is open, and after it is closed, calls are UNAVAILABLE. Closing cancels what is under way.
  void Open(Channels channels);
  void Close();

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override;

 private:
  class HandedOn;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace allmende::gateway
