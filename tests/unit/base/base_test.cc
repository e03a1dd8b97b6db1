#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "common/base/base64url.h"
#include "common/base/clock.h"
#include "common/base/ids.h"

namespace allmende {
namespace {

TEST(Ids, AreTwentySixCharactersAndDoNotRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(RandomId());
  EXPECT_EQ(seen.size(), 1000U);
  EXPECT_THAT(seen, testing::Each(testing::MatchesRegex("[a-z2-7]{26}")));
}

TEST(Ids, DerivedOnesStayTheSameForEver) {
  EXPECT_EQ(DerivedId({"sh-schools", "0702020"}), "x7djf2fngilnch7aitthkqnf5u");
  EXPECT_NE(DerivedId({"a", "bc"}), DerivedId({"ab", "c"}));
}

RC_GTEST_PROP(Base64Url, ReadsBackWhatItWrote, (const std::string& bytes)) {
  const std::string text = Base64UrlEncode(bytes);
  RC_ASSERT(text.find_first_of("+/=") == std::string::npos);
  RC_ASSERT(Base64UrlDecode(text) == bytes);
}

TEST(Base64Url, RefusesWhatIsNotBase64Url) {
  EXPECT_EQ(Base64UrlDecode("ab+/"), std::nullopt);
  EXPECT_EQ(Base64UrlDecode("a"), std::nullopt);
  EXPECT_EQ(Base64UrlDecode("YQ=="), std::nullopt);
}

TEST(Clock, WritesIso8601WithMicroseconds) {
  EXPECT_EQ(ToIso8601(FromMicros(1'704'110'400'000'001)), "2024-01-01T12:00:00.000001Z");
  EXPECT_EQ(ToIso8601(FromMicros(-1)), "1969-12-31T23:59:59.999999Z");
}

RC_GTEST_PROP(Clock, KeepsAnyTimeThroughItsProto, ()) {
  const auto micros = *rc::gen::inRange<std::int64_t>(-62'135'596'800'000'000, 253'402'300'799'000'000);
  RC_ASSERT(FromProto(ToProto(FromMicros(micros))) == FromMicros(micros));
  RC_ASSERT(ToProto(FromMicros(micros)).nanos() >= 0);
}

TEST(Clock, AFakeOneMovesOnlyByHand) {
  FakeClock clock;
  const Time before = clock.Now();
  EXPECT_EQ(clock.Now(), before);
  clock.Advance(std::chrono::seconds(2));
  EXPECT_EQ(clock.Now() - before, std::chrono::seconds(2));
}

}  // namespace
}  // namespace allmende
