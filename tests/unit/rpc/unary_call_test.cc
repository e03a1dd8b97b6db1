#include "common/rpc/unary_call.h"

#include <gmock/gmock.h>

#include <atomic>
#include <vector>

#include "tests/unit/rpc/fake_registry.h"

namespace allmende::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

using UnaryCalls = FakeRegistry;

TEST_F(UnaryCalls, AnswerWithWhatTheHandlerReturns) {
  Start();
  const auto actor = GetActor();
  ASSERT_OK(actor);
  EXPECT_EQ(actor->name(), kActorName);
  EXPECT_EQ(metrics_.Calls("allmende.registry.v1.RegistryService.GetActor", absl::StatusCode::kOk), 1);
}

TEST_F(UnaryCalls, RunStandardMethodsOnAnyMessageAndTellTheRevision) {
  Start();
  grpc::ClientContext context;
  GetSiteRequest request;
  request.set_name("landscapes/musterland/sites/x");
  Site site;
  ASSERT_TRUE(stub_->GetSite(&context, request, &site).ok());
  EXPECT_EQ(site.name(), "allmende.registry.v1.GetSiteRequest");
  const auto& trailing = context.GetServerTrailingMetadata();
  ASSERT_NE(trailing.find("x-revision"), trailing.end());
  EXPECT_EQ(trailing.find("x-revision")->second, "7");
}

TEST_F(UnaryCalls, CarryTheWholeErrorInTheLanguageOfTheCaller) {
  handlers_.get_actor = [](auto&, const auto& request) -> absl::StatusOr<Actor> {
    return Error(Reason::NOT_FOUND, {{"name", request.name()}});
  };
  Start();
  const absl::Status german = GetActor().status();
  EXPECT_THAT(german, StatusIs(Reason::NOT_FOUND));
  EXPECT_EQ(DetailOf(german).params().at("name"), kActorName);
  EXPECT_THAT(std::string(german.message()), HasSubstr("gibt es nicht"));
  EXPECT_THAT(std::string(GetActor(kActorName, "en").status().message()), HasSubstr("does not exist"));
}

TEST_F(UnaryCalls, GoThroughTheChain) {
  Start();
  EXPECT_THAT(GetActor(""), HasViolation("name", Reason::FIELD_REQUIRED));
}

TEST_F(UnaryCalls, AreRefusedByGrpcWhenTheirTextIsNotUtf8) {
  Start();
  std::atomic<bool> handled = false;
  handlers_.get_actor = [&](auto&, const auto&) {
    handled = true;
    return Actor();
  };
  EXPECT_FALSE(GetActor("landscapes/musterland/actors/\xff").ok());
  EXPECT_FALSE(handled);
}

// The promise of figures.md: every call ends by its deadline + 50 ms, whatever hangs.
TEST_F(UnaryCalls, EndAtTheDeadlineOfThePolicyWhileTheHandlerStillHangs) {
  Gate gate;
  std::promise<bool> cancelled;
  handlers_.get_actor = [&](CallContext& call, const GetActorRequest& request) {
    gate.Wait();
    cancelled.set_value(call.cancelled());
    Actor actor;  // late, and nobody wants it: must be dropped without harm
    actor.set_name(request.name() + std::string(100'000, 'x'));
    return actor;
  };
  Start();
  const auto start = steady_clock::now();
  const absl::Status status = GetActor().status();
  const milliseconds took = Since(start);
  EXPECT_THAT(status, StatusIs(Reason::DEADLINE_PASSED));
  EXPECT_EQ(DetailOf(status).reason(), Reason::DEADLINE_PASSED);
  EXPECT_GE(took, seconds(2));
  EXPECT_LE(took, seconds(2) + milliseconds(50));
  gate.Open();
  EXPECT_TRUE(cancelled.get_future().get());
  EXPECT_TRUE(Eventually([&] {
    return metrics_.Calls("allmende.registry.v1.RegistryService.GetActor", absl::StatusCode::kDeadlineExceeded) == 1;
  }));
}

TEST_F(UnaryCalls, TakeTheCallersDeadlineWhereItIsEarlier) {
  std::promise<milliseconds> remaining;
  handlers_.get_actor = [&](CallContext& call, const GetActorRequest&) {
    remaining.set_value(call.Remaining());
    return Actor();
  };
  Start();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + milliseconds(700));
  GetActorRequest request;
  request.set_name(kActorName);
  Actor actor;
  EXPECT_TRUE(stub_->GetActor(&context, request, &actor).ok());
  const milliseconds seen = remaining.get_future().get();
  EXPECT_LE(seen, milliseconds(700));
  EXPECT_GT(seen, milliseconds(400));
}

TEST_F(UnaryCalls, TellTheHandlerThatTheCallerIsGone) {
  std::promise<void> arrived;
  std::promise<bool> noticed;
  handlers_.get_actor = [&](CallContext& call, const GetActorRequest&) {
    arrived.set_value();
    noticed.set_value(Eventually([&] { return call.cancelled(); }));
    return Actor();
  };
  Start();
  grpc::ClientContext context;
  GetActorRequest request;
  request.set_name(kActorName);
  Actor actor;
  auto calling = std::async(std::launch::async, [&] { return stub_->GetActor(&context, request, &actor); });
  arrived.get_future().wait();
  context.TryCancel();
  EXPECT_EQ(calling.get().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(noticed.get_future().get());
}

TEST_F(UnaryCalls, AreShedWhenTheQueueIsFullWhileHealthAnswersAtOnce) {
  Gate gate;
  std::atomic<int> handled = 0;
  handlers_.get_actor = [&](auto&, const auto&) {
    ++handled;
    gate.Wait();
    return Actor();
  };
  Start({.threads = 2, .queue = 3, .admission = {}});
  std::vector<std::future<absl::StatusOr<Actor>>> calls;
  for (int i = 0; i < 2; ++i) calls.push_back(GetActorLater());
  EXPECT_TRUE(Eventually([&] { return handled == 2; }));  // both threads are taken
  for (int i = 0; i < 10; ++i) calls.push_back(GetActorLater());
  EXPECT_TRUE(Eventually([&] {
    return metrics_.Calls("allmende.registry.v1.RegistryService.GetActor", absl::StatusCode::kResourceExhausted) == 7;
  }));
  // A probe opens a new connection, as a liveness probe does.
  const auto start = steady_clock::now();
  EXPECT_TRUE(IsServing(BareChannel(host_->addresses().front()), "allmende.registry.v1.RegistryService", seconds(1)));
  EXPECT_LT(Since(start), milliseconds(100));
  gate.Open();
  int served = 0;
  int shed = 0;
  for (auto& call : calls) {
    const absl::Status status = call.get().status();
    served += status.ok() ? 1 : 0;
    shed += ReasonOf(status) == Reason::TOO_MANY_REQUESTS ? 1 : 0;
  }
  EXPECT_EQ(served, 5);
  EXPECT_EQ(shed, 7);
  EXPECT_EQ(handled, 5);
}

TEST_F(UnaryCalls, DoNotRunAnyMoreWhenTheirDeadlinePassedInTheQueue) {
  Gate gate;
  std::atomic<int> handled = 0;
  handlers_.get_actor = [&](auto&, const auto&) {
    ++handled;
    gate.Wait();
    return Actor();
  };
  Start({.threads = 1, .queue = 10, .admission = {}});
  auto first = GetActorLater();
  EXPECT_TRUE(Eventually([&] { return handled == 1; }));
  auto second = GetActorLater();
  EXPECT_THAT(second.get(), StatusIs(Reason::DEADLINE_PASSED));
  EXPECT_THAT(first.get(), StatusIs(Reason::DEADLINE_PASSED));
  gate.Open();
  EXPECT_TRUE(Eventually([&] { return engine_->executor().Idle(); }));
  EXPECT_EQ(handled, 1);
  EXPECT_EQ(metrics_.Calls("allmende.registry.v1.RegistryService.GetActor", absl::StatusCode::kDeadlineExceeded), 2);
}

TEST_F(UnaryCalls, WorkInTheSameProcessWithoutASocket) {
  Start({}, {.listen = {}});
  EXPECT_OK(GetActor());
}

}  // namespace
}  // namespace allmende::rpc
