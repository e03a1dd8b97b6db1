// Ids: random ones for new resources and requests, derived ones for records that a source knows by a key of its own.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace allmende {

// 26 characters of a-z and 2-7 (128 random bits). Fit for a resource id and for a request id.
std::string RandomId();

// The same 26 characters for the same parts, on every machine and for ever: SHA-256 of the parts, cut to 128 bits.
// ("a", "bc") and ("ab", "c") differ.
std::string DerivedId(std::initializer_list<std::string_view> parts);

// `size` random bytes from the operating system.
std::string RandomBytes(std::size_t size);

// Lower-case base 32 (RFC 4648 alphabet, no padding).
std::string Base32(std::string_view bytes);

}  // namespace allmende
