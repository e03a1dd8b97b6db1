// One transaction inside a batch: its own writes over those of the batch, the checks before each write, and what
// follows from it. Nothing leaves here until Finish.
#pragma once

#include "common/store/sql/batch.h"
#include "common/store/store.h"

namespace allmende::store::sql {

class SqlTransaction final : public Transaction {
 public:
  SqlTransaction(Batch& batch, CallContext& call) : batch_(batch), call_(call) {}

  const std::string& landscape() const override { return batch_.landscape(); }
  std::int64_t revision() const override { return batch_.revision() + 1; }
  Time now() const override { return batch_.now(); }
  CallContext& call() override { return call_; }

  absl::StatusOr<std::shared_ptr<const Message>> Find(const ResourceType& type, std::string_view id) override;
  absl::StatusOr<std::shared_ptr<const Message>> Create(const ResourceType& type, std::string_view id,
                                                        const Message& resource) override;
  absl::StatusOr<std::shared_ptr<const Message>> Replace(const ResourceType& type, std::string_view id,
                                                         const Message& resource, std::string_view etag) override;
  absl::Status Remove(const ResourceType& type, std::string_view id, std::string_view etag) override;
  absl::StatusOr<std::vector<std::string>> FindIds(const ResourceType& type, std::string_view column,
                                                   const Value& value, int limit) override;
  void Discard() override { discarded_ = true; }

  bool discarded() const { return discarded_; }
  // Hands the writes over to the batch; what changed against before this transaction.
  std::vector<RecordChange> Finish();

 private:
  absl::StatusOr<Version> Current(KeyView key);
  absl::StatusOr<std::shared_ptr<const Message>> Put(const ResourceType& type, std::string_view id,
                                                     const Version& before, const Message& resource);
  absl::Status Check(const ResourceType& type, std::string_view id, const Message& after);
  absl::Status CheckReferences(const ResourceType& type, std::string_view id, const Message& after,
                               Violations& violations);
  // Its own writes and those of the batch.
  bool IsWritten(KeyView key) const;
  // STILL_REFERENCED where a resource of `type` other than the one to be removed names it.
  absl::Status CheckUnreferenced(const ResourceType& type, KeyView removed, const std::string& name);
  absl::Status CheckStored(const ResourceType& type, KeyView removed, const std::string& name,
                           const absl::StatusOr<std::vector<std::string>>& ids) const;

  Batch& batch_;
  CallContext& call_;
  Overlay own_;
  bool discarded_ = false;
};

}  // namespace allmende::store::sql
