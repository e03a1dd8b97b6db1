#include "services/registry/handlers/import_batch.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/name.h"
#include "services/registry/importing/merge.h"

namespace allmende::registry {

using importing::ImportRemark;
using importing::Outcome;

absl::Status ImportBatch::Store(const importing::Batch& batch) {
  ledger_ = batch.ledger;
  for (const importing::AreaEntry& entry : batch.areas) RETURN_IF_ERROR(StoreArea(entry));
  for (const importing::ActorEntry& entry : batch.actors) RETURN_IF_ERROR(StoreActor(entry));
  return absl::OkStatus();
}

template <typename T, typename Merge>
absl::StatusOr<ImportBatch::Stored> ImportBatch::Put(const store::ResourceSpec<T>& type, const std::string& id,
                                                     const T& resource, Merge merge, std::int64_t line) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const store::Message> found, tx_.Find(type, id));
  Stored stored;
  absl::Status status;
  if (found == nullptr) {
    stored.outcome = Outcome::kStored;
    status = tx_.Create(type, id, resource).status();
  } else {
    T merged = static_cast<const T&>(*found);
    if (!merge(resource, merged)) return stored;
    stored.outcome = Outcome::kUpdated;
    status = tx_.Replace(type, id, merged).status();
  }
  if (status.ok()) {
    wrote_ = true;
    if (pending_ != nullptr) pending_->insert(type.NameOf(tx_.landscape(), id));
    return stored;
  }
  const ErrorDetail detail = DetailOf(status);
  if (detail.violations().empty()) return status;
  for (const FieldViolation& violation : detail.violations()) {
    stored.refusals.push_back(importing::RemarkOf(violation, line));
  }
  return stored;
}

template <typename T>
absl::Status ImportBatch::LeaveOutPending(const store::ResourceSpec<T>& type, std::string& name) {
  if (pending_ == nullptr || !pending_->contains(name)) return absl::OkStatus();
  const auto parsed = resource::ParseName(name);
  if (!parsed) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::shared_ptr<const store::Message> found, tx_.Find(type, parsed->id));
  if (found == nullptr) name.clear();
  return absl::OkStatus();
}

absl::Status ImportBatch::StoreArea(const importing::AreaEntry& entry) {
  v1::Area area = entry.area;
  RETURN_IF_ERROR(LeaveOutPending(kAreas, *area.mutable_parent()));
  ASSIGN_OR_RETURN(Stored stored, Put(kAreas, entry.id, area, importing::MergeArea, entry.line));
  if (stored.refusals.empty()) {
    ledger_.Taken(stored.outcome, entry.notes);
  } else {
    ledger_.Refused(std::move(stored.refusals));
  }
  return absl::OkStatus();
}

absl::Status ImportBatch::StoreActor(const importing::ActorEntry& entry) {
  if (entry.runner) {
    ASSIGN_OR_RETURN(Stored runner, Put(kActors, entry.operator_id, *entry.runner, importing::MergeActor, entry.line));
    if (!runner.refusals.empty()) {
      ledger_.Refused(std::move(runner.refusals));
      return absl::OkStatus();
    }
    if (runner.outcome == Outcome::kStored) ledger_.AddOperators(1);
  }
  v1::Actor actor = entry.actor;
  RETURN_IF_ERROR(LeaveOutPending(kActors, *actor.mutable_operator_()));
  ASSIGN_OR_RETURN(Stored stored, Put(kActors, entry.id, actor, importing::MergeActor, entry.line));
  if (!stored.refusals.empty()) {
    ledger_.Refused(std::move(stored.refusals));
    return absl::OkStatus();
  }
  std::vector<ImportRemark> notes = entry.notes;
  if (entry.site) {
    ASSIGN_OR_RETURN(const Stored site, Put(kSites, entry.site_id, *entry.site, importing::MergeSite, entry.line));
    // The actor is there without it; what is wrong with the site is said.
    notes.insert(notes.end(), site.refusals.begin(), site.refusals.end());
    const bool changed = site.refusals.empty() && site.outcome != Outcome::kUnchanged;
    if (stored.outcome == Outcome::kUnchanged && changed) stored.outcome = Outcome::kUpdated;
  }
  ledger_.Taken(stored.outcome, std::move(notes));
  return absl::OkStatus();
}

}  // namespace allmende::registry
