#include "services/registry/importing/source_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/macros.h"
#include "common/text/text.h"
#include "services/registry/importing/clean.h"

namespace allmende::importing {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";
constexpr int kOther = -1;
constexpr int kIgnored = -2;

absl::Status NoList(std::string value) {
  return FieldError("document", Reason::MALFORMED,
                    Both("expected", "eine CSV- oder TSV-Liste mit Kopfzeile in UTF-8 oder Windows-1252",
                         "a CSV or TSV list with a header in UTF-8 or Windows-1252", {{"value", std::move(value)}}));
}

bool IsBlank(std::string_view cell) { return cell.find_first_not_of(' ') == std::string_view::npos; }

bool IsAscii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace

SourceRows::SourceRows(const ImportMapping& mapping, const Columns& columns)
    : mapping_(mapping), columns_(columns), reader_(mapping.delimiter().empty() ? '\0' : mapping.delimiter().front()) {
  row_.cells.resize(columns.uses().size());
}

absl::Status SourceRows::Feed(std::string_view piece, SourceRowSink sink) {
  RETURN_IF_ERROR(broken_);
  broken_ = SkipByteOrderMark(piece, /*last=*/false);
  if (broken_.ok()) reader_.Feed(piece, [&](CsvRow& row) { TakeCsvRow(row, sink); });
  return broken_;
}

absl::Status SourceRows::Finish(SourceRowSink sink) {
  RETURN_IF_ERROR(broken_);
  std::string_view rest;
  RETURN_IF_ERROR(SkipByteOrderMark(rest, /*last=*/true));
  reader_.Feed(rest, [&](CsvRow& row) { TakeCsvRow(row, sink); });
  reader_.Finish([&](CsvRow& row) { TakeCsvRow(row, sink); });
  RETURN_IF_ERROR(broken_);
  return header_.empty() && values_taken_ == 0 ? NoList("") : absl::OkStatus();
}

absl::Status SourceRows::SkipByteOrderMark(std::string_view& piece, bool last) {
  if (started_) return absl::OkStatus();
  start_.append(piece);
  piece = {};
  if (start_.size() < kByteOrderMark.size() && !last) return absl::OkStatus();
  if (start_.starts_with("\xFF\xFE") || start_.starts_with("\xFE\xFF")) return NoList("UTF-16");
  started_ = true;
  piece = start_;
  if (piece.starts_with(kByteOrderMark)) piece.remove_prefix(kByteOrderMark.size());
  return absl::OkStatus();
}

void SourceRows::TakeCsvRow(CsvRow& row, SourceRowSink sink) {
  if (!broken_.ok()) return;
  Decode(row);
  if (header_.empty()) {
    broken_ = TakeHeader(row);
    return;
  }
  const bool readable = row.flaw == CsvFlaw::kNone || row.flaw == CsvFlaw::kStrayQuote;
  if (readable && std::all_of(row.cells.begin(), row.cells.end(), IsBlank)) return;
  remarks_.Start(row.line);
  row_.line = row.line;
  row_.others.clear();
  for (std::string& cell : row_.cells) cell.clear();
  if (CheckForm(row)) {
    for (std::size_t i = 0; i < std::min(row.cells.size(), header_.size()); ++i) {
      if (targets_[i] >= 0) {
        row_.cells[static_cast<std::size_t>(targets_[i])] = std::move(row.cells[i]);
      } else if (targets_[i] == kOther && !IsBlank(row.cells[i])) {
        row_.others.emplace_back(header_[i], std::move(row.cells[i]));
      }
    }
    CleanCells();
  }
  sink(row_, remarks_);
}

absl::Status SourceRows::TakeHeader(CsvRow& row) {
  if (row.flaw == CsvFlaw::kTooLong || row.flaw == CsvFlaw::kTooManyColumns) {
    return FieldError("document", Reason::TOO_LARGE,
                      Both("what", "Die Kopfzeile", "The header", {{"limit", "1 MiB, 500"}}));
  }
  if (row.flaw == CsvFlaw::kUnclosedQuote) return NoList(Shortened(row.cells.front()));
  for (const std::string& cell : row.cells) header_.push_back(Clean(cell).text);
  RETURN_IF_ERROR(CheckHeader(columns_, header_));
  remarks_.Start(row.line);
  for (std::size_t i = 0; i < header_.size(); ++i) {
    const auto& uses = columns_.uses();
    const auto use = std::find_if(uses.begin(), uses.end(), [&](const ColumnUse& u) { return u.name == header_[i]; });
    const bool named = use != uses.end();
    const bool only_ignored = named && !use->as_text && !use->as_number;
    targets_.push_back(!named ? kOther : only_ignored ? kIgnored : static_cast<int>(use - uses.begin()));
    if (header_[i].empty()) header_[i] = fmt::format("Spalte {}", i + 1);
    if (named || mapping_.target() != ImportMapping::AREAS) continue;
    remarks_.Dropped({header_[i], header_[i]}, "die Zuordnung nennt diese Spalte nicht",
                     "the mapping does not name this column");
  }
  for (ImportRemark& remark : remarks_.TakeNotes()) document_remarks_.push_back(std::move(remark));
  return absl::OkStatus();
}

// Whether the row's form lets its cells be told apart; refuses the row where it does not.
bool SourceRows::CheckForm(const CsvRow& row) {
  const std::string_view first = row.cells.empty() ? std::string_view() : std::string_view(row.cells.front());
  switch (row.flaw) {
    case CsvFlaw::kUnclosedQuote:
      remarks_.Refuse(
          {"", row.cells.back()}, Reason::MALFORMED,
          Both("expected", "ein schließendes Anführungszeichen", "a closing quote", {{"field", header_.front()}}));
      return false;
    case CsvFlaw::kTooLong:
    case CsvFlaw::kTooManyColumns:
      remarks_.Refuse({"", first}, Reason::TOO_LARGE, Both("what", "Die Zeile", "The row", {{"limit", "1 MiB, 500"}}));
      return false;
    case CsvFlaw::kStrayQuote:
      remarks_.Repaired({"", first}, first, "ein Anführungszeichen stand mitten im Text",
                        "a quote stood in the middle of the text");
      break;
    case CsvFlaw::kNone:
      break;
  }
  for (std::size_t i = header_.size(); i < row.cells.size(); ++i) {
    if (IsBlank(row.cells[i])) continue;
    remarks_.Refuse({"", row.cells[i]}, Reason::MALFORMED,
                    Both("expected", fmt::format("{} Zellen wie in der Kopfzeile", header_.size()),
                         fmt::format("{} cells as in the header", header_.size()), {{"field", header_.back()}}));
    return false;
  }
  if (row.cells.size() < header_.size()) {
    remarks_.Repaired({"", fmt::format("{}", row.cells.size())}, fmt::format("{}", header_.size()),
                      "die Zeile hat weniger Zellen als die Kopfzeile; die fehlenden gelten als leer",
                      "the row has fewer cells than the header; the missing ones count as empty");
  }
  return true;
}

void SourceRows::Decode(CsvRow& row) {
  for (std::string& cell : row.cells) {
    if (IsAscii(cell) || text::FindInvalidUtf8(cell) == std::string_view::npos) continue;
    cell = text::FromWindows1252(cell);
    if (std::exchange(other_encoding_, true)) continue;
    RowRemarks remarks;
    remarks.Start(row.line);
    remarks.Repaired({"", "Windows-1252"}, "UTF-8", "das Dokument ist ab hier nicht in UTF-8 geschrieben",
                     "from here on the document is not written in UTF-8");
    for (ImportRemark& remark : remarks.TakeNotes()) document_remarks_.push_back(std::move(remark));
  }
}

void SourceRows::CleanCells() {
  for (std::size_t i = 0; i < row_.cells.size(); ++i) {
    std::string& cell = row_.cells[i];
    if (cell.find(kReplacementCharacter) != std::string::npos) {
      remarks_.Repaired({columns_.uses()[i].name, cell}, cell, "ein Zeichen ist nicht lesbar",
                        "a character is not legible");
    }
    if (IsClean(cell)) continue;
    Cleaned cleaned = Clean(cell);
    // Blanks in numbers are thousands marks, and a cell of blanks says nothing: neither is worth a remark.
    if (columns_.uses()[i].as_text && cleaned.repair != Repair::kNone && !cleaned.text.empty()) {
      remarks_.Repaired({columns_.uses()[i].name, cell}, cleaned.text, cleaned.repair);
    }
    cell = std::move(cleaned.text);
  }
  for (auto& [column, value] : row_.others) {
    if (IsClean(value)) continue;
    Cleaned cleaned = Clean(value);
    if (cleaned.repair != Repair::kNone && !cleaned.text.empty())
      remarks_.Repaired({column, value}, cleaned.text, cleaned.repair);
    value = std::move(cleaned.text);
  }
}

void SourceRows::Take(const ImportRow& values, SourceRowSink sink) {
  remarks_.Start(++values_taken_);
  row_.line = values_taken_;
  row_.others.clear();
  for (std::string& cell : row_.cells) cell.clear();
  std::vector<std::string> names;
  for (const auto& [name, value] : values.values()) names.push_back(name);
  std::sort(names.begin(), names.end());  // so that remarks come in the same order everywhere
  for (const std::string& name : names) {
    const std::string& value = values.values().at(name);
    const auto& uses = columns_.uses();
    const auto use = std::find_if(uses.begin(), uses.end(), [&](const ColumnUse& u) { return u.name == name; });
    if (use == uses.end()) {
      if (!IsBlank(value)) row_.others.emplace_back(name, value);
    } else {
      row_.cells[static_cast<std::size_t>(use - uses.begin())] = value;
    }
  }
  CleanCells();
  sink(row_, remarks_);
}

}  // namespace allmende::importing
