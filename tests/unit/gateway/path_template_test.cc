#include "services/gateway/transcode/path_template.h"

#include <gtest/gtest.h>

#include "common/testing/matchers.h"
#include "services/gateway/transcode/nearest.h"
#include "services/gateway/transcode/percent.h"

namespace allmende::gateway {
namespace {

TEST(PathTemplate, HoldsSegmentsVariablesAndVerb) {
  ASSERT_OK_AND_ASSIGN(const PathTemplate path, ParsePathTemplate("/v1/{parent=landscapes/*}/actors:batchGet"));
  EXPECT_EQ(path.segments.size(), 4U);
  ASSERT_EQ(path.variables.size(), 1U);
  EXPECT_EQ(path.variables[0], (PathTemplate::Variable{"parent", 1, 3}));
  EXPECT_EQ(path.verb, "batchGet");
  EXPECT_EQ(path.ToText(), "/v1/landscapes/{landscape}/actors:batchGet");
}

TEST(PathTemplate, TakesABareVariableAsOneSegment) {
  ASSERT_OK_AND_ASSIGN(const PathTemplate path, ParsePathTemplate("/v1/keys/{key.id}"));
  EXPECT_EQ(path.variables[0], (PathTemplate::Variable{"key.id", 2, 3}));
  EXPECT_EQ(path.segments[2].kind, PathTemplate::Segment::Kind::kOne);
}

TEST(PathTemplate, NamesSingularsInItsText) {
  ASSERT_OK_AND_ASSIGN(const PathTemplate path, ParsePathTemplate("/v1/{name=bodies/*/bodies2/**}"));
  EXPECT_EQ(path.ToText(), "/v1/bodies/{body}/bodies2/{bodies2}");
}

class Refused : public ::testing::TestWithParam<std::string_view> {};
TEST_P(Refused, PathTemplate) {
  EXPECT_THAT(ParsePathTemplate(GetParam()), HasViolation("path", Reason::MALFORMED)) << GetParam();
}
INSTANTIATE_TEST_SUITE_P(Texts, Refused,
                         ::testing::Values("", "v1", "/", "/v1/", "/v1//x", "/v1/{", "/v1/{name", "/v1/{name=}",
                                           "/v1/{=a}", "/v1/{a={b}}", "/v1/**/x", "/v1/x:", "/v1/x y", "/v1/x}"));

TEST(Percent, DecodesWhatItEncodes) {
  const std::string text = "ä/ß %+\"&=?#";
  EXPECT_EQ(PercentDecode(PercentEncode(text), Decoding::kEverything), text);
  EXPECT_EQ(PercentEncode("a/b", "/"), "a/b");
}

TEST(Percent, KeepsAnEncodedSlashInAValueOverSeveralSegments) {
  EXPECT_EQ(PercentDecode("a%2Fb%20c", Decoding::kKeepSlash), "a%2Fb c");
  EXPECT_EQ(PercentDecode("a%2fb", Decoding::kEverything), "a/b");
}

TEST(Percent, ReadsAPlusAsABlankOnlyInForms) {
  EXPECT_EQ(PercentDecode("a+b", Decoding::kForm), "a b");
  EXPECT_EQ(PercentDecode("a+b", Decoding::kEverything), "a+b");
}

TEST(Percent, RefusesBrokenEscapes) {
  for (const std::string_view text : {"%", "%2", "a%zz", "%4"}) {
    EXPECT_FALSE(PercentDecode(text, Decoding::kEverything).has_value()) << text;
  }
}

TEST(Utf8, SaysWhereItBreaks) {
  EXPECT_FALSE(FirstInvalidUtf8("Grüße 😀 \xEF\xBF\xBD").has_value());
  EXPECT_EQ(FirstInvalidUtf8("ab\xFF"), 2U);
  EXPECT_EQ(FirstInvalidUtf8("\xC0\xAF"), 0U) << "overlong";
  EXPECT_EQ(FirstInvalidUtf8("\xED\xA0\x80"), 0U) << "surrogate";
  EXPECT_EQ(FirstInvalidUtf8("a\xF4\x90\x80\x80"), 1U) << "beyond U+10FFFF";
  EXPECT_EQ(FirstInvalidUtf8("a\xE2\x82"), 1U) << "cut short";
}

TEST(NearestName, IsFoundWithoutRegardToCaseAndUnderscores) {
  const std::vector<std::string_view> known = {"display_name", "description", "kinds"};
  EXPECT_EQ(Nearest("displayNam", known), "display_name");
  EXPECT_EQ(Nearest("Kind", known), "kinds");
  EXPECT_EQ(Nearest("zzzzzz", known), "");
}

}  // namespace
}  // namespace allmende::gateway
