#include "allmende/registry/v1/registry_service.pb.h"
#include "common/base/base64url.h"
#include "common/resource/page_token.h"
#include "tests/fuzz/fuzz.h"

// The token as it stands, and as base64url of the bytes, which gets further inside.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = allmende::TextOf(data, size);
  allmende::registry::v1::ListActorsRequest request;
  request.set_parent("landscapes/musterland");
  for (const std::string& token : {std::string(input), allmende::Base64UrlEncode(input)}) {
    request.set_page_token(token);
    const auto cursor = allmende::resource::ReadPageToken(request);
    if (!cursor.ok() || cursor->empty()) continue;
    PROMISE(allmende::Base64UrlDecode(allmende::resource::MakePageToken(request, *cursor)) ==
            allmende::Base64UrlDecode(token));
  }
  request.set_page_token(allmende::resource::MakePageToken(request, input));
  if (size > 0 && size < 3000) PROMISE(*allmende::resource::ReadPageToken(request) == input);
  return 0;
}
