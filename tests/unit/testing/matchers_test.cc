#include "common/testing/matchers.h"

#include <gtest/gtest.h>

#include "allmende/type/v1/error.pb.h"

namespace allmende {
namespace {

using ::testing::Eq;
using ::testing::Not;

TEST(Matchers, TellAnErrorFromSuccess) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(Error(Reason::NOT_FOUND), Not(IsOk()));
  EXPECT_THAT(absl::StatusOr<int>(3), IsOkAndHolds(Eq(3)));
  EXPECT_THAT(absl::StatusOr<int>(3), Not(IsOkAndHolds(Eq(4))));
}

TEST(Matchers, TellReasonsApart) {
  EXPECT_THAT(Error(Reason::NOT_FOUND), StatusIs(Reason::NOT_FOUND));
  EXPECT_THAT(Error(Reason::NOT_FOUND), Not(StatusIs(Reason::ALREADY_EXISTS)));
  EXPECT_THAT(absl::OkStatus(), Not(StatusIs(Reason::REASON_UNSPECIFIED)));
}

TEST(Matchers, FindTheViolationOfOneField) {
  Violations violations;
  violations.Add("actor.area", Reason::FIELD_REQUIRED);
  violations.Add("actor.kind", Reason::UNKNOWN_CODE);
  EXPECT_THAT(violations.ToStatus(), HasViolation("actor.kind", Reason::UNKNOWN_CODE));
  EXPECT_THAT(violations.ToStatus(), Not(HasViolation("actor.area", Reason::UNKNOWN_CODE)));
}

TEST(Matchers, CompareMessagesByContentAndSayWhatDiffers) {
  FieldViolation one;
  one.set_field("a");
  FieldViolation other = one;
  EXPECT_THAT(one, EqualsProto(other));
  EXPECT_THAT(one, EqualsProto("field: 'a'"));
  EXPECT_THAT(one, Not(EqualsProto("field: 'b'")));
  EXPECT_THAT(one, Not(EqualsProto("no such field")));
  other.set_field("b");
  ::testing::StringMatchResultListener listener;
  EXPECT_FALSE(::testing::ExplainMatchResult(EqualsProto(other), one, &listener));
  EXPECT_THAT(listener.str(), ::testing::HasSubstr("field"));
}

}  // namespace
}  // namespace allmende
