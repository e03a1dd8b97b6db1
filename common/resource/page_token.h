// Page tokens (AIP-158), bound to their request: a token carries a hash of every other field but page_size, so that it
// cannot be used with another request. The cursor inside is the store's.
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>

namespace allmende::resource {

// The token for the page after `cursor` of this request.
std::string MakePageToken(const google::protobuf::Message& request, std::string_view cursor);

// The cursor out of the request's page_token, empty for the first page. INVALID_PAGE_TOKEN as a violation of
// "page_token".
absl::StatusOr<std::string> ReadPageToken(const google::protobuf::Message& request);

// The page_size of the request: `fallback` for 0. OUT_OF_RANGE as a violation of "page_size" where negative or over
// 1000.
absl::StatusOr<int> ReadPageSize(const google::protobuf::Message& request, int fallback);

}  // namespace allmende::resource
