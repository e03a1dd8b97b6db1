// Stores for tests of what stands in front of a store: one in memory that keeps its contract as far as those tests need
// it, and one that passes everything on to another while a test counts, delays or fails the calls.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/store/store.h"

namespace allmende {

// Records of any type by their names; knows no filters, no checks and no request ids. Thread-safe: every call is
// atomic.
class MemoryStore final : public store::Store {
 public:
  absl::StatusOr<std::vector<std::optional<store::Record>>> Read(CallContext& call, const store::ResourceType& type,
                                                                 std::span<const std::string> ids,
                                                                 const store::ReadAt& at) override;
  absl::StatusOr<store::QueryResult> Find(CallContext& call, const store::ResourceType& type,
                                          const store::Query& query) override;
  absl::StatusOr<store::QueryResult> FindLandscapes(CallContext& call, const store::ResourceType& type,
                                                    const store::Query& query,
                                                    const std::optional<std::vector<std::string>>& landscapes) override;
  absl::StatusOr<std::vector<std::string>> Suggest(CallContext& call, const store::ResourceType& type,
                                                   std::string_view text, int limit) override;
  absl::StatusOr<std::string> Transact(CallContext& call, store::TransactionBody body,
                                       store::TransactOptions options) override;
  absl::Status DropLandscape(CallContext& call) override;
  absl::StatusOr<std::vector<store::Commit>> Changes(CallContext& call, std::int64_t from_revision, int max_changes,
                                                     std::span<const std::string> collections) override;
  absl::StatusOr<std::vector<store::Commit>> History(CallContext& call, const store::ResourceType& type,
                                                     std::string_view id, std::int64_t cursor, int limit) override;
  absl::StatusOr<std::int64_t> Revision(CallContext& call) override;
  absl::StatusOr<std::int64_t> AwaitRevision(CallContext& call, std::int64_t revision, Deadline until) override;
  absl::Status Ping() override { return absl::OkStatus(); }

  struct Landscape {
    std::map<std::pair<std::string, std::string>, store::Record> records;  // by collection and id
    std::vector<store::Commit> commits;
  };

 private:
  absl::StatusOr<Landscape*> Of(const CallContext& call);

  std::mutex mutex_;
  std::condition_variable committed_;
  std::map<std::string, Landscape> landscapes_;
  std::int64_t ticks_ = 1'700'000'000'000'000;  // so that no two commits have the same time
};

// Passes everything on.
class ForwardingStore final : public store::Store {
 public:
  explicit ForwardingStore(store::Store& store) : store_(store) {}

  std::atomic<int> reads = 0;
  // Called before each call that goes to the store; an error is its answer.
  std::function<absl::Status()> before = [] { return absl::OkStatus(); };

  absl::StatusOr<std::vector<std::optional<store::Record>>> Read(CallContext& call, const store::ResourceType& type,
                                                                 std::span<const std::string> ids,
                                                                 const store::ReadAt& at) override {
    ++reads;
    if (absl::Status status = before(); !status.ok()) return status;
    return store_.Read(call, type, ids, at);
  }
  absl::StatusOr<store::QueryResult> Find(CallContext& call, const store::ResourceType& type,
                                          const store::Query& query) override {
    if (absl::Status status = before(); !status.ok()) return status;
    return store_.Find(call, type, query);
  }
  absl::StatusOr<store::QueryResult> FindLandscapes(
      CallContext& call, const store::ResourceType& type, const store::Query& query,
      const std::optional<std::vector<std::string>>& landscapes) override {
    return store_.FindLandscapes(call, type, query, landscapes);
  }
  absl::StatusOr<std::vector<std::string>> Suggest(CallContext& call, const store::ResourceType& type,
                                                   std::string_view text, int limit) override {
    return store_.Suggest(call, type, text, limit);
  }
  absl::StatusOr<std::string> Transact(CallContext& call, store::TransactionBody body,
                                       store::TransactOptions options) override {
    if (absl::Status status = before(); !status.ok()) return status;
    return store_.Transact(call, body, options);
  }
  absl::Status DropLandscape(CallContext& call) override { return store_.DropLandscape(call); }
  absl::StatusOr<std::vector<store::Commit>> Changes(CallContext& call, std::int64_t from_revision, int max_changes,
                                                     std::span<const std::string> collections) override {
    if (absl::Status status = before(); !status.ok()) return status;
    return store_.Changes(call, from_revision, max_changes, collections);
  }
  absl::StatusOr<std::vector<store::Commit>> History(CallContext& call, const store::ResourceType& type,
                                                     std::string_view id, std::int64_t cursor, int limit) override {
    return store_.History(call, type, id, cursor, limit);
  }
  absl::StatusOr<std::int64_t> Revision(CallContext& call) override {
    if (absl::Status status = before(); !status.ok()) return status;
    return store_.Revision(call);
  }
  absl::StatusOr<std::int64_t> AwaitRevision(CallContext& call, std::int64_t revision, Deadline until) override {
    return store_.AwaitRevision(call, revision, until);
  }
  absl::Status Ping() override { return store_.Ping(); }

 private:
  store::Store& store_;
};

}  // namespace allmende
