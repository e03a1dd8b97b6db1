#include "common/rpc/steps/steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "allmende/registry/v1/registry_service.pb.h"
#include "common/identity/key_file.h"
#include "common/log/log.h"
#include "common/testing/matchers.h"

namespace allmende::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using namespace registry::v1;  // NOLINT(google-build-using-namespace): requests of the test

const google::protobuf::MethodDescriptor* Method(const std::string& name) {
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName("allmende.registry.v1.RegistryService." +
                                                                              name);
}

class Steps : public ::testing::Test {
 protected:
  explicit Steps(const std::string& method = "GetActor") { call_.method = Method(method); }

  absl::Status Handle(const Step& step, const Message* request = nullptr) {
    handled_ = false;
    return step.Handle(call_, incoming_, request, [this] {
      handled_ = true;
      return result_;
    });
  }

  std::map<std::string, std::string, std::less<>> metadata_;
  const Incoming incoming_{[this](std::string_view key) {
    const auto found = metadata_.find(key);
    return found == metadata_.end() ? std::string_view() : std::string_view(found->second);
  }};
  CallContext call_;
  absl::Status result_;
  bool handled_ = false;
};

TEST_F(Steps, RequestIdPrefersTheFieldOverTheHeader) {
  metadata_["x-request-id"] = "from-header";
  CreateActorRequest request;
  EXPECT_OK(Handle(*RequestIdStep(), &request));
  EXPECT_EQ(call_.request_id, "from-header");
  request.set_request_id("from-field");
  EXPECT_OK(Handle(*RequestIdStep(), &request));
  EXPECT_EQ(call_.request_id, "from-field");
}

TEST_F(Steps, RequestIdTakesUpToAHundredPrintableCharacters) {
  CreateActorRequest request;
  request.set_request_id(std::string(100, 'x'));
  EXPECT_OK(Handle(*RequestIdStep(), &request));
  for (const std::string& wrong : {std::string(101, 'x'), std::string("a b"), std::string("a\nb"), std::string("ä")}) {
    request.set_request_id(wrong);
    EXPECT_THAT(Handle(*RequestIdStep(), &request), HasViolation("request_id", Reason::MALFORMED)) << wrong;
    EXPECT_FALSE(handled_);
  }
}

TEST_F(Steps, RequestIdNamesTheHeaderWhereTheHeaderIsWrong) {
  metadata_["x-request-id"] = "a b";
  EXPECT_THAT(Handle(*RequestIdStep()), HasViolation("x-request-id", Reason::MALFORMED));
}

TEST_F(Steps, TraceContinuesTheCallersTraceWithASpanOfItsOwn) {
  metadata_["traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  EXPECT_OK(Handle(*TraceStep()));
  EXPECT_EQ(call_.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_THAT(call_.span_id, MatchesRegex("[0-9a-f]{16}"));
  EXPECT_NE(call_.span_id, "00f067aa0ba902b7");
}

TEST_F(Steps, TraceBeginsOneWhereThereIsNoneThatCanBeRead) {
  for (const char* header : {"", "rubbish", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                             "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                             "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                             "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                             "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"}) {
    metadata_["traceparent"] = header;
    EXPECT_OK(Handle(*TraceStep()));
    EXPECT_THAT(call_.trace_id, MatchesRegex("[0-9a-f]{32}")) << header;
    EXPECT_NE(call_.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736") << header;
  }
}

TEST(TraceParent, OfALaterVersionMayBeLonger) {
  EXPECT_EQ(ParseTraceParent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x").trace_id,
            "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(ParseTraceParent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").parent_span_id,
            "00f067aa0ba902b7");
}

class AccessLog : public Steps {
 protected:
  std::string LineOf(const std::string& method, absl::Status result) {
    std::string lines;
    log::SetSink([&](std::string_view line) { lines += line; });
    call_.method = Method(method);
    call_.landscape = "musterland";
    call_.principal.subject = "key:abc";
    call_.request_id = "r-1";
    result_ = std::move(result);
    EXPECT_EQ(Handle(*AccessLogStep()), result_);
    log::SetSink(nullptr);
    return lines;
  }
};

TEST_F(AccessLog, HasALineForAWrite) {
  const std::string line = LineOf("UpdateActor", absl::OkStatus());
  for (const char* part : {R"("method":"allmende.registry.v1.RegistryService.UpdateActor")", R"("outcome":"OK")",
                           R"("landscape":"musterland")", R"("subject":"key:abc")", R"("request_id":"r-1")"}) {
    EXPECT_THAT(line, HasSubstr(part));
  }
}

TEST_F(AccessLog, HasNoneForAReadThatWentWellUnlessAskedForDetails) {
  EXPECT_EQ(LineOf("GetActor", absl::OkStatus()), "");
  log::SetLevel(log::Level::kDebug);
  EXPECT_THAT(LineOf("GetActor", absl::OkStatus()), HasSubstr(R"("level":"debug")"));
  log::SetLevel(log::Level::kInfo);
}

TEST_F(AccessLog, SaysWhyAReadWasRefusedAndNothingOfItsContent) {
  const std::string line = LineOf("GetActor", Error(Reason::NOT_FOUND, {{"name", "Erika Mustermann"}}));
  EXPECT_THAT(line, HasSubstr(R"("outcome":"NOT_FOUND")"));
  EXPECT_THAT(line, Not(HasSubstr("Mustermann")));
}

TEST_F(Steps, MetricsCountWhatTheCallerGets) {
  Metrics metrics;
  result_ = absl::UnknownError("a driver's text");
  EXPECT_THAT(Handle(*MetricsStep(metrics)), StatusIs(Reason::INTERNAL_ERROR));
  EXPECT_EQ(metrics.Calls(call_.method->full_name(), absl::StatusCode::kInternal), 1);
}

class Admission : public Steps {
 protected:
  std::unique_ptr<Step> Make(AdmissionLimits limits) {
    return AdmissionStep(limits, metrics_, [this] { return now_; });
  }
  Metrics metrics_;
  Deadline now_ = std::chrono::steady_clock::now();
};

TEST_F(Admission, BoundsTheDeadlineByThePolicy) {
  const auto step = Make({});
  EXPECT_OK(Handle(*step));
  EXPECT_EQ(call_.deadline, now_ + std::chrono::seconds(2));  // GetActor
  call_.deadline = now_ + std::chrono::milliseconds(5);
  EXPECT_OK(Handle(*step));
  EXPECT_EQ(call_.deadline, now_ + std::chrono::milliseconds(5));
  call_.method = Method("WatchActors");
  call_.deadline = Deadline::max();
  EXPECT_OK(Handle(*step));
  EXPECT_EQ(call_.deadline, Deadline::max());
}

TEST_F(Admission, DoesNotBeginWhatIsTooLateAlready) {
  call_.deadline = now_;
  EXPECT_THAT(Handle(*Make({})), StatusIs(Reason::DEADLINE_PASSED));
  EXPECT_FALSE(handled_);
}

TEST_F(Admission, LetsABurstInAndThenSaysWhenToComeBack) {
  const auto step = Make({.calls_per_second = 2, .burst = 3, .concurrency = 0});
  call_.landscape = "musterland";
  for (int i = 0; i < 3; ++i) EXPECT_OK(Handle(*step)) << i;
  const absl::Status refused = Handle(*step);
  EXPECT_THAT(refused, StatusIs(Reason::TOO_MANY_REQUESTS));
  EXPECT_FALSE(handled_);
  EXPECT_EQ(DetailOf(refused).retry_after().seconds(), 1);
  EXPECT_EQ(DetailOf(refused).params().at("limit"), "landscape");
  now_ += std::chrono::milliseconds(499);
  EXPECT_THAT(Handle(*step), StatusIs(Reason::TOO_MANY_REQUESTS));
  now_ += std::chrono::milliseconds(1);
  EXPECT_OK(Handle(*step));
  EXPECT_THAT(Handle(*step), StatusIs(Reason::TOO_MANY_REQUESTS));
  EXPECT_THAT(metrics_.Exposition(), HasSubstr(R"(allmende_rejected_total{limit="landscape"} 3)"));
}

TEST_F(Admission, DoesNotLetOneLandscapeTakeFromAnother) {
  const auto step = Make({.calls_per_second = 1, .burst = 1, .concurrency = 0});
  call_.landscape = "a-town";
  EXPECT_OK(Handle(*step));
  EXPECT_THAT(Handle(*step), StatusIs(Reason::TOO_MANY_REQUESTS));
  call_.landscape = "b-town";
  EXPECT_OK(Handle(*step));
}

TEST_F(Admission, KeepsNoMemoryOfInventedLandscapesAndStillServesThemAsOne) {
  const auto step = Make({.calls_per_second = 0.001, .burst = 1, .concurrency = 0});
  int refused = 0;
  for (int i = 0; i < 10'100; ++i) {
    call_.landscape = "invented-" + std::to_string(i);
    if (!Handle(*step).ok()) ++refused;
  }
  EXPECT_EQ(refused, 99);  // beyond 10,000 busy ones they share a bucket, of which the first takes the only token
}

TEST_F(Admission, BoundsTheCallsAtTheSameTime) {
  const auto step = Make({.calls_per_second = 0, .burst = 0, .concurrency = 2});
  const auto nested = [&](auto& self, int depth) -> absl::Status {
    return step->Handle(call_, incoming_, nullptr,
                        [&] { return depth == 0 ? absl::OkStatus() : self(self, depth - 1); });
  };
  EXPECT_OK(nested(nested, 1));
  EXPECT_THAT(nested(nested, 2), StatusIs(Reason::TOO_MANY_REQUESTS));
  EXPECT_OK(nested(nested, 1)) << "those who were there must have left";
}

TEST_F(Steps, AuthenticatePutsThePrincipalIntoTheCall) {
  const auto everybody = identity::DevelopmentAuthenticator();
  EXPECT_OK(Handle(*AuthenticateStep(*everybody)));
  EXPECT_EQ(call_.principal.subject, "development");
}

TEST_F(Steps, AuthenticateStopsWhoseKeyIsNotAccepted) {
  const auto keys = identity::KeyFileAuthenticator("/nonexistent/keys.json", SystemClock());
  metadata_["authorization"] = "Bearer allmende_aaaaaaaa_x";
  EXPECT_THAT(Handle(*AuthenticateStep(*keys)), StatusIs(Reason::NOT_AUTHENTICATED));
  EXPECT_FALSE(handled_);
}

class Authorise : public Steps {
 protected:
  absl::Status As(Role role, const std::string& landscape, const std::string& method, const Message& request) {
    call_ = {};
    call_.method = Method(method);
    call_.principal.kind = Principal::Kind::kKey;
    call_.principal.roles[landscape] = {role};
    call_.principal.actors = {"landscapes/a-town/actors/own"};
    return Handle(*AuthoriseStep(), &request);
  }
};

TEST_F(Authorise, AsksForTheScopeOfTheMethodInTheLandscapeOfTheRequest) {
  GetActorRequest request;
  request.set_name("landscapes/a-town/actors/x");
  EXPECT_OK(As(Role::kEditor, "a-town", "GetActor", request));
  EXPECT_THAT(As(Role::kPublic, "a-town", "GetActor", request), StatusIs(Reason::NOT_ALLOWED));
  EXPECT_THAT(As(Role::kEditor, "b-town", "GetActor", request), StatusIs(Reason::NOT_ALLOWED));
  EXPECT_FALSE(handled_);
}

TEST_F(Authorise, NeedsTheRightInEveryLandscapeThatANameLiesIn) {
  BatchGetActorsRequest request;
  request.set_parent("landscapes/a-town");
  request.add_names("landscapes/a-town/actors/x");
  EXPECT_OK(As(Role::kEditor, "a-town", "BatchGetActors", request));
  request.add_names("landscapes/b-town/actors/x");
  EXPECT_THAT(As(Role::kEditor, "a-town", "BatchGetActors", request), StatusIs(Reason::NOT_ALLOWED));
}

TEST_F(Authorise, LetsARepresentativeUpdateItsOwnActorOnly) {
  UpdateActorRequest request;
  request.mutable_actor()->set_name("landscapes/a-town/actors/own");
  EXPECT_OK(As(Role::kRepresentative, "a-town", "UpdateActor", request));
  request.mutable_actor()->set_name("landscapes/a-town/actors/other");
  EXPECT_THAT(As(Role::kRepresentative, "a-town", "UpdateActor", request), StatusIs(Reason::NOT_ALLOWED));
}

TEST_F(Authorise, LeavesTheOwnerOfASiteToTheHandler) {
  UpdateSiteRequest request;
  request.mutable_site()->set_name("landscapes/a-town/sites/x");
  EXPECT_OK(As(Role::kRepresentative, "a-town", "UpdateSite", request));
  EXPECT_THAT(As(Role::kRepresentative, "b-town", "UpdateSite", request), StatusIs(Reason::NOT_ALLOWED));
  EXPECT_THAT(As(Role::kPublic, "a-town", "UpdateSite", request), StatusIs(Reason::NOT_ALLOWED));
}

TEST_F(Authorise, LooksAtTheIdOfALandscapeToBeCreatedAndNotAtItsName) {
  CreateLandscapeRequest request;
  request.set_landscape_id("b-town");
  request.mutable_landscape()->set_name("landscapes/a-town");
  EXPECT_THAT(As(Role::kOperator, "a-town", "CreateLandscape", request), StatusIs(Reason::NOT_ALLOWED));
  EXPECT_OK(As(Role::kOperator, "b-town", "CreateLandscape", request));
  EXPECT_OK(As(Role::kOperator, "*", "CreateLandscape", request));
}

TEST_F(Steps, ValidateNamesEveryFieldThatIsWrongAtOnce) {
  const auto step = ValidateStep();
  BatchGetActorsRequest request;
  EXPECT_THAT(Handle(*step, &request), HasViolation("parent", Reason::FIELD_REQUIRED));
  EXPECT_THAT(Handle(*step, &request), HasViolation("names", Reason::FIELD_REQUIRED));
  request.set_parent("landscapes/a-town");
  request.add_names("landscapes/a-town/actors/x");
  request.add_names("actors/x");
  request.add_names("landscapes/b-town/actors/x");
  const absl::Status status = Handle(*step, &request);
  EXPECT_THAT(status, HasViolation("names[1]", Reason::MALFORMED));
  EXPECT_THAT(status, HasViolation("names[2]", Reason::MALFORMED));
  EXPECT_EQ(DetailOf(status).violations_size(), 2);
  EXPECT_FALSE(handled_);
}

TEST_F(Steps, ValidateWantsTheNameOfWhatIsUpdatedButIgnoresItAtCreation) {
  UpdateActorRequest update;
  update.mutable_actor()->set_display_name("x");
  EXPECT_THAT(Handle(*ValidateStep(), &update), HasViolation("actor.name", Reason::FIELD_REQUIRED));
  update.mutable_actor()->set_name("x");
  EXPECT_THAT(Handle(*ValidateStep(), &update), HasViolation("actor.name", Reason::MALFORMED));
  CreateActorRequest create;
  create.set_parent("landscapes/a-town");
  create.mutable_actor()->set_name("x");
  EXPECT_OK(Handle(*ValidateStep(), &create));
}

TEST_F(Steps, IdempotencyKeepsTheIdOnlyForMethodsThatAreIdempotentByIt) {
  CreateActorRequest request;
  request.set_request_id("r-1");
  call_.method = Method("CreateActor");
  EXPECT_OK(Handle(*IdempotencyStep(), &request));
  EXPECT_EQ(call_.request_id, "r-1");
  EXPECT_THAT(call_.fingerprint, MatchesRegex("[0-9a-f]{32}"));
  const std::string fingerprint = call_.fingerprint;
  request.set_request_id("r-2");
  EXPECT_OK(Handle(*IdempotencyStep(), &request));
  EXPECT_EQ(call_.fingerprint, fingerprint);
  request.set_parent("landscapes/other");
  EXPECT_OK(Handle(*IdempotencyStep(), &request));
  EXPECT_NE(call_.fingerprint, fingerprint);

  call_.method = Method("ImportActors");
  EXPECT_OK(Handle(*IdempotencyStep(), &request));
  EXPECT_EQ(call_.request_id, "");
}

TEST_F(Steps, IdempotencyTakesNoIdFromTheHeader) {
  CreateActorRequest request;
  call_.method = Method("CreateActor");
  call_.request_id = "from a proxy";
  EXPECT_OK(Handle(*IdempotencyStep(), &request));
  EXPECT_EQ(call_.request_id, "");
  EXPECT_EQ(call_.fingerprint, "");
}

}  // namespace
}  // namespace allmende::rpc
