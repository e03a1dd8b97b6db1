// Percent encoding of URLs (RFC 3986) and UTF-8 checking: what comes out of a URL is text or it is refused.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace allmende::gateway {

enum class Decoding {
  kEverything,  // "%2F" becomes "/"
  kKeepSlash,   // "%2F" stays as it is: a value over several segments must not gain a segment
  kForm,        // like kEverything, and "+" is a blank (query strings)
};

// Absent where an escape is cut short or not hexadecimal.
std::optional<std::string> PercentDecode(std::string_view text, Decoding decoding);

// Escapes everything but the unreserved characters and those of `keep`.
std::string PercentEncode(std::string_view text, std::string_view keep = {});

// The position of the first byte that is not part of valid UTF-8; absent where all is well.
std::optional<std::size_t> FirstInvalidUtf8(std::string_view text);

}  // namespace allmende::gateway
