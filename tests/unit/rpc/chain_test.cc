#include "common/rpc/chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "allmende/registry/v1/registry_service.pb.h"
#include "common/identity/key_file.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/rpc/steps/steps.h"
#include "common/testing/matchers.h"

namespace allmende::rpc {
namespace {

using registry::v1::GetActorRequest;
using ::testing::HasSubstr;
using ::testing::Not;

// Says in `visited` that it was there, and goes on.
class Footprint final : public Step {
 public:
  Footprint(std::string_view name, std::vector<std::string>& visited) : name_(name), visited_(visited) {}
  std::string_view name() const override { return name_; }
  absl::Status Handle(CallContext&, const Incoming&, const Message*, Next next) const override {
    visited_.push_back(name_);
    return next();
  }

 private:
  std::string name_;
  std::vector<std::string>& visited_;
};

std::vector<std::unique_ptr<Step>> Footprints(std::vector<std::string>& visited) {
  std::vector<std::unique_ptr<Step>> steps;
  for (const std::string_view name : kStepOrder) steps.push_back(std::make_unique<Footprint>(name, visited));
  return steps;
}

const Incoming kNothing{[](std::string_view) { return std::string_view(); }};

const google::protobuf::MethodDescriptor* GetActorMethod() {
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
      "allmende.registry.v1.RegistryService.GetActor");
}

// What the log says while `body` runs.
std::string Logged(const std::function<void()>& body) {
  std::string lines;
  log::SetSink([&](std::string_view line) { lines.append(line).append("\n"); });
  body();
  log::SetSink(nullptr);
  return lines;
}

TEST(Chain, VisitsItsStepsInTheOneOrderAndThenTheHandler) {
  std::vector<std::string> visited;
  const Chain chain(Footprints(visited));
  CallContext call;
  EXPECT_OK(chain.Run(call, kNothing, nullptr, [&] {
    visited.emplace_back("handler");
    return absl::OkStatus();
  }));
  EXPECT_THAT(visited, testing::ElementsAre("request_id", "trace", "access_log", "metrics", "admission", "authenticate",
                                            "authorise", "validate", "idempotency", "handler"));
}

TEST(ChainDeathTest, EndsTheProcessWhenTwoStepsAreSwapped) {
  std::vector<std::string> visited;
  auto steps = Footprints(visited);
  std::swap(steps[5], steps[6]);
  EXPECT_DEATH(Chain(std::move(steps)), "not in their order");
}

TEST(ChainDeathTest, EndsTheProcessWhenAStepIsMissing) {
  std::vector<std::string> visited;
  auto steps = Footprints(visited);
  steps.pop_back();
  EXPECT_DEATH(Chain(std::move(steps)), "not in their order");
}

TEST(Chain, AcceptsTheStandardSteps) {
  Metrics metrics;
  const auto everybody = identity::DevelopmentAuthenticator();
  const Chain chain(StandardSteps({}, metrics, *everybody));
  CallContext call;
  call.method = GetActorMethod();
  GetActorRequest request;
  request.set_name("landscapes/musterland/actors/x");
  bool handled = false;
  EXPECT_OK(chain.Run(call, kNothing, &request, [&] {
    handled = true;
    return absl::OkStatus();
  }));
  EXPECT_TRUE(handled);
  EXPECT_EQ(call.landscape, "musterland");
  EXPECT_EQ(metrics.Calls("allmende.registry.v1.RegistryService.GetActor", absl::StatusCode::kOk), 1);
}

TEST(Chain, TakesTheLanguageThatTheCallerWants) {
  std::vector<std::string> visited;
  const Chain chain(Footprints(visited));
  CallContext call;
  const Incoming english{[](std::string_view key) { return key == "accept-language" ? "en" : ""; }};
  EXPECT_OK(chain.Run(call, english, nullptr, [] { return absl::OkStatus(); }));
  EXPECT_EQ(call.language, Language::kEnglish);
}

TEST(Seal, HidesTheTextOfAnUnknownErrorBehindAnIdThatStandsInTheLog) {
  CallContext call;
  absl::Status sealed;
  const std::string logged = Logged([&] { sealed = Seal(call, absl::UnknownError("SELECT secret FROM driver")); });
  EXPECT_THAT(sealed, StatusIs(Reason::INTERNAL_ERROR));
  EXPECT_THAT(std::string(sealed.ToString()), Not(HasSubstr("driver")));
  const std::string id = DetailOf(sealed).params().at("error_id");
  EXPECT_THAT(logged, HasSubstr(id));
  EXPECT_THAT(logged, HasSubstr("SELECT secret FROM driver"));
}

TEST(Seal, TellsTheCallerNoParameterOfAnInternalError) {
  const absl::Status sealed = Seal({}, Error(Reason::INTERNAL_ERROR, {{"table", "records"}}));
  EXPECT_FALSE(DetailOf(sealed).params().contains("table"));
  EXPECT_TRUE(DetailOf(sealed).params().contains("error_id"));
}

TEST(Seal, KeepsTheIdOfAnErrorThatIsSealedAlready) {
  const absl::Status once = Seal({}, absl::InternalError("x"));
  EXPECT_EQ(DetailOf(Seal({}, once)).params().at("error_id"), DetailOf(once).params().at("error_id"));
}

TEST(Seal, LeavesPlannedErrorsAsTheyAre) {
  const absl::Status planned = Error(Reason::NOT_FOUND, {{"name", "x"}});
  EXPECT_EQ(Seal({}, planned), planned);
  EXPECT_OK(Seal({}, absl::OkStatus()));
}

TEST(Seal, GivesTheErrorsOfGrpcTheReasonThatFits) {
  CallContext call;
  call.method = GetActorMethod();
  const absl::Status sealed = Seal(call, absl::UnavailableError("connect failed to 10.0.0.1"));
  EXPECT_THAT(sealed, StatusIs(Reason::TEMPORARILY_UNAVAILABLE));
  EXPECT_EQ(DetailOf(sealed).params().at("what"), "RegistryService");
  EXPECT_THAT(std::string(sealed.ToString()), Not(HasSubstr("10.0.0.1")));
}

}  // namespace
}  // namespace allmende::rpc
