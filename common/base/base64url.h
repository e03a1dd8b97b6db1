// base64url (RFC 4648, section 5) without padding: tokens that travel in URLs and headers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace allmende {

std::string Base64UrlEncode(std::string_view bytes);
// Absent where the text is not base64url.
std::optional<std::string> Base64UrlDecode(std::string_view text);

}  // namespace allmende
