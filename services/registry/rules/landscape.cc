#include "services/registry/rules/landscape.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "services/registry/rules/checks.h"

namespace allmende::registry {
namespace {

constexpr int kMostCodes = 500;
constexpr int kOldestMonths = 130 * 12;
constexpr int kMostCallsPerSecond = 100'000;

// Form, label and uniqueness of the codes of one list; where each code stands.
template <typename Entries>
std::map<std::string, int> CheckCodes(std::string_view list, const Entries& entries, Violations& found) {
  CheckCount(list, entries.size(), kMostCodes, found);
  std::map<std::string, int> positions;
  for (int i = 0; i < entries.size(); ++i) {
    const std::string entry = At(list, i);
    CheckCodeForm(entry + ".code", entries[i].code(), found);
    CheckLength(entry + ".label.de", entries[i].label().de(), 1, 200, found);
    CheckLength(entry + ".label.en", entries[i].label().en(), 0, 200, found);
    const auto [first, is_new] = positions.emplace(entries[i].code(), i);
    if (!is_new) {
      AddConflict(entry + ".code", At(list, first->second) + ".code", "zweimal derselbe Code", "the same code twice",
                  found);
    }
  }
  return positions;
}

// Every parent is in the list and no code is above itself.
template <typename Entries>
void CheckParents(std::string_view list, const Entries& entries, const std::map<std::string, int>& positions,
                  Violations& found) {
  for (int i = 0; i < entries.size(); ++i) {
    const std::string field = At(list, i) + ".parent";
    std::string above = entries[i].parent();
    for (int steps = 0; !above.empty(); ++steps) {
      const auto position = positions.find(above);
      if (position == positions.end()) {
        if (steps == 0) found.Add(field, Reason::UNKNOWN_CODE, {{"value", above}, {"list", std::string(list)}});
        break;
      }
      if (above == entries[i].code() || steps > entries.size()) {
        AddConflict(field, At(list, i) + ".code", "der Code läge über sich selbst", "the code would be above itself",
                    found);
        break;
      }
      above = entries[position->second].parent();
    }
  }
}

void CheckAges(std::string_view field, const type::v1::AgeWindow& ages, Violations& found) {
  const std::string range = fmt::format("0–{}", kOldestMonths);
  const auto out = [&](std::string_view end, int months) {
    if (months >= 0 && months <= kOldestMonths) return;
    found.Add(fmt::format("{}.{}", field, end), Reason::OUT_OF_RANGE,
              {{"value", std::to_string(months)}, {"range", range}});
  };
  out("from_months", ages.from_months());
  out("to_months", ages.to_months());
  if (ages.to_months() != 0 && ages.to_months() <= ages.from_months()) {
    AddConflict(fmt::format("{}.to_months", field), fmt::format("{}.from_months", field),
                "das Ende liegt vor dem Anfang", "the end is before the start", found);
  }
}

// "Area/City" or "UTC": the form of the names of the IANA list. Whether the zone exists is for its user to find.
bool LooksLikeTimeZone(std::string_view zone) {
  if (zone == "UTC") return true;
  const bool fits = std::ranges::all_of(zone, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '/';
  });
  return fits && zone.size() <= 60 && zone.find('/') != std::string_view::npos && zone.front() != '/' &&
         zone.back() != '/';
}

void CheckSettings(const v1::LandscapeSettings& settings, Violations& found) {
  if (!settings.language().empty()) CheckLanguage("settings.language", settings.language(), found);
  if (!settings.time_zone().empty() && !LooksLikeTimeZone(settings.time_zone())) {
    found.Add("settings.time_zone", Reason::MALFORMED,
              Both("expected", "eine IANA-Zeitzone, z. B. Europe/Berlin", "an IANA time zone, such as Europe/Berlin",
                   {{"value", settings.time_zone()}}));
  }
  if (settings.has_territorial_status()) CheckDay("settings.territorial_status", settings.territorial_status(), found);
  if (settings.calls_per_second() < 0 || settings.calls_per_second() > kMostCallsPerSecond) {
    found.Add(
        "settings.calls_per_second", Reason::OUT_OF_RANGE,
        {{"value", std::to_string(settings.calls_per_second())}, {"range", fmt::format("0–{}", kMostCallsPerSecond)}});
  }
}

}  // namespace

void CheckLandscape(const Landscape& landscape, Violations& found) {
  CheckLength("display_name", landscape.display_name(), 0, 200, found);
  CheckIdentifiers("keys", landscape.keys(), found);
  CheckSettings(landscape.settings(), found);
  CheckCodes("life_phases", landscape.life_phases(), found);
  for (int i = 0; i < landscape.life_phases_size(); ++i) {
    CheckAges(At("life_phases", i) + ".ages", landscape.life_phases(i).ages(), found);
  }
  CheckParents("topics", landscape.topics(), CheckCodes("topics", landscape.topics(), found), found);
  CheckParents("target_groups", landscape.target_groups(),
               CheckCodes("target_groups", landscape.target_groups(), found), found);
}

}  // namespace allmende::registry
