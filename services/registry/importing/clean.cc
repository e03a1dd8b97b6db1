#include "services/registry/importing/clean.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "services/registry/rules/normalise.h"

namespace allmende::importing {
namespace {

constexpr std::string_view kNoBreakSpace = "\xC2\xA0";
constexpr std::string_view kThinSpace = "\xE2\x80\x89";
constexpr std::string_view kNarrowNoBreakSpace = "\xE2\x80\xAF";
constexpr std::string_view kZeroWidthNoBreakSpace = "\xEF\xBB\xBF";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// The length of the blank that `text` begins with; 0 where it begins with none.
std::size_t BlankAt(std::string_view text) {
  if (text.front() == ' ') return 1;
  for (const std::string_view blank : {kNoBreakSpace, kThinSpace, kNarrowNoBreakSpace, kZeroWidthNoBreakSpace}) {
    if (text.starts_with(blank)) return blank.size();
  }
  return 0;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kEntities = {{
    {"&amp;", "&"},
    {"&quot;", "\""},
    {"&lt;", "<"},
    {"&gt;", ">"},
    {"&#39;", "'"},
    {"&apos;", "'"},
    {"&nbsp;", " "},
}};

std::string DecodeEntities(std::string_view text, bool& found) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t taken = 0;
    if (text[i] == '&') {
      for (const auto& [entity, character] : kEntities) {
        if (!text.substr(i).starts_with(entity)) continue;
        out += character;
        taken = entity.size();
      }
    }
    found = found || taken > 0;
    if (taken == 0) out.push_back(text[i]);
    i += std::max<std::size_t>(taken, 1);
  }
  return out;
}

std::string WithoutBlanks(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t blank = BlankAt(text);
    if (blank == 0) out.push_back(text.front());
    text.remove_prefix(std::max<std::size_t>(blank, 1));
  }
  return out;
}

bool IsDigits(std::string_view text) { return std::all_of(text.begin(), text.end(), IsDigit); }

// "Hauptstr.5" and "16/18" are numbers of a house, "Halle B2" and "B-15.1" are not.
bool MayStandBeforeNumber(std::string_view before) {
  if (before.back() == '.') return before.size() > 1 && IsLetter(before[before.size() - 2]);
  return std::string_view(" -/+").find(before.back()) != std::string_view::npos;
}

bool HasAnyPrefix(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  for (const std::string_view prefix : prefixes) {
    if (text.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace

bool IsClean(std::string_view utf8) {
  if (utf8.empty()) return true;
  if (utf8.front() == ' ' || utf8.back() == ' ') return false;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c > ' ' && c < 0x7F && c != '&') continue;
    if (c == ' ') {
      if (utf8[i + 1] == ' ') return false;  // not the last character
    } else if (c < 0x80) {
      return false;
    } else if ((c == 0xC2 || c == 0xE2 || c == 0xEF) && BlankAt(utf8.substr(i)) > 0) {
      return false;
    }
  }
  return true;
}

Cleaned Clean(std::string_view utf8) {
  if (IsClean(utf8)) return {std::string(utf8)};
  bool entities = false;
  const std::string decoded = DecodeEntities(utf8, entities);
  std::string_view rest = decoded;
  Cleaned out;
  bool control = false;
  bool pending = false;
  while (!rest.empty()) {
    const bool is_control = IsControl(rest.front());
    const std::size_t blank = is_control ? 1 : BlankAt(rest);
    control = control || is_control;
    if (blank > 0) {
      pending = !out.text.empty();
    } else {
      if (std::exchange(pending, false)) out.text.push_back(' ');
      out.text.push_back(rest.front());
    }
    rest.remove_prefix(std::max<std::size_t>(blank, 1));
  }
  if (out.text != utf8) out.repair = control ? Repair::kControl : entities ? Repair::kEntities : Repair::kBlanks;
  return out;
}

std::optional<double> ParseNumber(std::string_view text) {
  std::string plain = WithoutBlanks(text);
  const std::size_t last = plain.find_last_of(".,");
  if (last != std::string::npos) {
    const char decimal = plain[last];
    const char thousands = decimal == ',' ? '.' : ',';
    if (plain.find(decimal) != last) return std::nullopt;
    std::erase(plain, thousands);
    for (char& c : plain) c = c == ',' ? '.' : c;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (error != std::errc{} || end != plain.data() + plain.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::int64_t> ParseWholeNumber(std::string_view text) {
  const std::optional<double> value = ParseNumber(text);
  constexpr double kLargest = 9007199254740992.0;  // 2^53: every whole number below is exact
  if (!value || std::abs(*value) > kLargest || std::trunc(*value) != *value) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

Cleaned DropDecimals(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos || point == 0 || point + 1 == text.size()) return {std::string(text)};
  const bool digits = IsDigits(text.substr(0, point));
  const bool zeros = text.substr(point + 1).find_first_not_of('0') == std::string_view::npos;
  if (!digits || !zeros) return {std::string(text)};
  return {std::string(text.substr(0, point)), Repair::kDecimals};
}

std::optional<Cleaned> CleanPhone(std::string_view text) {
  Repair repair = Repair::kNone;
  while (text.starts_with("++")) {
    text.remove_prefix(1);
    repair = Repair::kPlus;
  }
  auto number = registry::NormalisePhone(text);
  if (!number) return std::nullopt;
  return Cleaned{*std::move(number), repair};
}

std::optional<Cleaned> JoinPhone(std::string_view area_code, std::string_view number) {
  const Cleaned code = DropDecimals(area_code);
  const Cleaned rest = DropDecimals(number);
  const bool decimals = code.repair != Repair::kNone || rest.repair != Repair::kNone;
  const bool lost_zero = !code.text.starts_with('0');
  auto joined = registry::NormalisePhone(fmt::format("{}{}{}", lost_zero ? "0" : "", code.text, rest.text));
  if (!joined || rest.text.empty()) return std::nullopt;
  return Cleaned{*std::move(joined), decimals ? Repair::kDecimals : lost_zero ? Repair::kLeadingZeros : Repair::kNone};
}

std::optional<Cleaned> CleanWebsite(std::string_view text) {
  auto url = registry::NormaliseUrl(text);
  if (!url) return std::nullopt;
  const bool had_scheme = text.find("://") != std::string_view::npos;
  return Cleaned{*std::move(url), had_scheme ? Repair::kNone : Repair::kScheme};
}

std::optional<Cleaned> CleanEmail(std::string_view text) {
  auto address = registry::NormaliseEmail(text);
  if (!address) return std::nullopt;
  return Cleaned{*std::move(address)};
}

StreetAndNumber SplitStreet(std::string_view text) {
  // Backwards over "3", "16/18", "2 b", "29 - 31", "20 a": numbers with an optional letter, joined by - / + or a dash.
  std::size_t start = text.size();
  std::size_t i = text.size();
  const auto skip_blanks = [&] {
    while (i > 0 && text[i - 1] == ' ') --i;
  };
  while (true) {
    skip_blanks();
    const std::size_t letters_end = i;
    while (i > 0 && IsLetter(text[i - 1])) --i;
    if (letters_end - i > 1) break;
    if (letters_end - i == 1) skip_blanks();
    const std::size_t digits_end = i;
    while (i > 0 && IsDigit(text[i - 1])) --i;
    if (digits_end == i || digits_end - i > 4) break;
    if (i > 0 && !MayStandBeforeNumber(text.substr(0, i))) break;
    start = i;
    skip_blanks();
    if (i == 0 || std::string_view("-/+").find(text[i - 1]) == std::string_view::npos) break;
    --i;
  }
  std::size_t street_end = start;
  while (street_end > 0 && text[street_end - 1] == ' ') --street_end;
  const std::string_view street = text.substr(0, street_end);
  // "Süderstraße 90 / Thomasstraße 20" is two addresses.
  if (start == text.size() || street.empty() || street.find('/') != std::string_view::npos)
    return {std::string(text), ""};
  return {std::string(street), std::string(text.substr(start))};
}

void AppendWrapped(std::string& text, std::string_view line) {
  if (text.empty() || line.empty()) {
    text.append(line);
    return;
  }
  const bool hyphen = text.size() > 1 && text.back() == '-' && text[text.size() - 2] != ' ';
  const bool small = line.front() >= 'a' && line.front() <= 'z';
  if (!hyphen || !small || HasAnyPrefix(line, {"und ", "u. ", "u.", "oder "})) {
    text.push_back(' ');
  } else {
    text.pop_back();
  }
  text.append(line);
}

}  // namespace allmende::importing
