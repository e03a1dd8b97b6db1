#include "services/registry/rules/area.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "services/registry/rules/checks.h"

namespace allmende::registry {
namespace {

constexpr int kMostKeys = 50;
constexpr int kMostPostcodes = 300;  // Berlin has 190
constexpr int kMostPoints = 50'000;
constexpr int kMostAgeSpans = 200;
constexpr int kOldestYears = 150;
constexpr double kMostSquareKilometres = 1e6;

using Days = std::chrono::sys_days;

// First and last day of a key, both included.
struct Span {
  Days first = Days::min();
  Days last = Days::max();
};

Span SpanOf(const AreaKey& key) {
  Span span;
  if (const auto day = DayOf(key.valid_from())) span.first = *day;
  if (const auto day = DayOf(key.valid_to())) span.last = *day;
  return span;
}

bool Overlap(const Span& a, const Span& b) { return a.first <= b.last && b.first <= a.last; }

bool OnlyDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool IsOfficial(AreaKey::Scheme scheme) { return scheme == AreaKey::AGS || scheme == AreaKey::ARS; }

void CheckKeyForm(const std::string& field, const AreaKey& key, AreaKind kind, Violations& found) {
  if (!IsOfficial(key.scheme())) {
    CheckLength(field + ".value", key.value(), 1, 60, found);
    return;
  }
  const auto digits = static_cast<std::size_t>(KeyDigits(key.scheme(), kind));
  if (digits == 0) {
    AddConflict(field + ".scheme", "kind", "Gebiete dieser Art haben keinen solchen Schlüssel",
                "areas of this kind have no such key", found);
  } else if (key.value().empty()) {
    found.Add(field + ".value", Reason::FIELD_REQUIRED);
  } else if (!OnlyDigits(key.value()) || key.value().size() != digits) {
    found.Add(field + ".value", Reason::MALFORMED,
              Both("expected", fmt::format("{} Ziffern", digits), fmt::format("{} digits", digits),
                   {{"value", key.value()}}));
  }
}

void CheckKeyDays(const std::string& field, const AreaKey& key, Violations& found) {
  if (key.has_valid_from()) CheckDay(field + ".valid_from", key.valid_from(), found);
  if (key.has_valid_to()) CheckDay(field + ".valid_to", key.valid_to(), found);
  const Span span = SpanOf(key);
  if (span.first > span.last) {
    AddConflict(field + ".valid_to", field + ".valid_from", "das Ende liegt vor dem Anfang",
                "the end is before the start", found);
  }
}

// Of an ARS, the AGS is the first five and the last three digits.
bool SameMunicipality(std::string_view ags, std::string_view ars) {
  return ags.size() != 8 || ars.size() != 12 ||
         (ags.substr(0, 5) == ars.substr(0, 5) && ags.substr(5) == ars.substr(9));
}

void CheckKeyPair(const Area& area, int first, int second, Violations& found) {
  const AreaKey* a = &area.keys(first);
  const AreaKey* b = &area.keys(second);
  if (!Overlap(SpanOf(*a), SpanOf(*b))) return;
  const std::string field = At("keys", second);
  if (a->scheme() == b->scheme() && (IsOfficial(a->scheme()) || a->value() == b->value())) {
    AddConflict(field, At("keys", first), "zwei Schlüssel derselben Art gelten zur selben Zeit",
                "two keys of the same scheme are valid at the same time", found);
    return;
  }
  if (a->scheme() == AreaKey::ARS) std::swap(a, b);
  if (a->scheme() == AreaKey::AGS && b->scheme() == AreaKey::ARS && !SameMunicipality(a->value(), b->value())) {
    AddConflict(field + ".value", At("keys", first) + ".value", "AGS und ARS meinen verschiedene Gemeinden",
                "AGS and ARS mean different municipalities", found);
  }
}

void CheckKeys(const Area& area, Violations& found) {
  CheckCount("keys", area.keys_size(), kMostKeys, found);
  const int count = std::min(area.keys_size(), kMostKeys);
  for (int i = 0; i < count; ++i) {
    const std::string field = At("keys", i);
    const AreaKey& key = area.keys(i);
    if (key.scheme() == AreaKey::SCHEME_UNSPECIFIED) {
      found.Add(field + ".scheme", Reason::FIELD_REQUIRED);
      continue;
    }
    CheckKeyForm(field, key, area.kind(), found);
    CheckKeyDays(field, key, found);
    CheckTexts(field + ".successors", key.successors(), kMostKeys, 60, found);
    for (int earlier = 0; earlier < i; ++earlier) CheckKeyPair(area, earlier, i, found);
  }
}

void CheckOutline(const type::v1::Polygon& outline, Violations& found) {
  int points = 0;
  for (int i = 0; i < outline.rings_size(); ++i) {
    const auto& ring = outline.rings(i);
    const std::string field = At("outline.rings", i);
    points += ring.points_size();
    if (ring.points_size() < 3) {
      found.Add(field + ".points", Reason::OUT_OF_RANGE,
                Both("value", fmt::format("{} Punkte lang", ring.points_size()),
                     fmt::format("{} points long", ring.points_size()), {{"range", "≥ 3"}}));
    }
    if (i == 0 && ring.hole()) {
      AddConflict(field + ".hole", "outline.rings", "ein Loch braucht einen Ring vor sich",
                  "a hole needs a ring before it", found);
    }
    for (int p = 0; p < ring.points_size() && points <= kMostPoints; ++p) {
      CheckPoint(At(field + ".points", p), ring.points(p), found);
    }
  }
  CheckCount("outline", points, kMostPoints, found);
}

void CheckAgeSpans(const v1::Population& population, Violations& found) {
  CheckCount("population.by_age", population.by_age_size(), kMostAgeSpans, found);
  const int count = std::min(population.by_age_size(), kMostAgeSpans);
  const auto end = [](const v1::AgeCount& span) {
    return span.to_years() == 0 ? std::numeric_limits<int>::max() : span.to_years();
  };
  std::int64_t persons = 0;
  for (int i = 0; i < count; ++i) {
    const v1::AgeCount& span = population.by_age(i);
    const std::string field = At("population.by_age", i);
    const auto range = [&](std::string_view name, std::int64_t value, std::int64_t most) {
      if (value >= 0 && value <= most) return;
      found.Add(fmt::format("{}.{}", field, name), Reason::OUT_OF_RANGE,
                {{"value", std::to_string(value)}, {"range", fmt::format("0–{}", most)}});
    };
    range("from_years", span.from_years(), kOldestYears);
    range("to_years", span.to_years(), kOldestYears);
    range("persons", span.persons(), population.total());
    persons += std::clamp<std::int64_t>(span.persons(), 0, population.total());
    if (end(span) <= span.from_years()) {
      AddConflict(field + ".to_years", field + ".from_years", "das Ende liegt vor dem Anfang",
                  "the end is before the start", found);
    }
    for (int earlier = 0; earlier < i; ++earlier) {
      const v1::AgeCount& other = population.by_age(earlier);
      if (span.from_years() < end(other) && other.from_years() < end(span)) {
        AddConflict(field, At("population.by_age", earlier), "die Altersspannen überschneiden sich",
                    "the age spans overlap", found);
      }
    }
  }
  if (persons > population.total()) {
    AddConflict("population.by_age", "population.total", "nach Alter sind es mehr Personen als insgesamt",
                "by age there are more persons than in all", found);
  }
}

void CheckPopulation(const v1::Population& population, Violations& found) {
  constexpr std::int64_t kMost = 10'000'000'000;
  const auto range = [&](std::string_view name, std::int64_t value) {
    if (value >= 0 && value <= kMost) return true;
    found.Add(fmt::format("population.{}", name), Reason::OUT_OF_RANGE,
              {{"value", std::to_string(value)}, {"range", fmt::format("0–{}", kMost)}});
    return false;
  };
  if (population.has_as_of()) CheckDay("population.as_of", population.as_of(), found);
  const bool total = range("total", population.total());
  const bool male = range("male", population.male());
  const bool female = range("female", population.female());
  if (total && male && female && population.male() + population.female() > population.total()) {
    AddConflict("population.total", "population.male + population.female", "die Summe ist größer als die Gesamtzahl",
                "the sum is larger than the total", found);
  }
  if (total) CheckAgeSpans(population, found);
}

// From large to small. Social spaces stand beside that order.
int Level(AreaKind kind) { return kind == AreaKind::SOCIAL_SPACE ? 0 : static_cast<int>(kind); }

std::string_view Label(AreaKind kind, Language language) {
  const auto& label = v1::AreaKind_descriptor()->FindValueByNumber(kind)->options().GetExtension(options::v1::label);
  return language == Language::kGerman ? label.de() : label.en();
}

bool Continues(const AreaKey& key, const Area& parent) {
  bool comparable = false;
  for (const AreaKey& above : parent.keys()) {
    if (above.scheme() != key.scheme()) continue;
    comparable = true;
    if (key.value().starts_with(above.value())) return true;
  }
  return !comparable;
}

}  // namespace

int KeyDigits(AreaKey::Scheme scheme, AreaKind kind) {
  const bool ars = scheme == AreaKey::ARS;
  switch (kind) {
    case AreaKind::LAND:
      return 2;
    case AreaKind::GOVERNMENT_REGION:
      return 3;
    case AreaKind::PLANNING_REGION:
      return ars ? 4 : 0;
    case AreaKind::KREIS:
      return 5;
    case AreaKind::GEMEINDEVERBAND:
      return ars ? 9 : 0;
    case AreaKind::GEMEINDE:
      return ars ? 12 : 8;
    default:
      return 0;
  }
}

bool MayLieIn(AreaKind child, AreaKind parent) {
  if (child == AreaKind::SOCIAL_SPACE) return true;
  if (parent == AreaKind::SOCIAL_SPACE) return false;
  if (child == AreaKind::DISTRICT) return Level(parent) >= Level(AreaKind::KREIS);
  return Level(parent) < Level(child);
}

void CheckArea(const Area& area, Violations& found) {
  CheckLength("display_name", area.display_name(), 0, 200, found);
  CheckTexts("other_names", area.other_names(), 50, 200, found);
  CheckLength("source", area.source(), 0, 100, found);
  CheckKeys(area, found);
  CheckCount("postcodes", area.postcodes_size(), kMostPostcodes, found);
  for (int i = 0; i < area.postcodes_size(); ++i) CheckGermanPostcode(At("postcodes", i), area.postcodes(i), found);
  if (area.has_point()) CheckPoint("point", area.point(), found);
  if (area.has_outline()) CheckOutline(area.outline(), found);
  if (!(area.square_kilometres() >= 0 && area.square_kilometres() <= kMostSquareKilometres)) {
    found.Add("square_kilometres", Reason::OUT_OF_RANGE,
              {{"value", fmt::format("{}", area.square_kilometres())}, {"range", "0–1000000"}});
  }
  if (area.has_population()) CheckPopulation(area.population(), found);
}

void CheckParent(const Area& area, const Area& parent, Violations& found) {
  if (area.name() == parent.name()) {
    AddConflict("parent", "name", "ein Gebiet liegt nicht in sich selbst", "an area does not lie in itself", found);
    return;
  }
  if (area.kind() != AreaKind::AREA_KIND_UNSPECIFIED && !MayLieIn(area.kind(), parent.kind())) {
    AddConflict("parent", "kind",
                fmt::format("{} kann nicht in {} liegen", Label(area.kind(), Language::kGerman),
                            Label(parent.kind(), Language::kGerman)),
                fmt::format("{} cannot lie in {}", Label(area.kind(), Language::kEnglish),
                            Label(parent.kind(), Language::kEnglish)),
                found);
  }
  for (int i = 0; i < area.keys_size(); ++i) {
    const AreaKey& key = area.keys(i);
    if (IsOfficial(key.scheme()) && !key.has_valid_to() && !Continues(key, parent)) {
      AddConflict(At("keys", i) + ".value", "parent",
                  fmt::format("{} gehört nicht zu {}", key.value(), parent.display_name()),
                  fmt::format("{} is not part of {}", key.value(), parent.display_name()), found);
    }
  }
}

}  // namespace allmende::registry
