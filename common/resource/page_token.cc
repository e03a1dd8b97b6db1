#include "common/resource/page_token.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

#include "common/base/base64url.h"
#include "common/resource/request.h"
#include "common/status/error.h"

namespace allmende::resource {
namespace {

constexpr int kMaxPageSize = 1000;
constexpr std::size_t kHashBytes = 8;
constexpr std::size_t kMaxTokenBytes = 4096;

// Binds the cursor to the request: over both, so that neither can be exchanged.
std::string HashOf(const google::protobuf::Message& request, std::string_view cursor) {
  std::string bound = Fingerprint(request.GetDescriptor()->full_name(), request);
  bound += cursor;
  XXH64_canonical_t canonical;
  XXH64_canonicalFromHash(&canonical, XXH3_64bits(bound.data(), bound.size()));
  return {reinterpret_cast<const char*>(canonical.digest), kHashBytes};
}

}  // namespace

std::string MakePageToken(const google::protobuf::Message& request, std::string_view cursor) {
  return Base64UrlEncode(HashOf(request, cursor).append(cursor));
}

absl::StatusOr<std::string> ReadPageToken(const google::protobuf::Message& request) {
  const std::string token = StringField(request, "page_token");
  if (token.empty()) return std::string();
  const auto bytes = token.size() <= kMaxTokenBytes ? Base64UrlDecode(token) : std::nullopt;
  if (bytes && bytes->size() > kHashBytes) {
    std::string cursor = bytes->substr(kHashBytes);
    if (bytes->compare(0, kHashBytes, HashOf(request, cursor)) == 0) return cursor;
  }
  return FieldError("page_token", Reason::INVALID_PAGE_TOKEN);
}

absl::StatusOr<int> ReadPageSize(const google::protobuf::Message& request, int fallback) {
  const std::int64_t size = IntField(request, "page_size");
  if (size < 0 || size > kMaxPageSize) {
    return FieldError("page_size", Reason::OUT_OF_RANGE, {{"value", std::to_string(size)}, {"range", "0..1000"}});
  }
  return size == 0 ? fallback : static_cast<int>(size);
}

}  // namespace allmende::resource
