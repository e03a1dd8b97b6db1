#include "common/cache/near_cache.h"

#include <functional>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace allmende::cache {
namespace {

constexpr std::size_t kShards = 16;
// Of a list node, a hash node, a control block and two string headers, roughly.
constexpr std::size_t kOverhead = 192;

}  // namespace

struct NearCache::Shard {
  struct Entry {
    std::string key;
    Versioned value;
    std::size_t Cost() const { return kOverhead + key.size() + (value.bytes == nullptr ? 0 : value.bytes->size()); }
  };

  void Drop(std::list<Entry>::iterator entry) {
    bytes -= entry->Cost();
    by_key.erase(entry->key);
    entries.erase(entry);
  }

  std::mutex mutex;
  std::list<Entry> entries;                                                 // most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key;  // keys live in the entries
  std::size_t bytes = 0;
};

NearCache::NearCache(std::size_t max_bytes)
    : shards_(std::make_unique<Shard[]>(kShards)), shard_bytes_(max_bytes / kShards) {}

NearCache::~NearCache() = default;

NearCache::Shard& NearCache::ShardOf(std::string_view key) const {
  return shards_[(std::hash<std::string_view>{}(key) >> 32U) % kShards];
}

std::optional<Versioned> NearCache::Get(std::string_view key) const {
  Shard& shard = ShardOf(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.by_key.find(key);
  if (found == shard.by_key.end()) return std::nullopt;
  shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
  return found->second->value;
}

void NearCache::Put(std::string_view key, Versioned value) {
  Shard::Entry entry{std::string(key), std::move(value)};
  const std::size_t cost = entry.Cost();
  Shard& shard = ShardOf(key);
  const std::lock_guard lock(shard.mutex);
  if (const auto found = shard.by_key.find(key); found != shard.by_key.end()) {
    if (found->second->value.revision > entry.value.revision) return;
    shard.Drop(found->second);
  }
  if (cost > shard_bytes_) return;
  shard.entries.push_front(std::move(entry));
  shard.by_key.emplace(shard.entries.front().key, shard.entries.begin());
  shard.bytes += cost;
  while (shard.bytes > shard_bytes_) shard.Drop(std::prev(shard.entries.end()));
}

void NearCache::Clear() {
  for (std::size_t i = 0; i < kShards; ++i) {
    const std::lock_guard lock(shards_[i].mutex);
    shards_[i].by_key.clear();
    shards_[i].entries.clear();
    shards_[i].bytes = 0;
  }
}

std::size_t NearCache::bytes() const {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < kShards; ++i) {
    const std::lock_guard lock(shards_[i].mutex);
    sum += shards_[i].bytes;
  }
  return sum;
}

}  // namespace allmende::cache
