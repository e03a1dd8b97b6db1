// A cache in this process: bounded in bytes, sharded, least recently used goes first; single flight on a miss.
// Values carry the revision they were read at; an older one never replaces a newer one.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace allmende::cache {

struct Versioned {
  std::int64_t revision = 0;                  // at which it was read
  std::shared_ptr<const std::string> bytes;   // null: known not to exist
};

class NearCache {
 public:
  explicit NearCache(std::size_t max_bytes);
  ~NearCache();
  std::optional<Versioned> Get(std::string_view key) const;
  void Put(std::string_view key, Versioned value);  // keeps the newer one
  void Clear();
  std::size_t bytes() const;

 private:
  struct Shard;
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace allmende::cache
