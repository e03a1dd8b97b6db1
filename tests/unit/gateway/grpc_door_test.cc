// gRPC through the door: the same answers, errors, metadata and streams as from the service itself.
#include "services/gateway/handling/grpc_door.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <future>

#include "tests/unit/gateway/fake_registry.h"

namespace allmende::gateway {
namespace {

using namespace std::chrono_literals;

class Door : public ::testing::Test {
 protected:
  void SetUp() override {
    Serve(service_server_, service_port_,
          [this](grpc::ServerBuilder& builder) { builder.RegisterService(&registry_); });
    Serve(door_server_, door_port_,
          [this](grpc::ServerBuilder& builder) { builder.RegisterCallbackGenericService(&door_); });
    door_.Open({{"allmende.registry.v1.RegistryService", ChannelTo(service_port_)}});
    stub_ = registry::v1::RegistryService::NewStub(ChannelTo(door_port_));
    Actor actor;
    actor.set_name("landscapes/mus/actors/a");
    registry_.Put(actor);
  }
  void TearDown() override {
    door_.Close();
    door_server_->Shutdown(std::chrono::system_clock::now() + 1s);
    service_server_->Shutdown(std::chrono::system_clock::now() + 1s);
  }
  static void Serve(std::unique_ptr<grpc::Server>& server, int& port,
                    const std::function<void(grpc::ServerBuilder&)>& add) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    add(builder);
    server = builder.BuildAndStart();
  }
  static std::shared_ptr<grpc::Channel> ChannelTo(int port) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(fmt::format("127.0.0.1:{}", port), grpc::InsecureChannelCredentials(), arguments);
  }

  FakeRegistry registry_;
  GrpcDoor door_;
  int service_port_ = 0;
  int door_port_ = 0;
  std::unique_ptr<grpc::Server> service_server_;
  std::unique_ptr<grpc::Server> door_server_;
  std::unique_ptr<registry::v1::RegistryService::Stub> stub_;
};

TEST_F(Door, HandsOnUnaryCallsWithTheirMetadata) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer k");
  registry::v1::GetActorRequest request;
  request.set_name("landscapes/mus/actors/a");
  Actor actor;
  ASSERT_TRUE(stub_->GetActor(&context, request, &actor).ok());
  EXPECT_EQ(actor.etag(), "e1");
  EXPECT_EQ(registry_.Metadata().at("authorization"), "Bearer k");
  EXPECT_EQ(context.GetServerTrailingMetadata().find("x-revision")->second, "1");
}

TEST_F(Door, HandsOnErrorsInFull) {
  grpc::ClientContext context;
  registry::v1::GetActorRequest request;
  request.set_name("landscapes/mus/actors/none");
  Actor actor;
  EXPECT_THAT(rpc::FromGrpc(stub_->GetActor(&context, request, &actor)), StatusIs(Reason::NOT_FOUND));
}

TEST_F(Door, HandsOnStreamsUntilTheCallerGoes) {
  grpc::ClientContext context;
  WatchRequest request;
  request.set_parent("landscapes/mus");
  const auto reader = stub_->WatchActors(&context, request);
  WatchResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.revision(), 1);
  context.TryCancel();
  while (reader->Read(&response)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(Door, HandsOnUploads) {
  grpc::ClientContext context;
  ImportResponse response;
  const auto writer = stub_->ImportActors(&context, &response);
  ImportRequest message;
  message.mutable_document()->set_data(std::string(100'000, 'x'));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(writer->Write(message));
  writer->WritesDone();
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_EQ(response.import().counts().rows(), 2'000'000);
}

TEST_F(Door, EndsAnUploadThatTheServiceGivesUp) {
  registry_.give_up_after = 100'000;
  grpc::ClientContext context;
  ImportResponse response;
  const auto writer = stub_->ImportActors(&context, &response);
  ImportRequest message;
  message.mutable_document()->set_data(std::string(100'000, 'x'));
  while (writer->Write(message)) {
  }
  EXPECT_THAT(rpc::FromGrpc(writer->Finish()), HasViolation("document", Reason::MALFORMED));
}

TEST_F(Door, KnowsNoOtherServices) {
  grpc::GenericStub stub(ChannelTo(door_port_));
  for (const char* method : {"/no.such.Service/Method", "/x"}) {
    grpc::ClientContext context;
    const grpc::Slice nothing("");
    const grpc::ByteBuffer request(&nothing, 1);
    grpc::ByteBuffer reply;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, method, {}, &request, &reply,
                   [&](grpc::Status status) { done.set_value(std::move(status)); });
    EXPECT_EQ(done.get_future().get().error_code(), grpc::StatusCode::UNIMPLEMENTED) << method;
  }
}

TEST_F(Door, IsClosedAtTheEnd) {
  door_.Close();
  grpc::ClientContext context;
  Actor actor;
  EXPECT_EQ(stub_->GetActor(&context, {}, &actor).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(Door, IsUnavailableWhereTheServiceIs) {
  service_server_->Shutdown(std::chrono::system_clock::now());
  grpc::ClientContext context;
  Actor actor;
  EXPECT_EQ(stub_->GetActor(&context, {}, &actor).error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace allmende::gateway
