// Reads CSV as it comes out of real offices, piece by piece: RFC 4180 with comma, semicolon or tab, any line ends,
// quotes in the wrong place, and a quote that is never closed. Memory is bounded by one row; how the document is cut
// into pieces makes no difference. Works on bytes, so that it does not depend on the encoding.
#pragma once

#include <absl/functional/function_ref.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace allmende::importing {

struct CsvLimits {
  std::size_t row_bytes = std::size_t{1} << 20U;
  std::size_t columns = 500;
};

// What is wrong with the form of a row.
enum class CsvFlaw {
  kNone,
  kStrayQuote,      // text after a closing quote: kept, quote included
  kUnclosedQuote,   // a quote that is not closed properly: this line is given up, the next ones are read afresh
  kTooLong,         // more than row_bytes
  kTooManyColumns,  // more than columns
};

// A row; valid only inside the sink. The cells of a row with one of the last three flaws are incomplete.
struct CsvRow {
  std::int64_t line = 0;  // on which it starts, from 1
  CsvFlaw flaw = CsvFlaw::kNone;
  std::vector<std::string> cells;
};

using CsvSink = absl::FunctionRef<void(CsvRow& row)>;

class CsvReader {
 public:
  // Delimiter 0: the one of `,` `;` TAB that stands most often in the first row, outside of quotes.
  explicit CsvReader(char delimiter = 0, CsvLimits limits = {}) : delimiter_(delimiter), limits_(limits) {}

  // Takes the next piece; complete rows go to the sink. Blank lines are no rows.
  void Feed(std::string_view piece, CsvSink sink);
  // There is no further piece.
  void Finish(CsvSink sink);

 private:
  enum class State { kCellStart, kPlain, kQuoted, kQuoteInQuoted, kSkipLine };

  void Consume(std::string_view bytes, CsvSink sink);
  std::size_t ConsumeRun(std::string_view bytes);
  void Take(char c, CsvSink sink);
  void EndCell();
  void EndRow(CsvSink sink);
  void StartRow();
  // Gives up the first line of the row in hand and reads its other lines afresh.
  void GiveUpLine(CsvFlaw flaw, CsvSink sink);
  void Overflow(CsvSink sink);
  bool DetectDelimiter(std::string_view piece, bool last);

  char delimiter_;
  CsvLimits limits_;
  State state_ = State::kCellStart;
  CsvRow row_{.line = 1, .flaw = CsvFlaw::kNone, .cells = {}};
  std::string cell_;
  std::string raw_;   // the row in hand, as it came
  std::string head_;  // until the delimiter is known
  std::int64_t line_ = 1;
  bool after_carriage_return_ = false;
  bool quoted_cell_ = false;  // the row in hand is not blank, even if it is only ""
};

// A cell as RFC 4180 writes it: in quotes where it needs them.
std::string CsvCell(std::string_view text, char delimiter = ',');

}  // namespace allmende::importing
