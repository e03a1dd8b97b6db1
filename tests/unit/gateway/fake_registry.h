// A registry whose answers the test decides, behind a gRPC server on a free port, with the gateway in front of it on a
// port.
#pragma once

#include <grpcpp/server.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "allmende/registry/v1/registry_service.grpc.pb.h"
#include "common/identity/authenticator.h"
#include "common/metrics/metrics.h"
#include "common/rpc/grpc_status.h"
#include "common/testing/matchers.h"
#include "services/gateway/handling/gateway.h"
#include "services/gateway/handling/grpc_backend.h"
#include "services/gateway/http/server.h"
#include "tests/unit/gateway/raw_client.h"

namespace allmende::gateway {

using registry::v1::Actor;
using registry::v1::ImportRequest;
using registry::v1::ImportResponse;
using type::v1::WatchRequest;
using type::v1::WatchResponse;

// Keeps actors in memory, with revisions and etags, and tells changes to those who watch.
class FakeRegistry final : public registry::v1::RegistryService::Service {
 public:
  // What came with the last call.
  std::map<std::string, std::string> Metadata();
  std::string LastRequest();  // as text
  int calls() const { return calls_; }

  // Puts an actor as if somebody had changed it elsewhere; the new revision.
  std::int64_t Put(Actor actor);
  // Where set, every unary call ends with it.
  void FailWith(absl::Status status);
  // Calls wait while this is set.
  std::atomic<bool> hold = false;
  // Changes are not told while this is set.
  std::atomic<bool> deaf = false;
  // Every uploaded byte, and how many messages they came in.
  std::string uploaded;
  int upload_messages = 0;
  // Where not 0: an import gives up after so many bytes.
  std::size_t give_up_after = 0;
  void EndWatches();

  grpc::Status GetActor(grpc::ServerContext* context, const registry::v1::GetActorRequest* request,
                        Actor* reply) override;
  grpc::Status ListActors(grpc::ServerContext* context, const registry::v1::ListActorsRequest* request,
                          registry::v1::ListActorsResponse* reply) override;
  grpc::Status SearchActors(grpc::ServerContext* context, const registry::v1::SearchActorsRequest* request,
                            registry::v1::SearchActorsResponse* reply) override;
  grpc::Status CreateActor(grpc::ServerContext* context, const registry::v1::CreateActorRequest* request,
                           Actor* reply) override;
  grpc::Status UpdateActor(grpc::ServerContext* context, const registry::v1::UpdateActorRequest* request,
                           Actor* reply) override;
  grpc::Status DeleteActor(grpc::ServerContext* context, const registry::v1::DeleteActorRequest* request,
                           google::protobuf::Empty* reply) override;
  grpc::Status WatchActors(grpc::ServerContext* context, const WatchRequest* request,
                           grpc::ServerWriter<WatchResponse>* writer) override;
  grpc::Status WatchChanges(grpc::ServerContext* context, const WatchRequest* request,
                            grpc::ServerWriter<WatchResponse>* writer) override;
  grpc::Status ImportActors(grpc::ServerContext* context, grpc::ServerReader<ImportRequest>* reader,
                            ImportResponse* reply) override;

 private:
  grpc::Status Begin(grpc::ServerContext* context, const google::protobuf::Message& request);
  void AddRevision(grpc::ServerContext* context);
  grpc::Status Watch(grpc::ServerContext* context, const WatchRequest* request,
                     grpc::ServerWriter<WatchResponse>* writer);

  std::mutex mutex_;
  std::map<std::string, std::string> metadata_;
  std::string last_request_;
  absl::Status failure_;
  std::map<std::string, Actor> actors_;
  std::vector<std::string> changed_;  // by revision, from 1
  std::atomic<int> calls_ = 0;
  std::atomic<int> watch_epoch_ = 0;
};

class GatewayTest : public ::testing::Test {
 protected:
  void SetUp() override { Start(); }
  void TearDown() override;
  void Start(GatewayOptions options = {}, const identity::Authenticator* authenticator = nullptr);

  // "GET /v1/..." with headers, each "Name: value".
  RawAnswer Ask(std::string_view verb, std::string_view target, const std::vector<std::string>& headers = {},
                std::string_view body = {});
  RawAnswer Get(std::string_view target, const std::vector<std::string>& headers = {}) {
    return Ask("GET", target, headers);
  }
  static std::string Request(std::string_view verb, std::string_view target,
                             const std::vector<std::string>& headers = {}, std::string_view body = {});
  int Port() const { return server_->port(); }

  FakeRegistry registry_;
  Metrics metrics_;
  std::unique_ptr<grpc::Server> grpc_server_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<Server> server_;
};

// Waits until `condition` holds, for at most five seconds.
bool Eventually(const std::function<bool()>& condition);

}  // namespace allmende::gateway
