#include "services/registry/importing/clean.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace allmende::importing {
namespace {

TEST(Clean, TakesSurplusBlanksAway) {
  EXPECT_EQ(Clean("  Kita  Mini-Forscher ").text, "Kita Mini-Forscher");
  EXPECT_EQ(Clean("a\u00a0\u2009b").text, "a b");
  EXPECT_EQ(Clean(" x").repair, Repair::kBlanks);
  EXPECT_EQ(Clean("x").repair, Repair::kNone);
}

TEST(Clean, MakesBlanksOfLineBreaksAndControlCharacters) {
  EXPECT_EQ(Clean("a\r\nb\tc").text, "a b c");
  EXPECT_EQ(Clean(std::string_view("a\0b", 3)).text, "a b");
  EXPECT_EQ(Clean("a\nb").repair, Repair::kControl);
}

TEST(Clean, ReadsEntitiesAndLeavesAmpersandsAlone) {
  EXPECT_EQ(Clean("Catering &quot;La Tortita&quot;").text, "Catering \"La Tortita\"");
  EXPECT_EQ(Clean("Max & Moritz").repair, Repair::kNone);
  EXPECT_EQ(Clean("Max & Moritz").text, "Max & Moritz");
}

RC_GTEST_PROP(Clean, ChangesNothingTheSecondTime, (const std::string& text)) {
  const Cleaned once = Clean(text);
  // An entity may stand inside of an escaped one ("&amp;quot;"): it is text then.
  RC_PRE(once.text.find('&') == std::string::npos);
  RC_ASSERT(Clean(once.text).text == once.text);
  RC_ASSERT(IsClean(once.text));
}

TEST(ParseNumber, ReadsWhatStatisticsOfficesWrite) {
  EXPECT_EQ(ParseNumber(" 90 164"), 90164);
  EXPECT_EQ(ParseNumber("9,43751"), 9.43751);
  EXPECT_EQ(ParseNumber(" 53.02"), 53.02);
  EXPECT_EQ(ParseNumber("1.234,5"), 1234.5);
  EXPECT_EQ(ParseNumber("1\u00a0234"), 1234);
  EXPECT_EQ(ParseNumber("-3"), -3);
}

TEST(ParseNumber, DoesNotGuess) {
  for (const char* text : {"", "abc", "1.2.3", "1,2,3", "12a", "nan", "inf", "1e999", "--1", "."}) {
    EXPECT_EQ(ParseNumber(text), std::nullopt) << text;
  }
}

TEST(ParseWholeNumber, TakesWholeNumbersOnly) {
  EXPECT_EQ(ParseWholeNumber("211.0"), 211);
  EXPECT_EQ(ParseWholeNumber("2.5"), std::nullopt);
  EXPECT_EQ(ParseWholeNumber("99999999999999999999"), std::nullopt);
}

TEST(JoinPhone, PutsBackTheZeroAndTakesOffTheDecimals) {
  const auto phone = JoinPhone("211.0", "4791163.0");
  ASSERT_TRUE(phone);
  EXPECT_EQ(phone->text, "+492114791163");
  EXPECT_EQ(phone->repair, Repair::kDecimals);
  EXPECT_EQ(JoinPhone("211", "4791163")->repair, Repair::kLeadingZeros);
  EXPECT_EQ(JoinPhone("0211", "4791163")->repair, Repair::kNone);
  EXPECT_FALSE(JoinPhone("2241.0", "2509973056.0")) << "16 digits are none of E.164";
  EXPECT_FALSE(JoinPhone("211.0", ""));
}

TEST(CleanPhone, PutsRightADoubledPlus) {
  EXPECT_EQ(CleanPhone("++494307 909301")->text, "+494307909301");
  EXPECT_EQ(CleanPhone("++494307 909301")->repair, Repair::kPlus);
  EXPECT_EQ(CleanPhone("0451 122865-00")->text, "+4945112286500");
  EXPECT_EQ(CleanPhone("0451 122865-00")->repair, Repair::kNone);
  EXPECT_FALSE(CleanPhone("bitte Mail"));
}

TEST(CleanWebsite, AddsTheBeginningThatIsMissing) {
  EXPECT_EQ(CleanWebsite("www.adfc-leipzig.de")->text, "https://www.adfc-leipzig.de");
  EXPECT_EQ(CleanWebsite("www.adfc-leipzig.de")->repair, Repair::kScheme);
  EXPECT_EQ(CleanWebsite("http://x.de")->repair, Repair::kNone);
  EXPECT_FALSE(CleanWebsite("file:///home/x"));
}

void ExpectSplit(std::string_view text, std::string_view street, std::string_view number) {
  const StreetAndNumber split = SplitStreet(text);
  EXPECT_EQ(split.street, street) << text;
  EXPECT_EQ(split.number, number) << text;
}

TEST(SplitStreet, FindsTheHouseNumberAtTheEnd) {
  ExpectSplit("Robert-Koch-Str. 3", "Robert-Koch-Str.", "3");
  ExpectSplit("Stuhrsallee 16/18", "Stuhrsallee", "16/18");
  ExpectSplit("Holzredder 2 b", "Holzredder", "2 b");
  ExpectSplit("Am Markt 29 - 31", "Am Markt", "29 - 31");
  ExpectSplit("Preesterbarg 20a", "Preesterbarg", "20a");
  ExpectSplit("Hauptstr.5", "Hauptstr.", "5");
  ExpectSplit("Straße des 17. Juni 135", "Straße des 17. Juni", "135");
}

TEST(SplitStreet, LeavesAloneWhatIsNoHouseNumber) {
  ExpectSplit("Chempark Gebäude C 104-West", "Chempark Gebäude C 104-West", "");
  ExpectSplit("In der Zitadelle", "In der Zitadelle", "");
  ExpectSplit("Halle B2", "Halle B2", "");
  ExpectSplit("12", "12", "");
  ExpectSplit("Süderstraße 90 / Thomasstraße 20", "Süderstraße 90 / Thomasstraße 20", "");
  ExpectSplit("", "", "");
}

TEST(AppendWrapped, JoinsWhatWasBrokenAtAFixedWidth) {
  std::string text = "Staatl. anerk. Berufskolleg, Werkberufs-";
  AppendWrapped(text, "schule u. Fachsch. f. Technik - Chemie-");
  AppendWrapped(text, "technik");
  EXPECT_EQ(text, "Staatl. anerk. Berufskolleg, Werkberufsschule u. Fachsch. f. Technik - Chemietechnik");
}

TEST(AppendWrapped, KeepsAHyphenThatMeansSomething) {
  std::string text = "Grund-";
  AppendWrapped(text, "und Hauptschule");
  AppendWrapped(text, "- Primarstufe -");
  EXPECT_EQ(text, "Grund- und Hauptschule - Primarstufe -");
}

}  // namespace
}  // namespace allmende::importing
