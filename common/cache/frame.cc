#include "common/cache/frame.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace allmende::cache {
namespace {

// Offsets; numbers are big-endian. Redis compares what stands from kTimeAt on for kOrderBytes (redis_cache.cc).
constexpr std::string_view kMagic = "A1";
constexpr std::size_t kTimeAt = 2;
constexpr std::size_t kRevisionAt = 10;
constexpr std::size_t kExistsAt = 18;
constexpr std::size_t kBytesAt = 19;
constexpr std::size_t kChecksumBytes = 8;  // at the end

void AppendNumber(std::uint64_t number, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> static_cast<unsigned>(shift));
}

std::uint64_t NumberAt(std::string_view text, std::size_t at) {
  std::uint64_t number = 0;
  for (const char c : text.substr(at, 8)) number = (number << 8U) | static_cast<unsigned char>(c);
  return number;
}

std::uint64_t ChecksumOf(std::string_view key, std::string_view content) {
  return XXH64(content.data(), content.size(), XXH64(key.data(), key.size(), key.size()));
}

}  // namespace

std::string ToFrame(std::string_view key, const Stamped& value) {
  std::string frame(kMagic);
  frame.reserve(kBytesAt + value.bytes.size() + kChecksumBytes);
  AppendNumber(static_cast<std::uint64_t>(ToMicros(value.commit_time)), frame);
  AppendNumber(static_cast<std::uint64_t>(value.revision), frame);
  frame += value.exists ? '\1' : '\0';
  frame += value.bytes;
  AppendNumber(ChecksumOf(key, frame), frame);
  return frame;
}

std::optional<Stamped> FromFrame(std::string_view key, std::string_view frame) {
  if (frame.size() < kBytesAt + kChecksumBytes || !frame.starts_with(kMagic)) return std::nullopt;
  const std::string_view content = frame.substr(0, frame.size() - kChecksumBytes);
  if (NumberAt(frame, content.size()) != ChecksumOf(key, content)) return std::nullopt;
  Stamped value;
  value.commit_time = FromMicros(static_cast<std::int64_t>(NumberAt(content, kTimeAt)));
  value.revision = static_cast<std::int64_t>(NumberAt(content, kRevisionAt));
  value.exists = content[kExistsAt] != '\0';
  value.bytes = content.substr(kBytesAt);
  return value;
}

}  // namespace allmende::cache
