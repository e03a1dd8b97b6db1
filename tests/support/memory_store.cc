#include "tests/support/memory_store.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "common/base/macros.h"

namespace allmende {
namespace {

using google::protobuf::Message;
using store::Change;
using store::ChangeKind;
using store::Commit;
using store::Record;
using store::ResourceType;

std::shared_ptr<Message> Parsed(const ResourceType& type, const std::string& bytes) {
  std::shared_ptr<Message> message(type.prototype->New());
  if (!message->ParseFromString(bytes)) std::abort();
  return message;
}

void Set(Message& message, const char* field, const std::string& value) {
  if (const auto* found = message.GetDescriptor()->FindFieldByName(field)) {
    message.GetReflection()->SetString(&message, found, value);
  }
}

class MemoryTransaction final : public store::Transaction {
 public:
  MemoryTransaction(CallContext& call, const MemoryStore::Landscape& before, Time now)
      : call_(call), state_(before), now_(now) {}

  const std::string& landscape() const override { return call_.landscape; }
  std::int64_t revision() const override { return std::ssize(state_.commits) + 1; }
  Time now() const override { return now_; }
  CallContext& call() override { return call_; }

  absl::StatusOr<std::shared_ptr<const Message>> Find(const ResourceType& type, std::string_view id) override {
    const auto found = state_.records.find({type.collection, std::string(id)});
    if (found == state_.records.end()) return std::shared_ptr<const Message>();
    return std::shared_ptr<const Message>(Parsed(type, found->second.bytes));
  }
  absl::StatusOr<std::shared_ptr<const Message>> Create(const ResourceType& type, std::string_view id,
                                                        const Message& resource) override {
    if (state_.records.contains({type.collection, std::string(id)})) {
      return Error(Reason::ALREADY_EXISTS, {{"name", type.NameOf(landscape(), id)}});
    }
    return Store(type, id, resource, ChangeKind::kCreated);
  }
  absl::StatusOr<std::shared_ptr<const Message>> Replace(const ResourceType& type, std::string_view id,
                                                         const Message& resource, std::string_view etag) override {
    RETURN_IF_ERROR(Check(type, id, etag));
    return Store(type, id, resource, ChangeKind::kUpdated);
  }
  absl::Status Remove(const ResourceType& type, std::string_view id, std::string_view etag) override {
    RETURN_IF_ERROR(Check(type, id, etag));
    const auto found = state_.records.find({type.collection, std::string(id)});
    changes_.push_back({type.collection, std::string(id), ChangeKind::kDeleted, found->second.bytes});
    state_.records.erase(found);
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<std::string>> FindIds(const ResourceType&, std::string_view, const store::Value&,
                                                   int) override {
    return Error(Reason::INTERNAL_ERROR);
  }
  void Discard() override { discarded_ = true; }

  // The state with the commit, or nothing where nothing is to be stored.
  std::optional<MemoryStore::Landscape> Result() {
    if (discarded_ || changes_.empty()) return std::nullopt;
    Commit commit;
    commit.revision = revision();
    commit.time = now_;
    commit.principal = call_.principal.subject;
    commit.method = call_.method == nullptr ? "" : call_.method->name();
    commit.request_id = call_.request_id;
    commit.changes = changes_;
    state_.commits.push_back(std::move(commit));
    return state_;
  }

 private:
  absl::Status Check(const ResourceType& type, std::string_view id, std::string_view etag) {
    ASSIGN_OR_RETURN(const auto present, Find(type, id));
    const std::string name = type.NameOf(landscape(), id);
    if (present == nullptr) return Error(Reason::NOT_FOUND, {{"name", name}});
    const auto& record = state_.records.at({type.collection, std::string(id)});
    if (!etag.empty() && etag != std::to_string(record.revision)) {
      return Error(Reason::STALE_ETAG, {{"name", name}, {"expected", std::string(etag)}});
    }
    return absl::OkStatus();
  }

  std::shared_ptr<const Message> Store(const ResourceType& type, std::string_view id, const Message& resource,
                                       ChangeKind kind) {
    std::shared_ptr<Message> stored(resource.New());
    stored->CopyFrom(resource);
    Set(*stored, "name", type.NameOf(landscape(), id));
    Set(*stored, "etag", std::to_string(revision()));
    if (const auto* field = stored->GetDescriptor()->FindFieldByName("revision")) {
      stored->GetReflection()->SetInt64(stored.get(), field, revision());
    }
    const std::string bytes = stored->SerializeAsString();
    state_.records[{type.collection, std::string(id)}] = Record{std::string(id), revision(), bytes};
    changes_.push_back({type.collection, std::string(id), kind, bytes});
    return stored;
  }

  CallContext& call_;
  MemoryStore::Landscape state_;
  Time now_;
  std::vector<Change> changes_;
  bool discarded_ = false;
};

}  // namespace

absl::StatusOr<MemoryStore::Landscape*> MemoryStore::Of(const CallContext& call) {
  const auto found = landscapes_.find(call.landscape);
  if (found == landscapes_.end()) return Error(Reason::UNKNOWN_LANDSCAPE, {{"landscape", call.landscape}});
  return &found->second;
}

absl::StatusOr<std::vector<std::optional<Record>>> MemoryStore::Read(CallContext& call, const ResourceType& type,
                                                                     std::span<const std::string> ids,
                                                                     const store::ReadAt& at) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const Landscape* landscape, Of(call));
  const auto revision = std::ssize(landscape->commits);
  if (at.min_revision > revision) return Error(Reason::REVISION_UNAVAILABLE);
  call.revision = revision;
  std::vector<std::optional<Record>> records;
  for (const std::string& id : ids) {
    const auto found = landscape->records.find({type.collection, id});
    records.push_back(found == landscape->records.end() ? std::nullopt : std::optional(found->second));
  }
  return records;
}

absl::StatusOr<store::QueryResult> MemoryStore::Find(CallContext& call, const ResourceType& type,
                                                     const store::Query& query) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const Landscape* landscape, Of(call));
  call.revision = std::ssize(landscape->commits);
  store::QueryResult result;
  for (const auto& [key, record] : landscape->records) {
    if (key.first != type.collection || key.second <= query.cursor) continue;
    if (std::ssize(result.hits) == query.limit) {
      result.next_cursor = result.hits.back().record.id;
      break;
    }
    result.hits.push_back({record, std::nullopt});
  }
  return result;
}

absl::StatusOr<store::QueryResult> MemoryStore::FindLandscapes(
    CallContext& /*call*/, const ResourceType& type, const store::Query& query,
    const std::optional<std::vector<std::string>>& landscapes) {
  const std::lock_guard lock(mutex_);
  store::QueryResult result;
  for (const auto& [id, landscape] : landscapes_) {
    const auto found = landscape.records.find({type.collection, id});
    const bool visible = !landscapes || std::ranges::find(*landscapes, id) != landscapes->end();
    if (found == landscape.records.end() || !visible || id <= query.cursor) continue;
    if (std::ssize(result.hits) == query.limit) {
      result.next_cursor = result.hits.back().record.id;
      break;
    }
    result.hits.push_back({found->second, std::nullopt});
  }
  return result;
}

absl::StatusOr<std::vector<std::string>> MemoryStore::Suggest(CallContext&, const ResourceType&, std::string_view,
                                                              int) {
  return std::vector<std::string>();
}

absl::StatusOr<std::string> MemoryStore::Transact(CallContext& call, store::TransactionBody body,
                                                  store::TransactOptions options) {
  const std::lock_guard lock(mutex_);
  if (options.create_landscape) {
    if (landscapes_.contains(call.landscape)) {
      return Error(Reason::ALREADY_EXISTS, {{"name", "landscapes/" + call.landscape}});
    }
  } else {
    RETURN_IF_ERROR(Of(call).status());
  }
  const Landscape before = options.create_landscape ? Landscape() : landscapes_[call.landscape];
  MemoryTransaction transaction(call, before, FromMicros(++ticks_));
  ASSIGN_OR_RETURN(std::string reply, body(transaction));
  if (auto after = transaction.Result()) landscapes_[call.landscape] = *std::move(after);
  const auto found = landscapes_.find(call.landscape);
  call.revision = found == landscapes_.end() ? 0 : std::ssize(found->second.commits);
  committed_.notify_all();
  return reply;
}

absl::Status MemoryStore::DropLandscape(CallContext& call) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(Of(call).status());
  landscapes_.erase(call.landscape);
  committed_.notify_all();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Commit>> MemoryStore::Changes(CallContext& call, std::int64_t from_revision, int max_changes,
                                                         std::span<const std::string> collections) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const Landscape* landscape, Of(call));
  std::vector<Commit> found;
  for (std::int64_t at = from_revision; at < std::ssize(landscape->commits) && max_changes > 0; ++at) {
    Commit commit = landscape->commits[static_cast<std::size_t>(at)];
    std::erase_if(commit.changes, [&](const Change& change) {
      return !collections.empty() && std::ranges::find(collections, change.collection) == collections.end();
    });
    max_changes -= static_cast<int>(std::max<std::size_t>(1, commit.changes.size()));
    found.push_back(std::move(commit));
  }
  return found;
}

absl::StatusOr<std::vector<Commit>> MemoryStore::History(CallContext& call, const ResourceType& type,
                                                         std::string_view id, std::int64_t cursor, int limit) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const Landscape* landscape, Of(call));
  std::vector<Commit> found;
  for (auto at = landscape->commits.rbegin(); at != landscape->commits.rend() && std::ssize(found) < limit; ++at) {
    Commit commit = *at;
    if (cursor > 0 && commit.revision >= cursor) continue;
    std::erase_if(commit.changes, [&](const Change& c) { return c.collection != type.collection || c.id != id; });
    if (!commit.changes.empty()) found.push_back(std::move(commit));
  }
  return found;
}

absl::StatusOr<std::int64_t> MemoryStore::Revision(CallContext& call) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const Landscape* landscape, Of(call));
  return std::ssize(landscape->commits);
}

absl::StatusOr<std::int64_t> MemoryStore::AwaitRevision(CallContext& call, std::int64_t revision, Deadline until) {
  std::unique_lock lock(mutex_);
  while (true) {
    ASSIGN_OR_RETURN(const Landscape* landscape, Of(call));
    const std::int64_t present = std::ssize(landscape->commits);
    const auto now = std::chrono::steady_clock::now();
    if (present > revision || now >= until || call.cancelled()) return present;
    committed_.wait_until(lock, std::min(until, now + std::chrono::milliseconds(20)));
  }
}

}  // namespace allmende
