// The store with caches in front: single present reads come from the near cache or Redis when the ChangeWindow says
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

// Owns the store. Whoever writes through it reads the own writes at once; what other processes write is seen after one
// second at the latest, and at once by who asks for its revision. An unreadable URL means no Redis.
std::unique_ptr<store::Store> WithCache(std::unique_ptr<store::Store> store, CacheOptions options);

}  // namespace allmende::cache
