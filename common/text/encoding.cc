#include <unicode/utf8.h>

#include <array>
#include <cstring>

#include "common/text/text.h"

namespace allmende::text {
namespace {

// What Windows-1252 has at 0x80 to 0x9F, where Latin-1 has control characters.
constexpr std::array<char16_t, 32> kWindows1252 = {0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                   0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
                                                   0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                   0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};

void Append(std::string& out, char16_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

// How many bytes from `start` on are surely ASCII, eight at a time.
std::size_t AsciiRun(std::string_view bytes, std::size_t start) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  std::size_t at = start;
  for (std::uint64_t word = 0; at + sizeof word <= bytes.size(); at += sizeof word) {
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if ((word & kHighBits) != 0) break;
  }
  return at - start;
}

}  // namespace

std::size_t FindInvalidUtf8(std::string_view bytes) {
  const char* data = bytes.data();
  const std::size_t size = bytes.size();
  for (std::size_t at = 0; at < size;) {
    at += AsciiRun(bytes, at);
    if (at == size) break;
    const std::size_t start = at;
    UChar32 c = 0;
    U8_NEXT(data, at, size, c);
    if (c < 0) return start;
  }
  return std::string_view::npos;
}

std::string FromWindows1252(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  for (const char byte : bytes) {
    const auto c = static_cast<unsigned char>(byte);
    Append(out, c >= 0x80 && c <= 0x9F ? kWindows1252[c - 0x80U] : static_cast<char16_t>(c));
  }
  return out;
}

}  // namespace allmende::text
