#include "common/cache/frame.h"
#include "common/cache/redis_connection.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = allmende::TextOf(data, size);
  if (const auto value = allmende::cache::FromFrame("key", text)) {
    PROMISE(allmende::cache::ToFrame("key", *value) == text);
  }
  if (const auto address = allmende::cache::ParseRedisUrl(std::string(text))) PROMISE(!address->host.empty());
  return 0;
}
