// The books of an import: what became of each row, and what there is to say about it. rows = stored + updated +
// unchanged + refused at any time; the counts are exact even where remarks are left out because there are too many.
#pragma once

#include <cstdint>
#include <vector>

#include "allmende/registry/v1/import.pb.h"
#include "common/status/error.h"

namespace allmende::importing {

using registry::v1::ImportCounts;
using registry::v1::ImportRemark;
using registry::v1::ImportResponse;

// Adds what one part of an import counted to what another did.
void AddCounts(const ImportCounts& from, ImportCounts& into);

enum class Outcome { kStored, kUpdated, kUnchanged };

class Ledger {
 public:
  // A row that was taken over, with what was repaired or left out in it.
  void Taken(Outcome outcome, std::vector<ImportRemark> notes);
  // A row that was not. At least one reason.
  void Refused(std::vector<ImportRemark> reasons);
  // Something about the document as a whole.
  void Say(std::vector<ImportRemark> notes);
  void AddOperators(std::int64_t count) { counts_.set_operators(counts_.operators() + count); }
  // Joins the books of a batch, once it is stored.
  void Join(Ledger batch);

  const ImportCounts& counts() const { return counts_; }
  // The remarks in the order of their lines, in words. Empties the books of them.
  void WriteTo(ImportResponse& response, Language language);

 private:
  void Keep(std::vector<ImportRemark> remarks, std::vector<ImportRemark>& list);

  ImportCounts counts_;
  std::vector<ImportRemark> refused_;
  std::vector<ImportRemark> repaired_;
  bool truncated_ = false;
};

}  // namespace allmende::importing
