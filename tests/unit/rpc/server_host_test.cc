#include "common/rpc/server_host.h"

#include <gmock/gmock.h>
#include <grpc/health/v1/health.grpc.pb.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <sys/socket.h>

#include <atomic>

#include "common/testing/temporary.h"
#include "tests/unit/rpc/fake_registry.h"

namespace allmende::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr const char* kService = "allmende.registry.v1.RegistryService";

class Host : public FakeRegistry {
 protected:
  std::string Here() const { return host_->addresses().front(); }

  // The code with which the server answers a question to its reflection.
  grpc::StatusCode AskReflection() {
    grpc::GenericStub stub(BareChannel(Here()));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + seconds(5));
    const grpc::Slice list_services("\x3a\x01*", 3);
    const grpc::ByteBuffer request(&list_services, 1);
    grpc::ByteBuffer response;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", {}, &request, &response,
                   [&](grpc::Status status) { done.set_value(std::move(status)); });
    return done.get_future().get().error_code();
  }
};

TEST_F(Host, RefusesAServiceWhoseMethodsHaveNoPolicy) {
  class Unprotected final : public ServiceOf<grpc::health::v1::Health> {
   public:
    using ServiceOf::ServiceOf;
  };
  engine_ = std::make_unique<CallEngine>(CallLimits{.threads = 1, .admission = {}}, metrics_, *everybody_);
  host_ = std::make_unique<ServerHost>(HostOptions{.listen = {}}, *engine_);
  host_->Serve(std::make_unique<Unprotected>(*engine_));
  EXPECT_THAT(host_->Start(), StatusIs(Reason::INTERNAL_ERROR));
}

TEST_F(Host, TellsTheHealthOfEachServiceByItsName) {
  Start();
  EXPECT_TRUE(IsServing(channel_, kService, seconds(1)));
  EXPECT_TRUE(IsServing(channel_, "", seconds(1)));
  EXPECT_FALSE(IsServing(channel_, "no.such.Service", seconds(1)));
  host_->SetServing(false);
  EXPECT_FALSE(IsServing(channel_, kService, seconds(1)));
  EXPECT_FALSE(IsServing(channel_, "", seconds(1)));
}

TEST_F(Host, DescribesItselfOnlyWhenAskedTo) {
  Start();
  EXPECT_EQ(AskReflection(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(Host, DescribesItselfWhenAskedTo) {
  Start({}, {.listen = {"127.0.0.1:0"}, .reflection = true});
  EXPECT_EQ(AskReflection(), grpc::StatusCode::OK);
}

TEST_F(Host, ListensOnAUnixSocketAndReplacesOneThatADeadProcessLeftBehind) {
  const TempDir dir;
  const std::string path = dir / "registry.sock";
  Address address{.host = path, .port = {}};
  const auto dead = ListenOn(address);
  ASSERT_OK(dead);
  close(*dead);
  ASSERT_TRUE(std::filesystem::exists(path));
  Start({}, {.listen = {"unix:" + path}});
  EXPECT_OK(GetActor());
  Metrics metrics;
  AcceptLoop second(1, metrics);
  EXPECT_THAT(second.Listen({.host = path, .port = {}}), StatusIs(Reason::TEMPORARILY_UNAVAILABLE)) << "it is in use";
  EXPECT_TRUE(host_->Drain());
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Host, ListensOnSeveralAddressesAtOnce) {
  Start({}, {.listen = {"127.0.0.1:0", "[::1]:0"}});
  for (const std::string& address : host_->addresses())
    EXPECT_TRUE(IsServing(BareChannel(address), kService, seconds(1))) << address;
}

TEST_F(Host, SharesItsPortWithNobody) {
  Start();
  CallEngine engine({.threads = 1, .admission = {}}, metrics_, *everybody_);
  ServerHost second({.listen = {Here()}}, engine);
  EXPECT_THAT(second.Start(), StatusIs(Reason::TEMPORARILY_UNAVAILABLE));
}

TEST_F(Host, LetsRunningCallsFinishWhenItDrainsAndTakesNoNewOnes) {
  Gate gate;
  std::atomic<bool> arrived = false;
  handlers_.get_actor = [&](auto&, const auto&) {
    arrived = true;
    gate.Wait();
    return Actor();
  };
  Start();
  auto running = GetActorLater();
  ASSERT_TRUE(Eventually([&] { return arrived.load(); }));
  const std::string address = Here();
  auto draining = std::async(std::launch::async, [&] { return host_->Drain(); });
  EXPECT_TRUE(Eventually([&] { return !IsServing(BareChannel(address), kService, milliseconds(200)); }));
  gate.Open();
  EXPECT_OK(running.get());
  EXPECT_TRUE(draining.get());
}

TEST_F(Host, DrainsWithinItsLimitWhateverHangs) {
  Gate gate;
  std::atomic<bool> arrived = false;
  handlers_.get_actor = [&](auto&, const auto&) {
    arrived = true;
    gate.Wait();
    return Actor();
  };
  Start({}, {.listen = {"127.0.0.1:0"}, .drain_limit = milliseconds(400)});
  auto running = GetActorLater();
  ASSERT_TRUE(Eventually([&] { return arrived.load(); }));
  const auto start = steady_clock::now();
  EXPECT_FALSE(host_->Drain());
  EXPECT_LT(Since(start), milliseconds(600));
  EXPECT_FALSE(running.get().ok());
  gate.Open();
}

TEST_F(Host, RefusesConnectionsBeyondTheCapAndAcceptsAgainWhenOneGoes) {
  Start({}, {.listen = {"127.0.0.1:0"}, .max_connections = 2});
  ASSERT_TRUE(IsServing(channel_, kService, seconds(1)));
  auto second = BareChannel(Here());
  ASSERT_TRUE(IsServing(second, kService, seconds(1)));
  EXPECT_FALSE(IsServing(BareChannel(Here()), kService, milliseconds(300)));
  EXPECT_THAT(metrics_.Exposition(), testing::HasSubstr(R"(allmende_rejected_total{limit="connections"})"));
  second.reset();
  EXPECT_TRUE(Eventually([&] { return IsServing(BareChannel(Here()), kService, milliseconds(300)); }));
  EXPECT_TRUE(IsServing(channel_, kService, seconds(1))) << "those who were there stay";
}

TEST_F(Host, TakesARequestUpToItsLimitAndNoFurther) {
  Start({}, {.listen = {"127.0.0.1:0"}, .max_request_bytes = 10'000});
  EXPECT_THAT(GetActor(std::string(9'000, 'x')), HasViolation("name", Reason::MALFORMED));
  EXPECT_EQ(GetActor(std::string(11'000, 'x')).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(Host, GetsAnErrorWithManyViolationsThroughToEveryClient) {
  handlers_.get_actor = [](auto&, const auto&) -> absl::StatusOr<Actor> {
    Violations violations;
    for (int i = 0; i < 5'000; ++i) violations.Add("field_" + std::to_string(i), Reason::FIELD_REQUIRED);
    return violations.ToStatus();
  };
  Start();
  const absl::Status status = GetActor().status();
  EXPECT_THAT(status, HasViolation("field_0", Reason::FIELD_REQUIRED));
  EXPECT_EQ(DetailOf(status).params().at("count"), "5000");
}

TEST_F(Host, GetsAnErrorWithAnEndlessParameterThroughToEveryClient) {
  handlers_.get_actor = [](auto&, const auto&) -> absl::StatusOr<Actor> {
    return Error(Reason::NOT_FOUND, {{"name", std::string(100'000, 'x')}});
  };
  Start();
  EXPECT_EQ(GetActor().status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace allmende::rpc
