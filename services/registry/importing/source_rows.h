// From the bytes of a document, or rows given as values, to rows whose cells stand in the order of the mapping's
// columns: decoded, cleaned, with everything remarked that was repaired. Knows lines, header, encodings and the limits
// of a row.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "allmende/registry/v1/import.pb.h"
#include "services/registry/importing/csv_reader.h"
#include "services/registry/importing/mapping.h"
#include "services/registry/importing/remarks.h"

namespace allmende::importing {

using registry::v1::ImportRow;

struct SourceRow {
  std::int64_t line = 0;
  std::vector<std::string> cells;                           // in the order of Columns
  std::vector<std::pair<std::string, std::string>> others;  // columns that the mapping does not name, where not empty
};

// Called for each row; its remarks have been started, a row that cannot be read is refused already.
using SourceRowSink = absl::FunctionRef<void(SourceRow& row, RowRemarks& remarks)>;

class SourceRows {
 public:
  SourceRows(const ImportMapping& mapping, const Columns& columns);

  // The next piece of a document, or the end of it. INVALID_MAPPING where the header does not have the mapping's
  // columns; MALFORMED or TOO_LARGE as a violation of "document" where it is no list at all.
  absl::Status Feed(std::string_view piece, SourceRowSink sink);
  absl::Status Finish(SourceRowSink sink);
  // A row given as values.
  void Take(const ImportRow& values, SourceRowSink sink);

  // What there is to say about the document as a whole. Empties the list.
  std::vector<ImportRemark> TakeRemarks() { return std::move(document_remarks_); }

 private:
  absl::Status SkipByteOrderMark(std::string_view& piece, bool last);
  void TakeCsvRow(CsvRow& row, SourceRowSink sink);
  absl::Status TakeHeader(CsvRow& row);
  bool CheckForm(const CsvRow& row);
  void Decode(CsvRow& row);
  void CleanCells();

  const ImportMapping& mapping_;
  const Columns& columns_;
  CsvReader reader_;
  absl::Status broken_;
  bool started_ = false;  // past the byte order mark
  std::string start_;     // until then
  std::vector<std::string> header_;
  std::vector<int> targets_;     // column of the document -> index in Columns; -1: other, -2: ignored
  bool other_encoding_ = false;  // Windows-1252 was met and reported
  std::int64_t values_taken_ = 0;
  SourceRow row_;
  RowRemarks remarks_;
  std::vector<ImportRemark> document_remarks_;
};

}  // namespace allmende::importing
