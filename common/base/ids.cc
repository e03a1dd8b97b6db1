#include "common/base/ids.h"

#include <sodium.h>

#include <cstdint>
#include <cstdlib>

namespace allmende {
namespace {

constexpr std::size_t kIdBytes = 16;

void EnsureSodium() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) std::abort();
}

void Update(crypto_hash_sha256_state& state, std::string_view bytes) {
  crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace

std::string RandomBytes(std::size_t size) {
  EnsureSodium();
  std::string bytes(size, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string RandomId() { return Base32(RandomBytes(kIdBytes)); }

std::string DerivedId(std::initializer_list<std::string_view> parts) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  for (std::string_view part : parts) {
    Update(state, std::to_string(part.size()));
    Update(state, ":");
    Update(state, part);
  }
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256_final(&state, reinterpret_cast<unsigned char*>(digest.data()));
  return Base32(std::string_view(digest).substr(0, kIdBytes));
}

std::string Base32(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::string out;
  out.reserve((bytes.size() * 8 + 4) / 5);
  std::uint32_t pending = 0;
  int bits = 0;
  for (const char c : bytes) {
    pending = (pending << 8U) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) {
      out.push_back(kAlphabet[(pending >> static_cast<unsigned>(bits - 5)) & 31U]);
    }
    pending &= (1U << static_cast<unsigned>(bits)) - 1U;
  }
  if (bits > 0) out.push_back(kAlphabet[(pending << static_cast<unsigned>(5 - bits)) & 31U]);
  return out;
}

}  // namespace allmende
