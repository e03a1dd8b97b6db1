// The texts that people read: parameters filled in, in their language, without holes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/status/error.h"

namespace allmende {
namespace {

using testing::Eq;
using testing::HasSubstr;
using testing::Not;

std::string German(const absl::Status& status) { return MessageOf(DetailOf(status).violations(0), Language::kGerman); }
std::string English(const absl::Status& status) {
  return MessageOf(DetailOf(status).violations(0), Language::kEnglish);
}

TEST(Message, NamesTheNearestCodeInBothLanguages) {
  const absl::Status status =
      FieldError("topics[0]", Reason::UNKNOWN_CODE, {{"value", "SPORTS"}, {"list", "topics"}, {"hint", "SPORT"}});
  EXPECT_THAT(German(status), Eq("„SPORTS“ ist kein Wert von topics. Gemeint sein könnte SPORT."));
  EXPECT_THAT(English(status), Eq("“SPORTS” is not a value of topics. Could SPORT be meant?"));
}

TEST(Message, LeavesTheHintOutWhereNothingIsNear) {
  const absl::Status status = FieldError("topics[0]", Reason::UNKNOWN_CODE, {{"value", "X"}, {"list", "topics"}});
  EXPECT_THAT(German(status), Eq("„X“ ist kein Wert von topics."));
  const absl::Status empty =
      FieldError("topics[0]", Reason::UNKNOWN_CODE, {{"value", "X"}, {"list", "topics"}, {"hint", ""}});
  EXPECT_THAT(English(empty), Eq("“X” is not a value of topics."));
}

TEST(Message, SaysWordsInTheLanguageOfTheReader) {
  const absl::Status status =
      FieldError("center", Reason::CONFLICTING_FIELDS,
                 Both("why", "Umkreis ohne Mitte", "a radius without a center", {{"fields", "a, b"}}));
  EXPECT_THAT(German(status), HasSubstr("Umkreis ohne Mitte"));
  EXPECT_THAT(German(status), Not(HasSubstr("radius")));
  EXPECT_THAT(English(status), HasSubstr("a radius without a center"));
}

TEST(Message, KeepsTextWithAnOpenBracketOrBrace) { EXPECT_THAT(FillIn("a [b {c", {}), Eq("a [b {c")); }

}  // namespace
}  // namespace allmende
