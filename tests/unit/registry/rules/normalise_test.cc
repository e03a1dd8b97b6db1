// How people write numbers and addresses, and the one form in which they are kept.
#include "services/registry/rules/normalise.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace allmende::registry {
namespace {

TEST(Tidy, MakesBlanksSingleAndTakesThemOffTheEnds) {
  EXPECT_EQ(Tidy("  GGS \t Am\r\nPark "), "GGS Am Park");
  EXPECT_EQ(Tidy("\ufeffKita\u00a0Nord\u200b"), "Kita Nord");
  EXPECT_EQ(Tidy(" \u00a0 "), "");
  EXPECT_EQ(Tidy("Größe"), "Größe");
}

RC_GTEST_PROP(Tidy, IsDoneAfterOnce, (const std::string& text)) { RC_ASSERT(Tidy(Tidy(text)) == Tidy(text)); }

TEST(NormalisePhone, ReadsTheGermanWaysOfWriting) {
  for (const char* text :
       {"0461 12345", "(0461) 123-45", "0461/12345", "+49 461 12345", "+49 (0)461 123 45", "+49 (0461) 12345",
        "0049 461 12345", "0461 \u2013 12345", " 0461\u00a012345 ", "+490461 12345"}) {
    EXPECT_EQ(NormalisePhone(text), "+4946112345") << text;
  }
}

TEST(NormalisePhone, ReadsNumbersFromAbroad) { EXPECT_EQ(NormalisePhone("+45 74 12 34 56"), "+4574123456"); }

TEST(NormalisePhone, NeedsTheAreaCodeOfALocalNumber) {
  EXPECT_EQ(NormalisePhone("12 34 56"), std::nullopt);
  EXPECT_EQ(NormalisePhone("12 34 56", "0211"), "+49211123456");
  EXPECT_EQ(NormalisePhone("12 34 56", "(0211)"), "+49211123456");
  EXPECT_EQ(NormalisePhone("12 34 56", "211"), std::nullopt);
}

TEST(NormalisePhone, GuessesNothing) {
  for (const char* text : {"", "0", "110", "auf Anfrage", "0461 12345, 0461 54321", "0461 12345 oder 54321", "211.0e3",
                           "+", "++49461", "+0461", "0461 123456789012345", "00 0461 12345"}) {
    EXPECT_EQ(NormalisePhone(text), std::nullopt) << text;
  }
}

RC_GTEST_PROP(NormalisePhone, IsDoneAfterOnce, (const std::string& text)) {
  const auto once = NormalisePhone("0" + text);
  if (once) RC_ASSERT(NormalisePhone(*once) == once);
}

TEST(NormaliseUrl, AddsTheSchemeAndLowersTheHost) {
  EXPECT_EQ(NormaliseUrl("www.Example.DE"), "https://www.example.de");
  EXPECT_EQ(NormaliseUrl(" http://Example.de/Schule?x=1#A "), "http://example.de/Schule?x=1#A");
  EXPECT_EQ(NormaliseUrl("HTTPS://example.de:8443/"), "https://example.de:8443/");
  EXPECT_EQ(NormaliseUrl("müller-schule.de"), "https://müller-schule.de");
}

TEST(NormaliseUrl, RefusesWhatIsNoWebsite) {
  for (const char* text :
       {"", "keine", "javascript:alert(1)", "ftp://example.de", "https://", "https://-a.de", "https://a..de",
        "https://user@example.de", "https://example.de /x", "https://example.de:port", "https://localhost",
        "https://192.168.0.1", "a.de, b.de", "https://example.de/<script>"}) {
    EXPECT_EQ(NormaliseUrl(text), std::nullopt) << text;
  }
}

TEST(NormaliseEmail, LowersTheDomainOnly) {
  EXPECT_EQ(NormaliseEmail(" Info@Example.DE "), "Info@example.de");
  EXPECT_EQ(NormaliseEmail("mailto:a.b+c@example.de"), "a.b+c@example.de");
}

TEST(NormaliseEmail, RefusesWhatIsNoAddress) {
  for (const char* text : {"", "info", "@example.de", "info@", "info@example", "a@b@example.de", "info (at) example.de",
                           ".a@example.de", "a..b@example.de", "a b@example.de", "a@example.de; b@example.de"}) {
    EXPECT_EQ(NormaliseEmail(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace allmende::registry
