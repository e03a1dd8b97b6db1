#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <climits>

#include "common/text/text.h"

namespace allmende::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Words, AreTheFoldedWordsInOrder) {
  EXPECT_THAT(Words("GGS am Mühlen-Weg 3a"), ElementsAre("ggs", "am", "muehlen", "weg", "3a"));
  EXPECT_THAT(Words(" - "), IsEmpty());
}

TEST(Stem, MakesSingularAndPluralOne) {
  EXPECT_EQ(Stem("schulen"), Stem("schule"));
  EXPECT_EQ(Stem("haeuser"), Stem("haus"));
  EXPECT_EQ(Stem("kindergaerten"), Stem("kindergarten"));
  EXPECT_EQ(Stem("foerdervereine"), Stem("foerderverein"));
  EXPECT_EQ(Stem("schulen"), "schul");
}

TEST(Stem, DoesNotTakeEveryUeForAnUmlaut) {
  EXPECT_EQ(Stem("quelle"), "quell");
  EXPECT_EQ(Stem("neue"), "neu");
  EXPECT_EQ(Stem("steuer"), "steu");
}

TEST(Stem, KeepsWhatItCannotCut) {
  EXPECT_EQ(Stem("e"), "e");
  EXPECT_EQ(Stem("7"), "7");
  EXPECT_EQ(Stem(""), "");
}

RC_GTEST_PROP(Stem, IsAlwaysAFoldedWordAndNeverLongerThanTheWord, ()) {
  const auto word =
      *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', static_cast<char>('z' + 1))));
  const std::string stem = Stem(word);
  RC_ASSERT(!stem.empty());
  RC_ASSERT(Fold(stem) == stem);
  RC_ASSERT(stem.size() <= word.size() + 1);  // ß-like endings may be spelt out
}

TEST(SortKey, PutsUmlautsWhereTheTelephoneBookHasThem) {
  std::vector<std::string> names = {"Zebra", "Ärzte", "Afrika", "Adler", "äußerst", "Aerobic"};
  std::ranges::sort(names, {}, SortKey);
  EXPECT_THAT(names, ElementsAre("Adler", "Aerobic", "Ärzte", "äußerst", "Afrika", "Zebra"));
}

TEST(SortKey, PutsNumbersInTheOrderOfTheirValue) {
  std::vector<std::string> names = {"Schule 10", "Schule 9", "Schule 100", "Schule", "Schule 09a", "Schule 1"};
  std::ranges::sort(names, {}, SortKey);
  EXPECT_THAT(names, ElementsAre("Schule", "Schule 1", "Schule 9", "Schule 09a", "Schule 10", "Schule 100"));
}

RC_GTEST_PROP(SortKey, OrdersAnyTwoNumbersByValue, (std::uint64_t a, std::uint64_t b)) {
  RC_ASSERT((SortKey(std::to_string(a)) < SortKey(std::to_string(b))) == (a < b));
}

TEST(SortKey, TellsApartWhatOnlyFoldsToTheSame) {
  EXPECT_NE(SortKey("Müller"), SortKey("Mueller"));
  EXPECT_NE(SortKey("a b"), SortKey("a-b"));
}

TEST(SortKey, OrdersVeryLongNumbers) {
  EXPECT_LT(SortKey("99999999"), SortKey("100000000"));
  EXPECT_LT(SortKey("999999999"), SortKey("1000000000"));
  EXPECT_LT(SortKey("99999999999999999999"), SortKey("100000000000000000000"));
}

TEST(IndexWords, KeepTheSpellingOfTheText) {
  const auto found = IndexWords("Offene Mühlen-Schulen e.V.");
  ASSERT_EQ(found.size(), 5U);
  EXPECT_EQ(found[0].surface, "Offene");
  EXPECT_EQ(found[1].word, "muehlen");
  EXPECT_EQ(found[1].surface, "Mühlen");
  EXPECT_EQ(found[2].word, "schulen");
  EXPECT_EQ(found[2].stem, "schul");
  EXPECT_EQ(found[4].word, "v");
  EXPECT_EQ(found[4].stem, "v");
}

RC_GTEST_PROP(IndexWords, AreTheWordsOfTheText, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::inRange(' ', '\x7f'));
  std::vector<std::string> words;
  for (const IndexWord& word : IndexWords(text)) words.push_back(word.word);
  RC_ASSERT(words == Words(text));
}

TEST(EditDistance, CountsEachKindOfMistakeOnce) {
  EXPECT_EQ(EditDistance("schule", "schule", 3), 0);
  EXPECT_EQ(EditDistance("schule", "schle", 3), 1);
  EXPECT_EQ(EditDistance("schule", "schulle", 3), 1);
  EXPECT_EQ(EditDistance("schule", "schuhe", 3), 1);
  EXPECT_EQ(EditDistance("schule", "shcule", 3), 1);
  EXPECT_EQ(EditDistance("ca", "abc", 3), 3);  // optimal string alignment, not the unrestricted distance (2)
  EXPECT_EQ(EditDistance("", "abc", 3), 3);
}

TEST(EditDistance, StopsBeyondTheLimit) {
  EXPECT_EQ(EditDistance("kindergarten", "schule", 2), 3);
  EXPECT_EQ(EditDistance("abcdef", "ghijkl", 2), 3);
  EXPECT_EQ(EditDistance("a", "b", 0), 1);
}

// The definition itself, without any table.
int Slow(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return static_cast<int>(a.size() + b.size());
  const std::string_view a1 = a.substr(1);
  const std::string_view b1 = b.substr(1);
  int best = std::min({Slow(a1, b) + 1, Slow(a, b1) + 1, Slow(a1, b1) + (a[0] == b[0] ? 0 : 1)});
  if (a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0])
    best = std::min(best, Slow(a.substr(2), b.substr(2)) + 1);
  return best;
}

RC_GTEST_PROP(EditDistance, IsWhatItsDefinitionSays, ()) {
  const auto word = rc::gen::resize(6, rc::gen::container<std::string>(rc::gen::inRange('a', 'd')));
  const std::string a = *word;
  const std::string b = *word;
  const int limit = *rc::gen::inRange(0, 7);
  RC_ASSERT(EditDistance(a, b, limit) == std::min(Slow(a, b), limit + 1));
}

}  // namespace
}  // namespace allmende::text
