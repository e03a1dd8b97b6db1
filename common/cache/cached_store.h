// The store with caches in front: single present reads come from the near cache or Redis when the ChangeWindow says they
// they are still true; everything else goes through. Fails open: a cache that does not answer costs time, never truth.
#pragma once

#include <memory>
#include <string>

#include "common/base/secret.h"
#include "common/cache/change_window.h"
#include "common/store/store.h"

namespace allmende::cache {

struct CacheOptions {
  std::size_t near_bytes = 16U << 20U;
  Secret<std::string> redis_url;  // redis://[:password@]host:port/db; empty: no Redis
  std::string prefix = "allmende";
};

// Owns the store. Follows the landscapes it is asked about (commits of this process at once, of others by Changes).
std::unique_ptr<store::Store> WithCache(std::unique_ptr<store::Store> store, CacheOptions options);

}  // namespace allmende::cache
