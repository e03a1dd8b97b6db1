#include "services/registry/rules/normalise.h"

#include <algorithm>
#include <array>

namespace allmende::registry {
namespace {

constexpr std::size_t kMaxUrl = 2000;
constexpr std::size_t kMaxEmail = 254;     // RFC 5321, 4.5.3.1
constexpr std::size_t kMaxLocalPart = 64;  // the same
constexpr std::size_t kMinDigits = 7;      // E.164 sets no lower bound; shorter ones are service numbers
constexpr std::size_t kMaxDigits = 15;     // E.164

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsBeyondAscii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string Lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return Lower(c); });
  return out;
}

// How many bytes of blank `text` starts with: ASCII blanks and control characters, and the Unicode blanks that lists
// bring along.
std::size_t BlankBytes(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kBlanks = {"\u00a0", "\u2002", "\u2003", "\u2009", "\u200b",
                                                              "\u202f", "\u2028", "\u2029", "\ufeff"};
  if (static_cast<unsigned char>(text.front()) <= 0x20 || text.front() == 0x7f) return 1;
  for (const std::string_view blank : kBlanks) {
    if (text.starts_with(blank)) return blank.size();
  }
  return 0;
}

// Whether every label of the host is filled, with a dot between at least two of them, and the last one is no number.
bool IsHost(std::string_view host) {
  if (host.empty() || host.size() > 253 || host.find('.') == std::string_view::npos) return false;
  std::size_t label = 0;
  bool only_digits = true;
  char before = '.';
  for (const char c : host) {
    if (c == '.') {
      if (label == 0 || before == '-') return false;
      label = 0;
      only_digits = true;
    } else {
      if (!IsDigit(c) && !IsLetter(c) && c != '-' && !IsBeyondAscii(c)) return false;
      if (c == '-' && label == 0) return false;
      only_digits = only_digits && IsDigit(c);
      if (++label > 63) return false;
    }
    before = c;
  }
  return label >= 2 && before != '-' && !only_digits;
}

bool HasBlank(std::string_view text) {
  while (!text.empty()) {
    if (BlankBytes(text) > 0) return true;
    text.remove_prefix(1);
  }
  return false;
}

// The digits of a number written with the usual marks between them; absent where there is anything else in it.
std::optional<std::string> Digits(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (IsDigit(c)) {
      digits += c;
    } else if (std::string_view(" ()/-.").find(c) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  return digits;
}

void Replace(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

std::string Tidy(std::string_view text) {
  std::string out;
  bool blank = false;
  while (!text.empty()) {
    if (const std::size_t bytes = BlankBytes(text); bytes > 0) {
      blank = true;
      text.remove_prefix(bytes);
      continue;
    }
    if (blank && !out.empty()) out += ' ';
    blank = false;
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

std::optional<std::string> NormalisePhone(std::string_view text, std::string_view area_code) {
  std::string number = Tidy(text);
  Replace(number, "\u2013", "-");
  Replace(number, "(0)", "");
  bool international = false;
  if (number.starts_with('+')) {
    number.erase(0, 1);
    international = true;
  }
  const std::optional<std::string> digits = Digits(number);
  if (!digits) return std::nullopt;
  std::string rest = *digits;
  if (!international && rest.starts_with("00")) {
    rest.erase(0, 2);
    international = true;
  }
  if (international) {
    if (rest.starts_with("490")) rest.erase(2, 1);  // the 0 that only counts inside Germany
  } else if (rest.starts_with('0')) {
    rest.replace(0, 1, "49");
  } else {
    const std::optional<std::string> code = Digits(area_code);
    if (!code || code->size() < 3 || !code->starts_with('0') || rest.empty()) return std::nullopt;
    rest = "49" + code->substr(1) + rest;
  }
  if (rest.size() < kMinDigits || rest.size() > kMaxDigits || rest.front() == '0' || rest.starts_with("490")) {
    return std::nullopt;
  }
  return "+" + rest;
}

std::optional<std::string> NormaliseUrl(std::string_view text) {
  const std::string url = Tidy(text);
  if (url.empty() || url.size() > kMaxUrl || HasBlank(url)) return std::nullopt;
  std::string scheme = "https";
  std::string_view rest = url;
  if (const std::size_t mark = rest.find("://"); mark != std::string_view::npos) {
    scheme = Lower(rest.substr(0, mark));
    rest.remove_prefix(mark + 3);
  }
  if (scheme != "http" && scheme != "https") return std::nullopt;
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  const std::size_t colon = std::min(authority.find(':'), authority.size());
  const std::string_view port = authority.substr(std::min(colon + 1, authority.size()));
  const bool port_fits =
      colon == authority.size() || (!port.empty() && port.size() <= 5 && std::ranges::all_of(port, IsDigit));
  if (!IsHost(authority.substr(0, colon)) || !port_fits) return std::nullopt;
  if (rest.find_first_of("\"<>\\^`{|}") != std::string_view::npos) return std::nullopt;
  return scheme + "://" + Lower(authority) + std::string(rest.substr(end));
}

std::optional<std::string> NormaliseEmail(std::string_view text) {
  std::string address = Tidy(text);
  if (Lower(address).starts_with("mailto:")) address.erase(0, 7);
  const std::size_t at = address.find('@');
  if (address.size() > kMaxEmail || at == std::string::npos || at == 0 || at > kMaxLocalPart) return std::nullopt;
  const std::string local = address.substr(0, at);
  const bool local_fits = std::ranges::all_of(local, [](char c) {
    return IsLetter(c) || IsDigit(c) || IsBeyondAscii(c) ||
           std::string_view(".!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
  });
  if (!local_fits || local.front() == '.' || local.back() == '.' || local.find("..") != std::string::npos) {
    return std::nullopt;
  }
  const std::string domain = Lower(std::string_view(address).substr(at + 1));
  if (!IsHost(domain) || HasBlank(address)) return std::nullopt;
  return local + "@" + domain;
}

}  // namespace allmende::registry
