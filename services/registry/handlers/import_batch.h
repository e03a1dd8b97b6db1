// Stores what an import has read: one batch, one transaction. What is there already is joined with what the list says;
// a row that says nothing new writes nothing; a row that breaks a rule is refused and the others go on.
#pragma once

#include <absl/status/status.h>

#include "common/base/strings.h"
#include "common/store/store.h"
#include "services/registry/importing/importer.h"
#include "services/registry/importing/ledger.h"
#include "services/registry/resources.h"

namespace allmende::registry {

// What earlier batches of a dry run would have stored: rows may refer to it although it is not there.
using PendingNames = StringSet;

class ImportBatch {
 public:
  // `pending` is null unless nothing is to be stored.
  ImportBatch(store::Transaction& tx, PendingNames* pending) : tx_(tx), pending_(pending) {}

  // Stores every entry; `batch` is not changed. An error that is not about a row ends the whole batch.
  absl::Status Store(const importing::Batch& batch);
  // The books of this batch.
  importing::Ledger TakeLedger() { return std::move(ledger_); }
  // Whether anything was written.
  bool wrote() const { return wrote_; }

 private:
  struct Stored {
    importing::Outcome outcome = importing::Outcome::kUnchanged;
    // Why it was not stored: the row's own fault. Empty: it was.
    std::vector<importing::ImportRemark> refusals;
  };

  absl::Status StoreActor(const importing::ActorEntry& entry);
  absl::Status StoreArea(const importing::AreaEntry& entry);
  template <typename T, typename Merge>
  absl::StatusOr<Stored> Put(const store::ResourceSpec<T>& type, const std::string& id, const T& resource, Merge merge,
                             std::int64_t line);
  // In a dry run: leaves out a reference to what an earlier batch would have stored.
  template <typename T>
  absl::Status LeaveOutPending(const store::ResourceSpec<T>& type, std::string& name);

  store::Transaction& tx_;
  PendingNames* pending_;
  importing::Ledger ledger_;
  bool wrote_ = false;
};

}  // namespace allmende::registry
