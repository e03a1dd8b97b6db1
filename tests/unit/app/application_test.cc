#include "common/app/application.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "allmende/registry/v1/registry_service.grpc.pb.h"
#include "common/app/run.h"
#include "common/base/macros.h"
#include "common/identity/key_file.h"
#include "common/log/log.h"
#include "common/rpc/client.h"
#include "common/rpc/grpc_status.h"
#include "common/testing/matchers.h"
#include "common/testing/temporary.h"

namespace allmende::app {
namespace {

using registry::v1::Actor;
using registry::v1::GetActorRequest;
using registry::v1::RegistryService;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kService = "allmende.registry.v1.RegistryService";

// Answers every GetActor with the name it was asked for.
class Echo final : public rpc::ServiceOf<RegistryService> {
 public:
  using ServiceOf::ServiceOf;
  rpc::Unary* GetActor(rpc::Context* c, const GetActorRequest* q, Actor* r) override {
    return Run(c, q, r, this, &Echo::Answer);
  }

 private:
  absl::StatusOr<Actor> Answer(CallContext& /*call*/, const GetActorRequest& request) {
    Actor actor;
    actor.set_name(request.name());
    return actor;
  }
};

absl::Status BindEcho(Runtime& runtime) {
  runtime.Serve(std::make_unique<Echo>(runtime.engine()));
  return absl::OkStatus();
}

absl::Status GetActor(const std::shared_ptr<grpc::Channel>& channel, const std::string& key = {}) {
  grpc::ClientContext context;
  if (!key.empty())
    rpc::Forward({.authorization = "Bearer " + key, .traceparent = {}, .request_id = {}, .accept_language = {}},
                 context);
  GetActorRequest request;
  request.set_name("landscapes/musterland/actors/x");
  Actor actor;
  return rpc::FromGrpc(RegistryService::NewStub(channel)->GetActor(&context, request, &actor));
}

bool Eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + seconds(5);
  while (!condition() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(milliseconds(5));
  return condition();
}

class ApplicationTest : public ::testing::Test {
 protected:
  Settings Free() {
    Settings settings;
    settings.data = dir_.path().string();
    settings.listen = {"127.0.0.1:0"};
    settings.development = true;
    settings.calls.threads = 2;
    return settings;
  }
  std::unique_ptr<Application> Start(const std::vector<Bind>& binds) { return Start(Free(), binds); }
  static std::unique_ptr<Application> Start(Settings settings, const std::vector<Bind>& binds) {
    auto application = Application::Start(std::move(settings), binds);
    EXPECT_OK(application);
    return application.ok() ? *std::move(application) : nullptr;
  }

  TempDir dir_;
};

TEST_F(ApplicationTest, ServesWhatWasBoundOnAFreePort) {
  const auto application = Start({&BindEcho});
  ASSERT_EQ(application->addresses().size(), 1U);
  EXPECT_THAT(application->addresses().front(), Not(HasSubstr(":0")));
  EXPECT_OK(GetActor(rpc::ChannelTo(application->addresses().front(), kService)));
}

TEST_F(ApplicationTest, AcceptsTheKeysOfItsFileWhereItIsNotInDevelopment) {
  Settings settings = Free();
  settings.development = false;
  const auto application = Start(settings, {&BindEcho});
  const auto channel = rpc::ChannelTo(application->addresses().front(), kService);
  EXPECT_THAT(GetActor(channel), StatusIs(Reason::NOT_AUTHENTICATED));
  const auto key = identity::AddKey(settings.KeyFile(),
                                    {.roles = {{"musterland", {Role::kEditor}}},
                                     .actors = {},
                                     .note = {},
                                     .expires = SystemClock().Now() + std::chrono::hours(1)},
                                    SystemClock());
  ASSERT_OK(key);
  EXPECT_TRUE(Eventually([&] { return GetActor(channel, key->Reveal()).ok(); }));
}

// A gateway: takes the front door for itself and looks for the registry once the server is there.
Bind Gateway(std::vector<std::string>& http, std::shared_ptr<grpc::Channel>& channel) {
  return [&](Runtime& runtime) {
    http = runtime.TakeListenAddresses();
    runtime.OnStarted([&]() -> absl::Status {
      ASSIGN_OR_RETURN(channel, runtime.ChannelTo(kService, runtime.settings().registry, "--registry"));
      return absl::OkStatus();
    });
    return absl::OkStatus();
  };
}

TEST_F(ApplicationTest, LetsAGatewayReachAServiceOfTheSameProcess) {
  std::vector<std::string> http;
  std::shared_ptr<grpc::Channel> channel;
  const auto application = Start({&BindEcho, Gateway(http, channel)});
  EXPECT_THAT(http, ElementsAre("127.0.0.1:0"));
  EXPECT_THAT(application->addresses(), ElementsAre());
  EXPECT_OK(GetActor(channel));
  channel.reset();
}

TEST_F(ApplicationTest, LetsAGatewayReachAServiceOfAnotherProcess) {
  std::vector<std::string> http;
  std::shared_ptr<grpc::Channel> channel;
  const auto registry = Start({&BindEcho});
  Settings settings = Free();
  settings.registry = registry->addresses().front();
  const auto gateway = Start(settings, {Gateway(http, channel)});
  EXPECT_OK(GetActor(channel));
}

TEST_F(ApplicationTest, SaysWhichAddressAGatewayLacks) {
  std::vector<std::string> http;
  std::shared_ptr<grpc::Channel> channel;
  EXPECT_THAT(Application::Start(Free(), {Gateway(http, channel)}), HasViolation("--registry", Reason::FIELD_REQUIRED));
}

TEST_F(ApplicationTest, IsHealthyWithoutAnyServiceYet) {
  const auto application = Start(std::vector<Bind>());
  const auto channel = rpc::ChannelTo(application->addresses().front(), kService);
  EXPECT_TRUE(Eventually([&] { return rpc::IsServing(channel, "", seconds(1)); }));
  EXPECT_EQ(GetActor(channel).code(), absl::StatusCode::kUnimplemented);
}

TEST_F(ApplicationTest, EndsInTheReverseOrderOfItsBeginning) {
  std::vector<std::string> closed;
  struct Notes {
    std::vector<std::string>& closed;
    std::string name;
    ~Notes() { closed.push_back(name); }
  };
  auto application = Start({[&](Runtime& runtime) {
    runtime.Own(std::make_unique<Notes>(closed, "store"));
    runtime.Own(std::make_unique<Notes>(closed, "cache"));
    runtime.OnStarted([&] {
      runtime.AddCloser([&] { closed.emplace_back("gateway"); });
      return absl::OkStatus();
    });
    return BindEcho(runtime);
  }});
  EXPECT_TRUE(application->Stop());
  EXPECT_THAT(closed, ElementsAre("gateway", "cache", "store"));
}

TEST_F(ApplicationTest, ClosesWhatHadBegunWhenSomethingLaterFails) {
  bool closed = false;
  const auto failed = Application::Start(Free(), {[&](Runtime& runtime) {
                                                    runtime.AddCloser([&] { closed = true; });
                                                    return absl::OkStatus();
                                                  },
                                                  [](Runtime&) {
                                                    return Error(Reason::TEMPORARILY_UNAVAILABLE, {{"what", "x"}});
                                                  }});
  EXPECT_THAT(failed, StatusIs(Reason::TEMPORARILY_UNAVAILABLE));
  EXPECT_TRUE(closed);
}

TEST_F(ApplicationTest, SaysNotServingWhileSomethingItNeedsIsMissing) {
  std::atomic<bool> there = false;
  const auto application =
      Start({&BindEcho, [&](Runtime& runtime) {
               runtime.AddReadiness("database", [&] {
                 return there ? absl::OkStatus() : Error(Reason::TEMPORARILY_UNAVAILABLE, {{"what", "database"}});
               });
               return absl::OkStatus();
             }});
  const auto channel = rpc::ChannelTo(application->addresses().front(), kService);
  EXPECT_FALSE(rpc::IsServing(channel, kService, seconds(1)));
  ASSERT_EQ(application->runtime().CheckReadiness().size(), 1U);
  EXPECT_EQ(application->runtime().CheckReadiness().front().name, "database");
  there = true;
  EXPECT_TRUE(Eventually([&] { return rpc::IsServing(channel, kService, seconds(1)); }));
  EXPECT_TRUE(Eventually([&] { return rpc::IsServing(channel, "", seconds(1)); }));
}

TEST_F(ApplicationTest, RefusesDevelopmentWhereOthersCouldGetIn) {
  for (const char* address : {"0.0.0.0:0", "[::]:0"}) {
    Settings settings = Free();
    settings.listen.emplace_back(address);
    EXPECT_THAT(Application::Start(settings, {&BindEcho}), HasViolation("--development", Reason::CONFLICTING_FIELDS));
    settings.development = false;
    EXPECT_OK(CheckTogether(settings));
  }
  Settings settings = Free();
  settings.grpc_listen = {"0.0.0.0:0"};
  EXPECT_THAT(Application::Start(settings, {&BindEcho}), HasViolation("--development", Reason::CONFLICTING_FIELDS));
  settings.grpc_listen = {"unix:" + (dir_ / "x.sock").string(), "[::1]:0", "localhost:0"};
  EXPECT_OK(CheckTogether(settings));
}

TEST_F(ApplicationTest, RefusesAnAddressThatSomebodyElseHas) {
  const auto first = Start({&BindEcho});
  Settings settings = Free();
  settings.listen = first->addresses();
  EXPECT_THAT(Application::Start(settings, {&BindEcho}), StatusIs(Reason::TEMPORARILY_UNAVAILABLE));
}

TEST_F(ApplicationTest, AnswersPrometheusOnlyOnThisMachine) {
  Settings settings = Free();
  settings.metrics = "0.0.0.0:9464";
  EXPECT_THAT(Application::Start(settings, {&BindEcho}), HasViolation("--metrics", Reason::MALFORMED));
  settings.metrics = "127.0.0.1:" + std::to_string(FreePort());
  EXPECT_NE(Start(settings, {&BindEcho}), nullptr);
}

class RunApplicationDeathTest : public ApplicationTest {
 protected:
  // The exit code of a program with these arguments, which gets a signal once it is ready.
  int Run(std::vector<std::string> arguments, int signal) {
    arguments.insert(arguments.begin(), "allmende-test");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    const Bind bind = [signal](Runtime& runtime) {
      runtime.OnStarted([signal] {
        kill(getpid(), signal);
        return absl::OkStatus();
      });
      return BindEcho(runtime);
    };
    return RunApplication(static_cast<int>(argv.size()), argv.data(), "allmende-test", bind);
  }
};

TEST_F(RunApplicationDeathTest, EndsInOrderOnASignal) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const std::string data = dir_.path().string();
  EXPECT_EXIT(std::exit(Run({"--listen", "127.0.0.1:0", "--development", "--data", data}, SIGTERM)),
              testing::ExitedWithCode(0), R"("message":"ended")");
  EXPECT_EXIT(std::exit(Run({"--listen", "127.0.0.1:0", "--development", "--data", data}, SIGINT)),
              testing::ExitedWithCode(0), R"("message":"listening")");
}

TEST_F(RunApplicationDeathTest, EndsWithTwoOnSettingsThatCannotBeUsed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(std::exit(Run({"--no-such-flag"}, SIGTERM)), testing::ExitedWithCode(2), "no-such-flag");
  EXPECT_EXIT(std::exit(Run({"--threads", "0"}, SIGTERM)), testing::ExitedWithCode(2), "--threads");
  EXPECT_EXIT(std::exit(Run({"--config", "/nonexistent.toml"}, SIGTERM)), testing::ExitedWithCode(2), "nonexistent");
  EXPECT_EXIT(std::exit(Run({"--listen", "0.0.0.0:0", "--development"}, SIGTERM)), testing::ExitedWithCode(2),
              "--development");
}

}  // namespace
}  // namespace allmende::app
