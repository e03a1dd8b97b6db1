#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>

#include "common/status/error.h"
#include "common/status/wire.h"

namespace allmende {
namespace {

absl::Status TwoWrongFields() {
  Violations violations;
  violations.Add("actor.display_name", Reason::FIELD_REQUIRED);
  violations.Add("actor.channels[2].value", Reason::MALFORMED, {{"value", "0815"}, {"expected", "+49..."}});
  return violations.ToStatus();
}

TEST(Errors, HaveTheCodeTheirReasonDeclares) {
  EXPECT_EQ(Error(Reason::NOT_FOUND).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Error(Reason::STALE_ETAG).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(TwoWrongFields().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Errors, SpeakBothLanguages) {
  const ErrorDetail detail = DetailOf(Error(Reason::NOT_FOUND, {{"name", "landscapes/x"}}));
  EXPECT_EQ(MessageOf(detail, Language::kGerman), "„landscapes/x“ gibt es nicht.");
  EXPECT_EQ(MessageOf(detail, Language::kEnglish), "“landscapes/x” does not exist.");
  EXPECT_EQ(TitleOf(Reason::NOT_FOUND, Language::kGerman), "Nicht gefunden");
}

TEST(Errors, TellEveryViolationWithItsField) {
  const ErrorDetail detail = DetailOf(TwoWrongFields());
  ASSERT_EQ(detail.violations_size(), 2);
  EXPECT_EQ(detail.violations(0).field(), "actor.display_name");
  EXPECT_EQ(MessageOf(detail.violations(0), Language::kEnglish), "“actor.display_name” must not be empty.");
  EXPECT_THAT(MessageOf(detail, Language::kEnglish), testing::StartsWith("2 field(s)"));
}

TEST(Errors, NothingFoundIsOk) { EXPECT_TRUE(Violations().ToStatus().ok()); }

TEST(Errors, AMissingParameterLeavesNoBraces) {
  EXPECT_EQ(MessageOf(DetailOf(Error(Reason::NOT_FOUND)), Language::kEnglish), "“” does not exist.");
}

TEST(Errors, AForeignStatusNeverShowsItsText) {
  const ErrorDetail detail = DetailOf(absl::InternalError("password=geheim"));
  EXPECT_EQ(detail.reason(), Reason::INTERNAL_ERROR);
  EXPECT_THAT(MessageOf(detail, Language::kGerman), testing::Not(testing::HasSubstr("geheim")));
  EXPECT_EQ(ReasonOf(absl::DeadlineExceededError("")), Reason::DEADLINE_PASSED);
}

TEST(Wire, CarriesReasonViolationsAndRetryTimeForForeignClients) {
  google::rpc::Status wire;
  ASSERT_TRUE(wire.ParseFromString(ToWire(TwoWrongFields(), Language::kGerman).details));
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad;
  ASSERT_TRUE(wire.details(0).UnpackTo(&info));
  ASSERT_TRUE(wire.details(1).UnpackTo(&bad));
  EXPECT_EQ(info.reason(), "INVALID_FIELDS");
  EXPECT_EQ(bad.field_violations(1).field(), "actor.channels[2].value");
}

TEST(Wire, GivesBackTheSameError) {
  const absl::Status sent = ErrorWithRetry(Reason::TOO_MANY_REQUESTS, 3, {{"limit", "landscape"}});
  const WireStatus wire = ToWire(sent, Language::kEnglish);
  const absl::Status received = FromWire(wire.code, wire.message, wire.details);
  EXPECT_EQ(received.code(), sent.code());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(DetailOf(received), DetailOf(sent)));
  EXPECT_EQ(DetailOf(received).retry_after().seconds(), 3);
}

TEST(Wire, UnderstandsAStatusThatIsNotOurs) {
  EXPECT_EQ(ReasonOf(FromWire(14, "connection refused", "")), Reason::TEMPORARILY_UNAVAILABLE);
  EXPECT_TRUE(FromWire(0, "", "").ok());
}

TEST(Languages, TheOneWantedMostCounts) {
  EXPECT_EQ(LanguageOf(""), Language::kGerman);
  EXPECT_EQ(LanguageOf("en-GB,en;q=0.9,de;q=0.5"), Language::kEnglish);
  EXPECT_EQ(LanguageOf("fr, de;q=0.8, en;q=0.7"), Language::kGerman);
  EXPECT_EQ(LanguageOf("en;q=0"), Language::kGerman);
}

}  // namespace
}  // namespace allmende
