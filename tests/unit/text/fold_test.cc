#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "common/text/text.h"

namespace allmende::text {
namespace {

TEST(Fold, KeepsLettersAndDigitsAndMakesEverythingElseOneBlank) {
  EXPECT_EQ(Fold("  Förderverein d. GGS (Nr. 7)  "), "foerderverein d ggs nr 7");
  EXPECT_EQ(Fold("Kita „Löwenzahn“ – Haus 2"), "kita loewenzahn haus 2");
  EXPECT_EQ(Fold("...---..."), "");
  EXPECT_EQ(Fold(""), "");
}

TEST(Fold, MakesTheTwoSpellingsOfGermanLettersOne) {
  EXPECT_EQ(Fold("Straße"), Fold("STRASSE"));
  EXPECT_EQ(Fold("ẞ"), "ss");
  EXPECT_EQ(Fold("Müller"), Fold("Mueller"));
  EXPECT_EQ(Fold("ÄÖÜäöü"), "aeoeueaeoeue");
  EXPECT_EQ(Fold("Ærø Åbenrå Løgumkloster"), "aeroe aabenraa loegumkloster");
}

TEST(Fold, TakesComposedAndDecomposedLettersForTheSame) {
  EXPECT_EQ(Fold("Mu\u0308ller Cafe\u0301"), "mueller cafe");
  EXPECT_EQ(Fold("A\u030Angstro\u0308m"), "aangstroem");
}

TEST(Fold, RemovesMarksThatGermanDoesNotKnow) {
  EXPECT_EQ(Fold("José Ibañez, Çelik & Dvořák, Łódź, İzmir"), "jose ibanez celik dvorak lodz izmir");
}

TEST(Fold, LeavesOutTheSoftHyphenInsideAWord) {
  EXPECT_EQ(Fold("Schul\u00ADhof"), "schulhof");
  EXPECT_EQ(Fold("Schul\u00ADhof Ω"), "schulhof o");
}

TEST(Fold, WritesOtherScriptsInLatinLetters) {
  EXPECT_EQ(Fold("Русская школа"), "russkaa skola");
  EXPECT_EQ(Fold("Ελληνικό"), "elleniko");
  EXPECT_EQ(Fold("٣ ３"), "3 3");
}

TEST(Fold, TakesInvalidBytesForSeparators) {
  EXPECT_EQ(Fold("Schule\xFF\xFEHaus"), "schule haus");
  EXPECT_EQ(Fold("Schule\xC3"), "schule");
  EXPECT_EQ(Fold("a\xC3 b"), "a b");
}

TEST(Fold, GivesTheSameInManyThreads) {
  const std::string expected = Fold("Українська школа Öhringen");
  std::vector<std::string> found(8);
  {
    std::vector<std::jthread> threads;
    for (std::string& mine : found) threads.emplace_back([&mine] { mine = Fold("Українська школа Öhringen"); });
  }
  EXPECT_EQ(found, std::vector<std::string>(8, expected));
}

// The quick way (table) and the thorough way (ICU) must not differ: a character beyond the table at the end sends the
// whole text the thorough way.
RC_GTEST_PROP(Fold, GoesTheQuickWayAndTheThoroughWayToTheSameResult, ()) {
  std::string text;
  for (const int c : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0x20, 0x180))) {
    if (c >= 0x7F && c < 0xA0) continue;
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else {
      text += static_cast<char>(0xC0 | (c >> 6));
      text += static_cast<char>(0x80 | (c & 0x3F));
    }
  }
  RC_ASSERT(Fold(text) == Fold(text + "\u2014"));
}

RC_GTEST_PROP(Fold, LeavesNothingMoreToFold, (std::string text)) {
  const std::string once = Fold(text);
  RC_ASSERT(Fold(once) == once);
  RC_ASSERT(FindInvalidUtf8(once) == std::string_view::npos);
  RC_ASSERT(once.find("  ") == std::string::npos);
  RC_ASSERT(once.empty() || (once.front() != ' ' && once.back() != ' '));
}

}  // namespace
}  // namespace allmende::text
