#include "services/registry/rules/checks.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>

#include "common/text/text.h"

namespace allmende::registry {
namespace {

std::size_t Characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool Between(double value, double least, double most) { return value >= least && value <= most; }  // false for NaN

}  // namespace

std::string At(std::string_view field, int index) { return fmt::format("{}[{}]", field, index); }

void CheckLength(std::string_view field, std::string_view text, std::size_t least, std::size_t most,
                 Violations& found) {
  const std::size_t length = Characters(text);
  if (text.empty() && least > 0) {
    found.Add(std::string(field), Reason::FIELD_REQUIRED);
  } else if (length < least || length > most) {
    found.Add(std::string(field), Reason::OUT_OF_RANGE,
              Both("value", fmt::format("{} Zeichen lang", length), fmt::format("{} characters long", length),
                   {{"range", fmt::format("{}–{}", least, most)}}));
  }
}

void CheckCount(std::string_view field, int count, int most, Violations& found) {
  if (count <= most) return;
  found.Add(std::string(field), Reason::OUT_OF_RANGE,
            Both("value", fmt::format("{} Einträge lang", count), fmt::format("{} entries long", count),
                 {{"range", fmt::format("0–{}", most)}}));
}

void CheckTexts(std::string_view field, const google::protobuf::RepeatedPtrField<std::string>& texts, int most_entries,
                std::size_t most_characters, Violations& found) {
  CheckCount(field, texts.size(), most_entries, found);
  for (int i = 0; i < texts.size(); ++i) CheckLength(At(field, i), texts[i], 1, most_characters, found);
}

void CheckPoint(std::string_view field, const google::type::LatLng& point, Violations& found) {
  if (!Between(point.latitude(), -90, 90)) {
    found.Add(fmt::format("{}.latitude", field), Reason::OUT_OF_RANGE,
              {{"value", fmt::format("{}", point.latitude())}, {"range", "-90–90"}});
  }
  if (!Between(point.longitude(), -180, 180)) {
    found.Add(fmt::format("{}.longitude", field), Reason::OUT_OF_RANGE,
              {{"value", fmt::format("{}", point.longitude())}, {"range", "-180–180"}});
  }
}

void CheckIdentifiers(std::string_view field,
                      const google::protobuf::RepeatedPtrField<type::v1::Identifier>& identifiers, Violations& found) {
  constexpr int kMost = 50;
  CheckCount(field, identifiers.size(), kMost, found);
  std::map<std::string, int> first;
  for (int i = 0; i < identifiers.size(); ++i) {
    const type::v1::Identifier& identifier = identifiers[i];
    CheckLength(fmt::format("{}.scheme", At(field, i)), identifier.scheme(), 1, 60, found);
    CheckLength(fmt::format("{}.agency", At(field, i)), identifier.agency(), 0, 200, found);
    CheckLength(fmt::format("{}.value", At(field, i)), identifier.value(), 1, 100, found);
    const auto [before, is_new] = first.emplace(identifier.SerializeAsString(), i);
    if (!is_new) AddConflict(At(field, i), At(field, before->second), "zweimal dasselbe", "the same twice", found);
  }
}

void CheckCodeForm(std::string_view field, std::string_view code, Violations& found) {
  const bool fits = !code.empty() && code.size() <= 60 && std::ranges::all_of(code, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!fits) {
    found.Add(std::string(field), Reason::MALFORMED,
              Both("expected", "1 bis 60 Zeichen aus A–Z, 0–9 und _", "1 to 60 characters of A–Z, 0–9 and _",
                   {{"value", std::string(code)}}));
  }
}

void CheckGermanPostcode(std::string_view field, std::string_view postcode, Violations& found) {
  const bool fits = postcode.size() == 5 && std::ranges::all_of(postcode, [](char c) { return c >= '0' && c <= '9'; });
  if (!fits) {
    found.Add(std::string(field), Reason::MALFORMED,
              Both("expected", "fünf Ziffern, z. B. 24937", "five digits, such as 24937",
                   {{"value", std::string(postcode)}}));
  }
}

void CheckLanguage(std::string_view field, std::string_view tag, Violations& found) {
  // Language, script, region and variants of RFC 5646, section 2.1; extensions and private tags have no use here.
  static const re2::RE2 kTag(
      "[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*");
  if (re2::RE2::FullMatch(re2::StringPiece(tag.data(), tag.size()), kTag)) return;
  found.Add(std::string(field), Reason::MALFORMED,
            Both("expected", "ein Sprachkürzel nach BCP 47, z. B. de oder pt-BR", "a BCP 47 tag, such as de or pt-BR",
                 {{"value", std::string(tag)}}));
}

void AddConflict(std::string_view field, std::string_view other, std::string why_german, std::string why_english,
                 Violations& found) {
  found.Add(
      std::string(field), Reason::CONFLICTING_FIELDS,
      Both("why", std::move(why_german), std::move(why_english), {{"fields", fmt::format("{}, {}", other, field)}}));
}

std::optional<std::chrono::sys_days> DayOf(const google::type::Date& date) {
  const std::chrono::year_month_day day{std::chrono::year{date.year()},
                                        std::chrono::month{static_cast<unsigned>(date.month())},
                                        std::chrono::day{static_cast<unsigned>(date.day())}};
  const bool exists = date.year() >= 1 && date.year() <= 9999 && date.month() >= 1 && date.day() >= 1 && day.ok();
  return exists ? std::optional(std::chrono::sys_days{day}) : std::nullopt;
}

std::string ToString(std::chrono::sys_days day) {
  const std::chrono::year_month_day date{day};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

void CheckDay(std::string_view field, const google::type::Date& date, Violations& found) {
  if (DayOf(date)) return;
  found.Add(std::string(field), Reason::MALFORMED,
            Both("expected", "ein Tag, z. B. 2024-01-31", "a day, such as 2024-01-31",
                 {{"value", fmt::format("{}-{}-{}", date.year(), date.month(), date.day())}}));
}

std::string Nearest(std::string_view value, std::span<const std::string> known) {
  const std::string wanted = text::Fold(value);
  const int limit = std::clamp(static_cast<int>(wanted.size()) / 3, 1, 4);
  std::string best;
  int least = limit + 1;
  for (const std::string& candidate : known) {
    const int distance = text::EditDistance(wanted, text::Fold(candidate), limit);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace allmende::registry
