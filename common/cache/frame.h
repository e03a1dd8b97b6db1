// How a value travels through Redis: with the commit it was read at, and a checksum over its key, that commit and its
// bytes. What Redis hands back is believed only as far as this goes: a value of another key, a cut-off or garbled one
// is no value at all; whether an intact one is still true is decided by the ChangeWindow.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace allmende::cache {

// A record as caches keep it.
struct Stamped {
  std::int64_t revision = 0;  // at which it was read
  Time commit_time;           // of that revision; together they name the commit
  bool exists = false;        // false: known not to exist
  std::string bytes;          // what was read, as the user of the cache packs it
};

std::string ToFrame(std::string_view key, const Stamped& value);
// Absent where the frame is not one for this key, or was changed on the way.
std::optional<Stamped> FromFrame(std::string_view key, std::string_view frame);

}  // namespace allmende::cache
