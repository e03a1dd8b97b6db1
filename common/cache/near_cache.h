// A cache in this process: bounded in bytes, sharded, the least recently used goes first. Values carry the revision
// they were read at; an older one never replaces a newer one. Whether a value is still true is not decided here
// (ChangeWindow). Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace allmende::cache {

struct Versioned {
  std::int64_t revision = 0;                           // at which it was read
  std::shared_ptr<const std::string> bytes = nullptr;  // null: known not to exist
};

class NearCache {
 public:
  // `max_bytes` counts keys, values and an estimate of what keeping them costs. 0: keeps nothing.
  explicit NearCache(std::size_t max_bytes);
  ~NearCache();
  NearCache(const NearCache&) = delete;
  NearCache& operator=(const NearCache&) = delete;

  std::optional<Versioned> Get(std::string_view key) const;
  void Put(std::string_view key, Versioned value);  // keeps the newer one; too large a value is not kept
  void Clear();
  std::size_t bytes() const;

 private:
  struct Shard;
  Shard& ShardOf(std::string_view key) const;

  std::unique_ptr<Shard[]> shards_;
  std::size_t shard_bytes_;
};

}  // namespace allmende::cache
