#include <fmt/format.h>

#include <algorithm>

#include "services/registry/importing/clean.h"
#include "services/registry/importing/entries.h"

namespace allmende::importing {
namespace {

using registry::v1::AreaMapping;
using registry::v1::MappedPopulation;
using registry::v1::Population;

void SetParent(const Row& row, const AreaMapping& mapping, const EntryContext& context, Area& area) {
  const std::vector<Row::Made> candidates = row.MadeTexts(mapping.parent());
  for (const Row::Made& candidate : candidates) {
    if (!context.areas.Has(candidate.text)) continue;
    area.set_parent(fmt::format("landscapes/{}/areas/{}", context.landscape, candidate.text));
    return;
  }
  if (!candidates.empty()) {
    row.remarks().Note({candidates.front().cell.column, candidates.front().text}, Reason::UNKNOWN_REFERENCE,
                       {{"field", "parent"}});
  }
}

// "2019-12-31"
std::optional<google::type::Date> ParseDay(std::string_view text) {
  const auto part = [&](std::size_t start, std::size_t size) { return ParseWholeNumber(text.substr(start, size)); };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = part(0, 4);
  const auto month = part(5, 2);
  const auto day = part(8, 2);
  if (!year || !month || !day) return std::nullopt;
  google::type::Date date;
  date.set_year(static_cast<int>(*year));
  date.set_month(static_cast<int>(*month));
  date.set_day(static_cast<int>(*day));
  return date;
}

// Reports ages that do not add up to the total. Nobody can know which of the numbers is wrong: they stay as they are.
void CheckAges(const Row& row, const MappedPopulation& mapping, const Population& population) {
  if (population.by_age().empty() || population.by_age_size() != mapping.by_age_size()) return;
  std::int64_t persons = 0;
  for (const auto& span : population.by_age()) persons += span.persons();
  if (persons == population.total()) return;
  const std::string& column = mapping.total().columns(0);
  row.remarks().Note(
      {column, row.CellOf(column)}, Reason::CONFLICTING_FIELDS,
      Both("why", fmt::format("nach Alter sind es {} Personen, insgesamt {}", persons, population.total()),
           fmt::format("by age there are {} persons, in all {}", persons, population.total()),
           {{"fields", fmt::format("{}, by_age", column)}}));
}

std::optional<Population> MakePopulation(const Row& row, const MappedPopulation& mapping) {
  const auto total = mapping.has_total() ? row.WholeNumber(mapping.total()) : std::nullopt;
  if (!total) return std::nullopt;
  Population population;
  if (mapping.has_as_of()) *population.mutable_as_of() = mapping.as_of();
  for (const Row::Made& day : row.MadeTexts(mapping.day())) {
    if (const auto date = ParseDay(day.text)) {
      *population.mutable_as_of() = *date;
    } else {
      row.remarks().Dropped(day.cell, "erwartet wird ein Tag wie 2019-12-31", "expected is a day such as 2019-12-31");
    }
  }
  population.set_total(*total);
  if (mapping.has_male()) population.set_male(row.WholeNumber(mapping.male()).value_or(0));
  if (mapping.has_female()) population.set_female(row.WholeNumber(mapping.female()).value_or(0));
  for (const auto& span : mapping.by_age()) {
    const auto persons = row.WholeNumber(span.persons());
    if (!persons) continue;
    registry::v1::AgeCount& count = *population.add_by_age();
    count.set_from_years(span.from_years());
    count.set_to_years(span.to_years());
    count.set_persons(*persons);
  }
  CheckAges(row, mapping, population);
  return population;
}

void SetKeys(const Row& row, const AreaMapping& mapping, Area& area) {
  for (const auto& key_mapping : mapping.keys()) {
    const std::string value = row.Text(key_mapping.value());
    if (value.empty()) continue;
    registry::v1::AreaKey& key = *area.add_keys();
    key.set_scheme(key_mapping.scheme());
    key.set_value(value);
    if (key_mapping.has_valid_from()) *key.mutable_valid_from() = key_mapping.valid_from();
  }
}

void SetPostcodes(const Row& row, const AreaMapping& mapping, Area& area) {
  for (const Row::Made& made : row.MadeTexts(mapping.postcodes())) {
    const bool digits = std::all_of(made.text.begin(), made.text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (made.text.size() == 5 && digits) {
      area.add_postcodes(made.text);
    } else {
      row.remarks().Dropped({made.cell.column, made.text}, "eine Postleitzahl hat fünf Ziffern",
                            "a postcode has five digits");
    }
  }
}

}  // namespace

AreaEntry MakeArea(const Row& row, std::string_view key, const ImportMapping& mapping, const EntryContext& context) {
  const AreaMapping& area_mapping = mapping.area();
  AreaEntry entry;
  Area& area = entry.area;
  entry.id = key;
  if (!IsResourceId(key)) {
    row.remarks().Refuse({"", key}, Reason::MALFORMED,
                         Both("expected", "1 bis 63 Zeichen aus a–z, 0–9, Bindestrich, Punkt und Unterstrich",
                              "1 to 63 characters of a–z, 0–9, hyphen, dot and underscore", {{"field", "id"}}));
  }
  area.set_display_name(row.Text(area_mapping.display_name()));
  if (area.display_name().empty()) row.remarks().Refuse({"display_name", ""}, Reason::FIELD_REQUIRED);
  for (std::string& name : row.Texts(area_mapping.other_names())) {
    if (name != area.display_name()) area.add_other_names(std::move(name));
  }
  AreaKind kind = AreaKind::AREA_KIND_UNSPECIFIED;
  const std::vector<Row::Made> kinds = row.MadeTexts(area_mapping.kind());
  if (kinds.empty()) {
    row.remarks().Refuse({"kind", ""}, Reason::FIELD_REQUIRED);
  } else if (!registry::v1::AreaKind_Parse(kinds.front().text, &kind)) {
    row.remarks().Refuse(kinds.front().cell, Reason::UNKNOWN_CODE,
                         {{"value", kinds.front().text}, {"list", "AreaKind"}});
  }
  area.set_kind(kind);
  SetParent(row, area_mapping, context, area);
  SetKeys(row, area_mapping, area);
  if (area_mapping.has_point()) {
    if (const auto point = row.Point(area_mapping.point())) *area.mutable_point() = *point;
  }
  if (area_mapping.has_square_kilometres()) {
    area.set_square_kilometres(row.Number(area_mapping.square_kilometres()).value_or(0));
  }
  if (area_mapping.has_population()) {
    if (auto population = MakePopulation(row, area_mapping.population())) *area.mutable_population() = *population;
  }
  SetPostcodes(row, area_mapping, area);
  area.set_source(context.source);
  return entry;
}

}  // namespace allmende::importing
