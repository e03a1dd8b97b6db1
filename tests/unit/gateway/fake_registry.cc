#include "tests/unit/gateway/fake_registry.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <thread>

#include "services/gateway/transcode/route.h"

namespace allmende::gateway {
namespace {

using namespace std::chrono_literals;

grpc::Status Refused(const absl::Status& status) { return rpc::ToGrpc(status, Language::kGerman); }

const std::vector<const ServiceDescriptor*>& Services() {
  static const std::vector<const ServiceDescriptor*> services = {
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName("allmende.registry.v1.RegistryService")};
  return services;
}

}  // namespace

bool Eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + 5s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

std::map<std::string, std::string> FakeRegistry::Metadata() {
  const std::scoped_lock lock(mutex_);
  return metadata_;
}

std::string FakeRegistry::LastRequest() {
  const std::scoped_lock lock(mutex_);
  return last_request_;
}

std::int64_t FakeRegistry::Put(Actor actor) {
  const std::scoped_lock lock(mutex_);
  changed_.push_back(actor.name());
  const auto revision = static_cast<std::int64_t>(changed_.size());
  actor.set_revision(revision);
  actor.set_etag(fmt::format("e{}", revision));
  actors_[actor.name()] = std::move(actor);
  return revision;
}

void FakeRegistry::FailWith(absl::Status status) {
  const std::scoped_lock lock(mutex_);
  failure_ = std::move(status);
}

void FakeRegistry::EndWatches() { ++watch_epoch_; }

grpc::Status FakeRegistry::Begin(grpc::ServerContext* context, const google::protobuf::Message& request) {
  ++calls_;
  while (hold) std::this_thread::sleep_for(1ms);
  const std::scoped_lock lock(mutex_);
  metadata_.clear();
  for (const auto& [key, value] : context->client_metadata())
    metadata_[{key.data(), key.size()}] = {value.data(), value.size()};
  last_request_ = request.ShortDebugString();
  return Refused(failure_);
}

void FakeRegistry::AddRevision(grpc::ServerContext* context) {
  const std::scoped_lock lock(mutex_);
  context->AddTrailingMetadata("x-revision", std::to_string(changed_.size()));
}

grpc::Status FakeRegistry::GetActor(grpc::ServerContext* context, const registry::v1::GetActorRequest* request,
                                    Actor* reply) {
  if (auto begun = Begin(context, *request); !begun.ok()) return begun;
  AddRevision(context);
  const std::scoped_lock lock(mutex_);
  const auto found = actors_.find(request->name());
  if (found == actors_.end()) return Refused(Error(Reason::NOT_FOUND, {{"name", request->name()}}));
  *reply = found->second;
  return grpc::Status::OK;
}

grpc::Status FakeRegistry::ListActors(grpc::ServerContext* context, const registry::v1::ListActorsRequest* request,
                                      registry::v1::ListActorsResponse* reply) {
  if (auto begun = Begin(context, *request); !begun.ok()) return begun;
  AddRevision(context);
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, actor] : actors_) *reply->add_actors() = actor;
  if (request->page_size() > 0 && request->page_token().empty()) reply->set_next_page_token("tok=n/1");
  return grpc::Status::OK;
}

grpc::Status FakeRegistry::SearchActors(grpc::ServerContext* context, const registry::v1::SearchActorsRequest* request,
                                        registry::v1::SearchActorsResponse* reply) {
  if (auto begun = Begin(context, *request); !begun.ok()) return begun;
  AddRevision(context);
  reply->set_total_size(7);
  return grpc::Status::OK;
}

grpc::Status FakeRegistry::CreateActor(grpc::ServerContext* context, const registry::v1::CreateActorRequest* request,
                                       Actor* reply) {
  if (auto begun = Begin(context, *request); !begun.ok()) return begun;
  Actor actor = request->actor();
  actor.set_name(
      fmt::format("{}/actors/{}", request->parent(), request->actor_id().empty() ? "new" : request->actor_id()));
  Put(actor);
  AddRevision(context);
  const std::scoped_lock lock(mutex_);
  *reply = actors_[actor.name()];
  return grpc::Status::OK;
}

grpc::Status FakeRegistry::UpdateActor(grpc::ServerContext* context, const registry::v1::UpdateActorRequest* request,
                                       Actor* reply) {
  if (auto begun = Begin(context, *request); !begun.ok()) return begun;
  {
    const std::scoped_lock lock(mutex_);
    const std::string& present = actors_[request->actor().name()].etag();
    if (!request->actor().etag().empty() && request->actor().etag() != present) {
      return Refused(
          Error(Reason::STALE_ETAG,
                {{"name", request->actor().name()}, {"current", present}, {"expected", request->actor().etag()}}));
    }
  }
  Put(request->actor());
  AddRevision(context);
  const std::scoped_lock lock(mutex_);
  *reply = actors_[request->actor().name()];
  return grpc::Status::OK;
}

grpc::Status FakeRegistry::DeleteActor(grpc::ServerContext* context, const registry::v1::DeleteActorRequest* request,
                                       google::protobuf::Empty* /*reply*/) {
  if (auto begun = Begin(context, *request); !begun.ok()) return begun;
  {
    const std::scoped_lock lock(mutex_);
    actors_.erase(request->name());
    changed_.push_back(request->name());
  }
  AddRevision(context);
  return grpc::Status::OK;
}

grpc::Status FakeRegistry::WatchActors(grpc::ServerContext* context, const WatchRequest* request,
                                       grpc::ServerWriter<WatchResponse>* writer) {
  if (auto begun = Begin(context, *request); !begun.ok()) return begun;
  return Watch(context, request, writer);
}

grpc::Status FakeRegistry::WatchChanges(grpc::ServerContext* context, const WatchRequest* request,
                                        grpc::ServerWriter<WatchResponse>* writer) {
  return Watch(context, request, writer);
}

grpc::Status FakeRegistry::Watch(grpc::ServerContext* context, const WatchRequest* request,
                                 grpc::ServerWriter<WatchResponse>* writer) {
  const int epoch = watch_epoch_;
  std::int64_t sent = request->from_revision();
  const auto heartbeat =
      std::chrono::milliseconds(request->has_heartbeat() ? request->heartbeat().seconds() * 1000 : 15'000);
  auto last = std::chrono::steady_clock::time_point::min();
  while (!context->IsCancelled() && epoch == watch_epoch_) {
    std::vector<WatchResponse> responses;
    if (!deaf) {
      const std::scoped_lock lock(mutex_);
      if (sent == -1) sent = static_cast<std::int64_t>(changed_.size());
      for (; sent < static_cast<std::int64_t>(changed_.size()); ++sent) {
        WatchResponse& response = responses.emplace_back();
        response.set_revision(sent + 1);
        auto* change = response.add_changes();
        change->set_revision(sent + 1);
        change->set_resource_name(changed_[static_cast<std::size_t>(sent)]);
        change->set_kind(type::v1::Change::UPDATED);
      }
      if (responses.empty() && (last == std::chrono::steady_clock::time_point::min() ||
                                std::chrono::steady_clock::now() > last + heartbeat)) {
        responses.emplace_back().set_revision(sent);
      }
    }
    for (const WatchResponse& response : responses) {
      last = std::chrono::steady_clock::now();
      if (!writer->Write(response)) return grpc::Status::OK;
    }
    std::this_thread::sleep_for(1ms);
  }
  return grpc::Status::OK;
}

grpc::Status FakeRegistry::ImportActors(grpc::ServerContext* context, grpc::ServerReader<ImportRequest>* reader,
                                        ImportResponse* reply) {
  ImportRequest message;
  if (!reader->Read(&message)) return Refused(Error(Reason::CALL_CANCELLED));
  if (auto begun = Begin(context, message); !begun.ok()) return begun;
  do {
    ++upload_messages;
    uploaded += message.document().data();
    if (give_up_after > 0 && uploaded.size() > give_up_after) return Refused(FieldError("document", Reason::MALFORMED));
  } while (reader->Read(&message));
  if (context->IsCancelled()) return grpc::Status::CANCELLED;
  reply->mutable_import()->mutable_counts()->set_rows(static_cast<std::int64_t>(uploaded.size()));
  return grpc::Status::OK;
}

void GatewayTest::Start(GatewayOptions options, const identity::Authenticator* authenticator) {
  TearDown();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.RegisterService(&registry_);
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  grpc_server_ = builder.BuildAndStart();
  grpc_server_->GetHealthCheckService()->SetServingStatus("allmende.registry.v1.RegistryService", true);
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto channel =
      grpc::CreateCustomChannel(fmt::format("127.0.0.1:{}", port), grpc::InsecureChannelCredentials(), arguments);
  backend_ = GrpcBackend({{"allmende.registry.v1.RegistryService", channel}});
  ASSERT_OK_AND_ASSIGN(std::vector<Route> routes, CollectRoutes(Services()));
  ASSERT_OK_AND_ASSIGN(router_, Router::Make(std::move(routes)));
  if (options.openapi.empty()) options.openapi = R"({"openapi":"3.1.0"})";
  gateway_ = std::make_unique<Gateway>(options, *router_, Services(), *backend_, authenticator, metrics_);
  ASSERT_OK_AND_ASSIGN(server_, Server::Start(ServerOptions{}, *gateway_));
}

void GatewayTest::TearDown() {
  registry_.hold = false;
  server_.reset();
  gateway_.reset();
  backend_.reset();
  if (grpc_server_ != nullptr) grpc_server_->Shutdown(std::chrono::system_clock::now() + 1s);
  grpc_server_.reset();
}

std::string GatewayTest::Request(std::string_view verb, std::string_view target,
                                 const std::vector<std::string>& headers, std::string_view body) {
  std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: test\r\n", verb, target);
  for (const std::string& header : headers) request += header + "\r\n";
  if (!body.empty()) request += fmt::format("Content-Length: {}\r\n", body.size());
  return request + "\r\n" + std::string(body);
}

RawAnswer GatewayTest::Ask(std::string_view verb, std::string_view target, const std::vector<std::string>& headers,
                           std::string_view body) {
  RawClient client(Port());
  client.Send(Request(verb, target, headers, body));
  return client.Read(verb != "HEAD");
}

}  // namespace allmende::gateway
