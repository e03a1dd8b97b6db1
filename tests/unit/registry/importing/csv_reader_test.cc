#include "services/registry/importing/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace allmende::importing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Got {
  std::int64_t line = 0;
  CsvFlaw flaw = CsvFlaw::kNone;
  std::vector<std::string> cells;
  bool operator==(const Got&) const = default;
};

void PrintTo(const Got& got, std::ostream* out) {
  *out << "line " << got.line << " flaw " << static_cast<int>(got.flaw) << " " << ::testing::PrintToString(got.cells);
}

std::vector<Got> Read(const std::vector<std::string>& pieces, char delimiter = 0, CsvLimits limits = {}) {
  std::vector<Got> rows;
  const auto take = [&](CsvRow& row) { rows.push_back({row.line, row.flaw, row.cells}); };
  CsvReader reader(delimiter, limits);
  for (const std::string& piece : pieces) reader.Feed(piece, take);
  reader.Finish(take);
  return rows;
}

std::vector<std::vector<std::string>> Cells(std::string_view document, char delimiter = 0) {
  std::vector<std::vector<std::string>> cells;
  for (Got& row : Read({std::string(document)}, delimiter)) cells.push_back(std::move(row.cells));
  return cells;
}

TEST(CsvReader, FindsTheDelimiterInTheHeader) {
  EXPECT_THAT(Cells("a,b\n1,2\n"), ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2")));
  EXPECT_THAT(Cells("a;b\n1,5;2\n"), ElementsAre(ElementsAre("a", "b"), ElementsAre("1,5", "2")));
  EXPECT_THAT(Cells("a\tb,c\td\n"), ElementsAre(ElementsAre("a", "b,c", "d")));
  EXPECT_THAT(Cells("\"a,b,c\";d\n"), ElementsAre(ElementsAre("a,b,c", "d")));
}

TEST(CsvReader, TakesTheDelimiterThatTheMappingFixes) {
  EXPECT_THAT(Cells("a,b,c;d\n", ';'), ElementsAre(ElementsAre("a,b,c", "d")));
}

TEST(CsvReader, UnderstandsEveryLineEnd) {
  const std::vector<Got> expected{
      {1, CsvFlaw::kNone, {"a", "b"}}, {2, CsvFlaw::kNone, {"1", "2"}}, {3, CsvFlaw::kNone, {"3", "4"}}};
  EXPECT_EQ(Read({"a,b\n1,2\n3,4\n"}), expected);
  EXPECT_EQ(Read({"a,b\r\n1,2\r\n3,4"}), expected);
  EXPECT_EQ(Read({"a,b\r1,2\r3,4\r"}), expected);
}

TEST(CsvReader, KeepsLineBreaksAndQuotesInsideOfQuotes) {
  EXPECT_EQ(Read({"a,b\n\"1\r\n2\",\"say \"\"hi\"\"\"\nx,y\n"}),
            (std::vector<Got>{{1, CsvFlaw::kNone, {"a", "b"}},
                              {2, CsvFlaw::kNone, {"1\r\n2", "say \"hi\""}},
                              {4, CsvFlaw::kNone, {"x", "y"}}}));
}

TEST(CsvReader, SkipsBlankLinesButCountsThem) {
  EXPECT_EQ(Read({"\n\na,b\n\n1,2\n\n"}),
            (std::vector<Got>{{3, CsvFlaw::kNone, {"a", "b"}}, {5, CsvFlaw::kNone, {"1", "2"}}}));
}

TEST(CsvReader, TakesAQuoteInsideOfPlainTextAsItIs) {
  EXPECT_THAT(Cells("a,b\nRohr 5\",x\n"), ElementsAre(ElementsAre("a", "b"), ElementsAre("Rohr 5\"", "x")));
}

TEST(CsvReader, SaysThatAQuoteStandsInTheWrongPlaceAndKeepsTheText) {
  EXPECT_EQ(Read({"a,b\n\"Haus\" am See,x\n"})[1], (Got{2, CsvFlaw::kStrayQuote, {"Haus\" am See", "x"}}));
}

TEST(CsvReader, GivesUpOnlyTheLineWithTheQuoteThatIsNeverClosed) {
  const std::vector<Got> rows = Read({"a,b\n1,\"offen\n3,4\n5,6\n"});
  ASSERT_THAT(rows, SizeIs(4));
  EXPECT_EQ(rows[1], (Got{2, CsvFlaw::kUnclosedQuote, {"1", "offen"}}));
  EXPECT_EQ(rows[2], (Got{3, CsvFlaw::kNone, {"3", "4"}}));
  EXPECT_EQ(rows[3], (Got{4, CsvFlaw::kNone, {"5", "6"}}));
  EXPECT_EQ(Read({"a,b\n1,\"offen\n3,4\n5,\"6\"\n"}), rows) << "the quotes of another row do not close it";
}

TEST(CsvReader, GivesUpALineThatIsTooLongAndGoesOn) {
  const CsvLimits limits{.row_bytes = 20, .columns = 500};
  const std::vector<Got> rows = Read({"a,b\n" + std::string(50, 'x') + ",y\n1,2\n"}, 0, limits);
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[1].flaw, CsvFlaw::kTooLong);
  EXPECT_EQ(rows[1].line, 2);
  EXPECT_EQ(rows[2], (Got{3, CsvFlaw::kNone, {"1", "2"}}));
}

TEST(CsvReader, DoesNotLetAnOpenQuoteEatMoreThanARow) {
  const CsvLimits limits{.row_bytes = 20, .columns = 500};
  const std::vector<Got> rows = Read({"a,b\n1,\"offen\nzeile,zwei\nzeile,drei\nzeile,vier\n"}, 0, limits);
  ASSERT_THAT(rows, SizeIs(5));
  EXPECT_EQ(rows[1].flaw, CsvFlaw::kUnclosedQuote);
  EXPECT_EQ(rows[4], (Got{5, CsvFlaw::kNone, {"zeile", "vier"}}));
}

TEST(CsvReader, RefusesARowWithTooManyColumns) {
  const CsvLimits limits{.row_bytes = 1000, .columns = 3};
  const std::vector<Got> rows = Read({"a,b\n1,2,3,4,5\n6,7\n"}, ',', limits);
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[1].flaw, CsvFlaw::kTooManyColumns);
  EXPECT_THAT(rows[1].cells, ElementsAre("1", "2", "3"));
}

TEST(CsvReader, FindsNothingInNothing) {
  EXPECT_THAT(Read({""}), IsEmpty());
  EXPECT_THAT(Read({"\r\n\n"}), IsEmpty());
}

// Texts made of what matters to the reader.
std::string AnyText(std::string_view alphabet) {
  const auto letters = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, static_cast<int>(alphabet.size())));
  std::string text;
  for (const int letter : letters) text.push_back(alphabet[static_cast<std::size_t>(letter)]);
  return text;
}

RC_GTEST_PROP(CsvReader, GivesTheSameRowsHoweverTheDocumentIsCut, ()) {
  const std::string document = AnyText("ab,;\"\"\n\r");
  const CsvLimits limits{.row_bytes = static_cast<std::size_t>(*rc::gen::inRange(4, 40)), .columns = 4};
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < document.size();) {
    const auto size = static_cast<std::size_t>(*rc::gen::inRange(1, 6));
    pieces.push_back(document.substr(at, size));
    at += size;
  }
  RC_ASSERT(Read(pieces, 0, limits) == Read({document}, 0, limits));
}

RC_GTEST_PROP(CsvReader, ReadsBackWhatWasWritten, ()) {
  const auto columns = static_cast<std::size_t>(*rc::gen::inRange(1, 5));
  const auto rows = static_cast<std::size_t>(*rc::gen::inRange(1, 6));
  const char delimiter = *rc::gen::element(',', ';', '\t');
  std::vector<std::vector<std::string>> table(rows);
  std::string document;
  for (auto& row : table) {
    for (std::size_t i = 0; i < columns; ++i) {
      row.push_back(AnyText("äb ,;\t\"\n\r"));
      if (i > 0) document.push_back(delimiter);
      document += CsvCell(row.back(), delimiter);
    }
    document += "\r\n";
  }
  RC_ASSERT(Cells(document, delimiter) == table);
}

}  // namespace
}  // namespace allmende::importing
