// What an import says about rows: why one was refused, what was repaired or left out in one that was taken over.
// Collected while a row is read; the texts for people are put in last, in the language of the caller.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "allmende/registry/v1/import.pb.h"
#include "common/status/error.h"
#include "services/registry/importing/clean.h"

namespace allmende::importing {

using registry::v1::ImportRemark;

// A cell that is spoken about.
struct Cell {
  std::string_view column;
  std::string_view value;
};

// The remarks about one row. A row with a refusal is not taken over.
class RowRemarks {
 public:
  void Start(std::int64_t line);

  void Refuse(Cell cell, Reason reason, Params params = {});
  void Repaired(Cell cell, std::string_view stored, Repair how);
  void Repaired(Cell cell, std::string_view stored, std::string german, std::string english);
  void Dropped(Cell cell, std::string german, std::string english);
  // Another remark about a row that is taken over, such as AMBIGUOUS_AREA.
  void Note(Cell cell, Reason reason, Params params);

  bool refused() const { return !refused_.empty(); }
  const std::vector<ImportRemark>& refusals() const { return refused_; }
  const std::vector<ImportRemark>& notes() const { return notes_; }
  std::vector<ImportRemark> TakeRefusals() { return std::move(refused_); }
  std::vector<ImportRemark> TakeNotes() { return std::move(notes_); }

 private:
  ImportRemark Make(Cell cell, Reason reason, Params params) const;

  std::int64_t line_ = 0;
  std::vector<ImportRemark> refused_;
  std::vector<ImportRemark> notes_;
};

// A remark about a row out of a violation that the store found in what the row became.
ImportRemark RemarkOf(const FieldViolation& violation, std::int64_t line);

// Fills in message and remedy.
void PutIntoWords(ImportRemark& remark, Language language);

// At most 200 characters, cut between characters.
std::string Shortened(std::string_view utf8);

}  // namespace allmende::importing
