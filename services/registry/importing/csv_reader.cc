#include "services/registry/importing/csv_reader.h"

#include <algorithm>
#include <array>
#include <utility>

namespace allmende::importing {
namespace {

// A header longer than this decides about the delimiter by its beginning.
constexpr std::size_t kHeadBytes = std::size_t{64} << 10U;

constexpr std::array<char, 3> kDelimiters = {',', ';', '\t'};

bool EndsLine(char c) { return c == '\n' || c == '\r'; }

// The most frequent delimiter outside of quotes; the first of the list where none or several are.
char MostFrequentDelimiter(std::string_view header) {
  std::array<int, kDelimiters.size()> counts{};
  bool quoted = false;
  for (const char c : header) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    for (std::size_t i = 0; i < kDelimiters.size(); ++i) counts[i] += c == kDelimiters[i] ? 1 : 0;
  }
  return kDelimiters[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin())];
}

// Where the first row that is not blank ends; npos where it goes on.
std::size_t EndOfFirstRow(std::string_view text) {
  bool quoted = false;
  bool blank = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (EndsLine(text[i]) && !quoted && !blank) return i;
    blank = blank && EndsLine(text[i]);
  }
  return std::string_view::npos;
}

}  // namespace

void CsvReader::Feed(std::string_view piece, CsvSink sink) {
  if (delimiter_ != 0) {
    Consume(piece, sink);
  } else if (DetectDelimiter(piece, /*last=*/false)) {
    Consume(std::exchange(head_, {}), sink);
  }
}

void CsvReader::Finish(CsvSink sink) {
  if (delimiter_ == 0 && DetectDelimiter({}, /*last=*/true)) Consume(std::exchange(head_, {}), sink);
  while (state_ == State::kQuoted) GiveUpLine(CsvFlaw::kUnclosedQuote, sink);
  if (state_ != State::kCellStart || !raw_.empty()) EndRow(sink);
}

bool CsvReader::DetectDelimiter(std::string_view piece, bool last) {
  head_.append(piece);
  const std::size_t end = EndOfFirstRow(head_);
  if (end == std::string::npos && !last && head_.size() < kHeadBytes) return false;
  delimiter_ = MostFrequentDelimiter(std::string_view(head_).substr(0, std::min(end, kHeadBytes)));
  return true;
}

void CsvReader::Consume(std::string_view bytes, CsvSink sink) {
  for (std::size_t i = 0; i < bytes.size();) {
    if (const std::size_t run = ConsumeRun(bytes.substr(i)); run > 0) {
      i += run;
    } else {
      Take(bytes[i++], sink);
    }
    if (raw_.size() > limits_.row_bytes) Overflow(sink);
  }
}

// Plain characters of a cell in one go: how many were taken. Never more than fit into the row's limit.
std::size_t CsvReader::ConsumeRun(std::string_view bytes) {
  if (state_ != State::kPlain && state_ != State::kQuoted) return 0;
  const std::size_t room = limits_.row_bytes + 1 - std::min(raw_.size(), limits_.row_bytes + 1);
  const std::size_t most = std::min(bytes.size(), room);
  std::size_t run = 0;
  if (state_ == State::kQuoted) {
    while (run < most && bytes[run] != '"' && !EndsLine(bytes[run])) ++run;
  } else {
    while (run < most && bytes[run] != delimiter_ && !EndsLine(bytes[run])) ++run;
  }
  if (run == 0) return 0;
  cell_.append(bytes.substr(0, run));
  raw_.append(bytes.substr(0, run));
  after_carriage_return_ = false;
  return run;
}

void CsvReader::Take(char c, CsvSink sink) {
  const bool second_half = c == '\n' && after_carriage_return_;
  after_carriage_return_ = c == '\r';
  if (EndsLine(c) && !second_half) ++line_;
  if (state_ == State::kSkipLine) {
    if (EndsLine(c)) StartRow();
    return;
  }
  if (second_half && raw_.empty()) return;  // of a line end that has ended the row already
  raw_.push_back(c);
  if (state_ == State::kQuoted) {
    if (c == '"') {
      state_ = State::kQuoteInQuoted;
    } else {
      cell_.push_back(c);
    }
    return;
  }
  if (state_ == State::kQuoteInQuoted && c == '"') {
    cell_.push_back('"');
    state_ = State::kQuoted;
  } else if (c == delimiter_) {
    EndCell();
    state_ = State::kCellStart;
  } else if (EndsLine(c)) {
    EndRow(sink);
  } else if (state_ == State::kCellStart && c == '"') {
    quoted_cell_ = true;
    state_ = State::kQuoted;
  } else {
    if (state_ == State::kQuoteInQuoted && std::any_of(cell_.begin(), cell_.end(), EndsLine)) {
      // Lines further down belong to other rows, and their quotes are their own.
      GiveUpLine(CsvFlaw::kUnclosedQuote, sink);
      return;
    }
    if (state_ == State::kQuoteInQuoted) {
      row_.flaw = CsvFlaw::kStrayQuote;
      cell_.push_back('"');
    }
    cell_.push_back(c);
    state_ = State::kPlain;
  }
}

void CsvReader::EndCell() {
  if (row_.cells.size() >= limits_.columns) {
    row_.flaw = CsvFlaw::kTooManyColumns;
  } else {
    row_.cells.push_back(cell_);
  }
  cell_.clear();
}

void CsvReader::EndRow(CsvSink sink) {
  const bool blank = row_.cells.empty() && cell_.empty() && !quoted_cell_;
  if (!blank) {
    EndCell();
    sink(row_);
  }
  StartRow();
}

void CsvReader::StartRow() {
  row_.cells.clear();
  row_.flaw = CsvFlaw::kNone;
  row_.line = line_;
  cell_.clear();
  raw_.clear();
  quoted_cell_ = false;
  state_ = State::kCellStart;
}

void CsvReader::GiveUpLine(CsvFlaw flaw, CsvSink sink) {
  std::string rest = std::move(raw_);
  std::size_t end = 0;
  while (end < rest.size() && !EndsLine(rest[end])) ++end;
  const bool two = end + 1 < rest.size() && rest[end] == '\r' && rest[end + 1] == '\n';
  rest.erase(0, std::min(rest.size(), end + (two ? 2 : 1)));
  cell_.resize(std::min(cell_.size(), cell_.find_first_of("\r\n")));
  EndCell();
  row_.flaw = flaw;
  sink(row_);
  line_ = row_.line + 1;
  after_carriage_return_ = false;
  StartRow();
  Consume(rest, sink);
}

void CsvReader::Overflow(CsvSink sink) {
  if (state_ == State::kQuoted && std::any_of(raw_.begin(), raw_.end(), EndsLine)) {
    GiveUpLine(CsvFlaw::kUnclosedQuote, sink);
    return;
  }
  row_.flaw = CsvFlaw::kTooLong;
  EndCell();
  row_.flaw = CsvFlaw::kTooLong;
  sink(row_);
  StartRow();
  state_ = State::kSkipLine;
}

std::string CsvCell(std::string_view text, char delimiter) {
  const bool plain =
      std::none_of(text.begin(), text.end(), [&](char c) { return c == delimiter || c == '"' || EndsLine(c); });
  if (plain && !text.empty()) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out.append("\"");
}

}  // namespace allmende::importing
