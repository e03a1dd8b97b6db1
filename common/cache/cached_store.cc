#include "common/cache/cached_store.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "common/base/macros.h"
#include "common/cache/follower.h"
#include "common/cache/near_cache.h"
#include "common/cache/redis_cache.h"
#include "common/cache/single_flight.h"

namespace allmende::cache {
namespace {

using store::Commit;
using store::Query;
using store::QueryResult;
using store::ReadAt;
using store::Record;
using store::ResourceType;

using MaybeRecord = std::optional<Record>;

constexpr std::size_t kFewIds = 100;
// A value this many revisions old that is still true is marked as true now, before the window moves past it.
constexpr std::int64_t kAgeNear = 1'000;
constexpr std::int64_t kAgeShared = 100;

// A record in a cache: the revision that changed it last, then its bytes.
std::string Pack(const Record& record) {
  std::string packed(sizeof record.revision, '\0');
  std::memcpy(packed.data(), &record.revision, sizeof record.revision);
  return packed += record.bytes;
}

MaybeRecord Unpack(const std::string& id, const std::string& packed) {
  Record record{.id = id, .revision = 0, .bytes = {}};
  if (packed.size() < sizeof record.revision) return std::nullopt;
  std::memcpy(&record.revision, packed.data(), sizeof record.revision);
  record.bytes = packed.substr(sizeof record.revision);
  return record;
}

// What one read is about, and what was found of it so far.
struct Lookup {
  const Follower::View& view;
  const ResourceType& type;
  std::span<const std::string> ids;
  std::vector<MaybeRecord> records;
  std::vector<std::size_t> missing;  // places in `ids` that no cache could answer
};

class CachedStore final : public store::Store {
 public:
  CachedStore(std::unique_ptr<Store> store, const CacheOptions& options)
      : store_(std::move(store)), follower_(*store_), near_(options.near_bytes), prefix_(options.prefix) {
    if (!options.redis_url.Reveal().empty()) redis_ = std::make_unique<RedisCache>(options.redis_url);
  }

  absl::StatusOr<std::vector<MaybeRecord>> Read(CallContext& call, const ResourceType& type,
                                                std::span<const std::string> ids, const ReadAt& at) override {
    if (!at.Present() || ids.empty() || ids.size() > kFewIds) return Noted(call, store_->Read(call, type, ids, at));
    const std::optional<Follower::View> view = follower_.Look(call, at.min_revision);
    if (!view) return Noted(call, store_->Read(call, type, ids, at));
    Lookup lookup{
        .view = *view, .type = type, .ids = ids, .records = std::vector<MaybeRecord>(ids.size()), .missing = {}};
    LookNear(lookup);
    LookShared(call, lookup);
    if (!lookup.missing.empty()) return ReadMissing(call, lookup, at);
    call.revision = view->revision;
    return std::move(lookup.records);
  }

  absl::StatusOr<QueryResult> Find(CallContext& call, const ResourceType& type, const Query& query) override {
    return Noted(call, store_->Find(call, type, query));
  }
  absl::StatusOr<QueryResult> FindLandscapes(CallContext& call, const ResourceType& type, const Query& query,
                                             const std::optional<std::vector<std::string>>& landscapes) override {
    return store_->FindLandscapes(call, type, query, landscapes);
  }
  absl::StatusOr<std::vector<std::string>> Suggest(CallContext& call, const ResourceType& type, std::string_view text,
                                                   int limit) override {
    return Noted(call, store_->Suggest(call, type, text, limit));
  }
  absl::StatusOr<std::string> Transact(CallContext& call, store::TransactionBody body,
                                       store::TransactOptions options) override {
    return Noted(call, store_->Transact(call, body, options));
  }
  absl::Status DropLandscape(CallContext& call) override {
    absl::Status dropped = store_->DropLandscape(call);
    follower_.Forget(call.landscape);
    return dropped;
  }
  absl::StatusOr<std::vector<Commit>> Changes(CallContext& call, std::int64_t from_revision, int max_changes,
                                              std::span<const std::string> collections) override {
    return Noted(call, store_->Changes(call, from_revision, max_changes, collections));
  }
  absl::StatusOr<std::vector<Commit>> History(CallContext& call, const ResourceType& type, std::string_view id,
                                              std::int64_t cursor, int limit) override {
    return Noted(call, store_->History(call, type, id, cursor, limit));
  }
  absl::StatusOr<std::int64_t> Revision(CallContext& call) override {
    auto revision = store_->Revision(call);
    if (revision.ok()) follower_.Note(call.landscape, *revision);
    return revision;
  }
  absl::StatusOr<std::int64_t> AwaitRevision(CallContext& call, std::int64_t revision, Deadline until) override {
    auto reached = store_->AwaitRevision(call, revision, until);
    if (reached.ok()) follower_.Note(call.landscape, *reached);
    return reached;
  }
  absl::Status Ping() override { return store_->Ping(); }

 private:
  // What the caller has seen in an answer of the store, no cache may contradict afterwards.
  template <typename Answer>
  Answer Noted(const CallContext& call, Answer answer) {
    if (answer.ok()) follower_.Note(call.landscape, call.revision);
    return answer;
  }

  static std::string NearKey(const Lookup& lookup, const std::string& id) {
    return fmt::format("{}/{}/{}", lookup.view.key, lookup.type.collection, id);
  }
  std::string SharedKey(const CallContext& call, const Lookup& lookup, const std::string& id) const {
    return fmt::format("{}:{}:{}:{}", prefix_, call.landscape, lookup.type.collection, id);
  }

  void LookNear(Lookup& lookup) {
    for (std::size_t i = 0; i < lookup.ids.size(); ++i) {
      const std::string& id = lookup.ids[i];
      const std::string key = NearKey(lookup, id);
      std::optional<Versioned> found = near_.Get(key);
      if (!found || !follower_.IsTrue(lookup.view, lookup.type.collection, id, found->revision)) {
        lookup.missing.push_back(i);
        continue;
      }
      if (found->bytes != nullptr) lookup.records[i] = Unpack(id, *found->bytes);
      if (lookup.view.revision - found->revision > kAgeNear) near_.Put(key, {lookup.view.revision, found->bytes});
    }
  }

  void LookShared(const CallContext& call, Lookup& lookup) {
    if (redis_ == nullptr || lookup.missing.empty()) return;
    std::vector<std::string> keys;
    for (const std::size_t i : lookup.missing) keys.push_back(SharedKey(call, lookup, lookup.ids[i]));
    std::vector<std::optional<Stamped>> values = redis_->Get(keys);
    std::vector<std::size_t> missing;
    std::vector<std::pair<std::string, Stamped>> aged;
    for (std::size_t k = 0; k < keys.size(); ++k) {
      const std::size_t i = lookup.missing[k];
      if (!values[k] || !IsTrue(lookup, lookup.ids[i], *values[k])) {
        missing.push_back(i);
        continue;
      }
      Stamped& value = *values[k];
      const auto bytes = value.exists ? std::make_shared<const std::string>(value.bytes) : nullptr;
      if (bytes != nullptr) lookup.records[i] = Unpack(lookup.ids[i], *bytes);
      near_.Put(NearKey(lookup, lookup.ids[i]), {value.revision, bytes});
      if (lookup.view.revision - value.revision > kAgeShared && Stamp(lookup.view, lookup.view.revision, value)) {
        aged.emplace_back(keys[k], std::move(value));
      }
    }
    lookup.missing = std::move(missing);
    redis_->Put(aged);
  }

  // A value of Redis must name a commit of this very landscape's history.
  bool IsTrue(const Lookup& lookup, const std::string& id, const Stamped& value) const {
    return follower_.IsTrue(lookup.view, lookup.type.collection, id, value.revision) &&
           follower_.CommitTime(lookup.view, value.revision) == value.commit_time &&
           (!value.exists || value.bytes.size() >= sizeof(Record::revision));
  }

  bool Stamp(const Follower::View& view, std::int64_t revision, Stamped& value) const {
    const std::optional<Time> time = follower_.CommitTime(view, revision);
    if (!time) return false;
    value.revision = revision;
    value.commit_time = *time;
    return true;
  }

  // What a store read found, and when.
  struct Fetched {
    std::vector<MaybeRecord> records;
    std::int64_t revision = 0;
  };

  absl::StatusOr<std::vector<MaybeRecord>> ReadMissing(CallContext& call, Lookup& lookup, const ReadAt& at) {
    std::vector<std::string> ids;
    for (const std::size_t i : lookup.missing) ids.push_back(lookup.ids[i]);
    ASSIGN_OR_RETURN(Fetched fetched, Fetch(call, lookup, ids, at));
    const bool mixed = ids.size() < lookup.ids.size() && fetched.revision != lookup.view.revision;
    if (mixed) return Noted(call, store_->Read(call, lookup.type, lookup.ids, at));  // all of one state
    for (std::size_t k = 0; k < ids.size(); ++k) lookup.records[lookup.missing[k]] = std::move(fetched.records[k]);
    call.revision = fetched.revision;
    return std::move(lookup.records);
  }

  absl::StatusOr<Fetched> Fetch(CallContext& call, const Lookup& lookup, const std::vector<std::string>& ids,
                                const ReadAt& at) {
    absl::Status failure;
    const auto fetch = [&]() -> std::optional<Fetched> {
      auto records = Noted(call, store_->Read(call, lookup.type, ids, at));
      if (!records.ok()) {
        failure = records.status();
        return std::nullopt;
      }
      Fetched fetched{.records = *std::move(records), .revision = call.revision};
      Remember(call, lookup, ids, fetched);
      return fetched;
    };
    if (ids.size() == 1) {
      std::optional<Fetched> shared = flights_.Do(NearKey(lookup, ids.front()), call.deadline, fetch);
      // The other caller may have read before the revision that this one must see.
      if (shared && shared->revision >= lookup.view.revision) return *std::move(shared);
      if (!failure.ok()) return failure;
    }
    std::optional<Fetched> own = fetch();
    if (!own) return failure;
    return *std::move(own);
  }

  void Remember(const CallContext& call, const Lookup& lookup, const std::vector<std::string>& ids,
                const Fetched& fetched) {
    std::vector<std::pair<std::string, Stamped>> shared;
    for (std::size_t k = 0; k < ids.size(); ++k) {
      const MaybeRecord& record = fetched.records[k];
      auto bytes = record ? std::make_shared<const std::string>(Pack(*record)) : nullptr;
      Stamped value{.revision = 0, .commit_time = {}, .exists = record.has_value(), .bytes = {}};
      if (redis_ != nullptr && Stamp(lookup.view, fetched.revision, value)) {
        if (bytes != nullptr) value.bytes = *bytes;
        shared.emplace_back(SharedKey(call, lookup, ids[k]), std::move(value));
      }
      near_.Put(NearKey(lookup, ids[k]), {fetched.revision, std::move(bytes)});
    }
    if (!shared.empty()) redis_->Put(shared);
  }

  std::unique_ptr<Store> store_;
  Follower follower_;
  NearCache near_;
  std::unique_ptr<RedisCache> redis_;
  SingleFlight<Fetched> flights_;
  std::string prefix_;
};

}  // namespace

std::unique_ptr<store::Store> WithCache(std::unique_ptr<store::Store> store, CacheOptions options) {
  return std::make_unique<CachedStore>(std::move(store), options);
}

}  // namespace allmende::cache
