#include "services/registry/importing/ledger.h"

#include <algorithm>
#include <utility>

#include "services/registry/importing/remarks.h"

namespace allmende::importing {
namespace {

constexpr std::size_t kMostRemarks = 100'000;
// An answer must fit into one message; what is said about rows comes before what was repaired.
constexpr std::size_t kMostRemarkBytes = std::size_t{48} << 20U;

void SortByLine(std::vector<ImportRemark>& remarks) {
  std::stable_sort(remarks.begin(), remarks.end(),
                   [](const ImportRemark& a, const ImportRemark& b) { return a.line() < b.line(); });
}

}  // namespace

void Ledger::Keep(std::vector<ImportRemark> remarks, std::vector<ImportRemark>& list) {
  for (ImportRemark& remark : remarks) {
    if (refused_.size() + repaired_.size() >= kMostRemarks) {
      truncated_ = true;
      return;
    }
    list.push_back(std::move(remark));
  }
}

void Ledger::Taken(Outcome outcome, std::vector<ImportRemark> notes) {
  counts_.set_rows(counts_.rows() + 1);
  switch (outcome) {
    case Outcome::kStored:
      counts_.set_stored(counts_.stored() + 1);
      break;
    case Outcome::kUpdated:
      counts_.set_updated(counts_.updated() + 1);
      break;
    case Outcome::kUnchanged:
      counts_.set_unchanged(counts_.unchanged() + 1);
      break;
  }
  Say(std::move(notes));
}

void Ledger::Refused(std::vector<ImportRemark> reasons) {
  counts_.set_rows(counts_.rows() + 1);
  counts_.set_refused(counts_.refused() + 1);
  Keep(std::move(reasons), refused_);
}

void Ledger::Say(std::vector<ImportRemark> notes) {
  counts_.set_repaired(counts_.repaired() + static_cast<std::int64_t>(notes.size()));
  Keep(std::move(notes), repaired_);
}

void AddCounts(const ImportCounts& from, ImportCounts& into) {
  into.set_rows(into.rows() + from.rows());
  into.set_stored(into.stored() + from.stored());
  into.set_updated(into.updated() + from.updated());
  into.set_unchanged(into.unchanged() + from.unchanged());
  into.set_refused(into.refused() + from.refused());
  into.set_repaired(into.repaired() + from.repaired());
  into.set_operators(into.operators() + from.operators());
}

void Ledger::Join(Ledger batch) {
  AddCounts(batch.counts_, counts_);
  truncated_ = truncated_ || batch.truncated_;
  Keep(std::move(batch.refused_), refused_);
  Keep(std::move(batch.repaired_), repaired_);
}

void Ledger::WriteTo(ImportResponse& response, Language language) {
  SortByLine(refused_);
  SortByLine(repaired_);
  std::size_t bytes = 0;
  const auto write = [&](std::vector<ImportRemark>& remarks, auto& list) {
    for (ImportRemark& remark : remarks) {
      PutIntoWords(remark, language);
      bytes += remark.ByteSizeLong();
      if (bytes > kMostRemarkBytes) {
        truncated_ = true;
        break;
      }
      list.Add()->Swap(&remark);
    }
    remarks.clear();
  };
  write(refused_, *response.mutable_refused());
  write(repaired_, *response.mutable_repaired());
  response.set_remarks_truncated(truncated_);
}

}  // namespace allmende::importing
