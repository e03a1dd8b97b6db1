// The gRPC server of a process: its services, its addresses, its health, and an orderly end. Listens through
// AcceptLoop, and answers in-process channels whether it listens or not.
//
// Health (grpc.health.v1) is answered on gRPC's own threads, on which nothing waits, so it stays quick under overload.
#pragma once

#include <absl/status/status.h>
#include <grpcpp/channel.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/rpc/accept_loop.h"
#include "common/rpc/call_engine.h"
#include "common/rpc/service.h"

namespace allmende::rpc {

struct HostOptions {
  std::vector<std::string> listen;  // address.h; empty: only in-process channels
  bool reflection = false;
  int max_connections = 1'000;
  int max_request_bytes = 8 << 20;
  std::chrono::milliseconds drain_limit = std::chrono::seconds(10);
};

// The answer's limit on both ends: reports of large imports are the largest.
inline constexpr int kMaxReplyBytes = 64 << 20;
// Trailing metadata carry the details of errors.
inline constexpr int kMaxMetadataBytes = 64 << 10;

class ServerHost {
 public:
  // The engine must outlive the host.
  ServerHost(HostOptions options, CallEngine& engine);
  // Drains, where that has not happened.
  ~ServerHost();
  ServerHost(const ServerHost&) = delete;
  ServerHost& operator=(const ServerHost&) = delete;

  // Before Start.
  void Serve(std::unique_ptr<HostedService> service);
  bool Serves(std::string_view service) const;
  // Before Start. Answers the methods that no service here has; without it they are UNIMPLEMENTED.
  void ServeUnknown(std::unique_ptr<grpc::CallbackGenericService> service) { unknown_methods_ = std::move(service); }

  // Refuses where a method has no complete policy, or an address cannot be had. Health says NOT_SERVING until
  // SetServing.
  absl::Status Start();
  void SetServing(bool serving);
  // Where it really listens: "127.0.0.1:0" has become a port.
  std::vector<std::string> addresses() const { return accept_loop_.addresses(); }
  // To this server without a socket. After Start.
  std::shared_ptr<grpc::Channel> InProcessChannel();

  // Health says NOT_SERVING, no new connection comes in, streams end, calls that run are waited for until the limit and
  // then cancelled. False: a handler still hangs; the process should end without destroying what it uses.
  bool Drain();

 private:
  HostOptions options_;
  CallEngine& engine_;
  AcceptLoop accept_loop_;
  std::vector<std::unique_ptr<HostedService>> services_;
  // Answers methods that no service has, and lets a process be healthy that has no service yet: gRPC does not start
  // without any callback service.
  std::unique_ptr<grpc::CallbackGenericService> unknown_methods_ = std::make_unique<grpc::CallbackGenericService>();
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> server_;
  bool drained_ = false;
};

}  // namespace allmende::rpc
