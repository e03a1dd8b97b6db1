// Compression of answers.
#pragma once

#include <string>
#include <string_view>

namespace allmende::gateway {

// Whether an Accept-Encoding header takes gzip ("gzip", "br, gzip;q=0.5", "*"; not "gzip;q=0").
bool AcceptsGzip(std::string_view accept_encoding);

// `bytes` as a gzip file (RFC 1952), the same for the same bytes.
std::string Gzip(std::string_view bytes);

}  // namespace allmende::gateway
