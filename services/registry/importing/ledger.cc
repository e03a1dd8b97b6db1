#include "services/registry/importing/ledger.h"

#include <algorithm>
#include <utility>

#include "services/registry/importing/remarks.h"

namespace allmende::importing {
namespace {

constexpr std::size_t kMostRemarks = 100'000;

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
  for (ImportRemark& remark : refused_) {
    PutIntoWords(remark, language);
    response.add_refused()->Swap(&remark);
  }
  for (ImportRemark& remark : repaired_) {
    PutIntoWords(remark, language);
    response.add_repaired()->Swap(&remark);
  }
  refused_.clear();
  repaired_.clear();
  response.set_remarks_truncated(truncated_);
}

}  // namespace allmende::importing
