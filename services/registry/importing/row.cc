#include "services/registry/importing/row.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "services/registry/importing/clean.h"

namespace allmende::importing {
namespace {

// Germany with its islands, generously.
constexpr double kSouth = 47.2;
constexpr double kWest = 5.8;
constexpr double kNorth = 55.1;
constexpr double kEast = 15.1;

MappedPoint::Box Germany() {
  MappedPoint::Box box;
  box.set_south(kSouth);
  box.set_west(kWest);
  box.set_north(kNorth);
  box.set_east(kEast);
  return box;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool Contains(const google::protobuf::RepeatedPtrField<std::string>& texts, std::string_view text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

std::string Replaced(std::string_view text, const std::string& from, const std::string& to) {
  std::string out;
  while (true) {
    const std::size_t found = text.find(from);
    out.append(text.substr(0, found));
    if (found == std::string_view::npos) return out;
    out.append(to);
    text.remove_prefix(found + from.size());
  }
}

}  // namespace

std::string_view Row::CellOf(std::string_view column) const {
  return cells_[static_cast<std::size_t>(columns_.IndexOf(column))];
}

bool Row::Holds(const Condition& condition) const {
  const std::string_view cell = CellOf(condition.column());
  bool holds = condition.empty() && cell.empty();
  holds = holds || Contains(condition.equals(), cell);
  for (const std::string& start : condition.starts_with()) holds = holds || cell.starts_with(start);
  for (const std::string& part : condition.contains()) holds = holds || cell.find(part) != std::string_view::npos;
  if (!holds && condition.has_at_least()) {
    const auto number = ParseNumber(cell);
    holds = number && *number >= condition.at_least();
  }
  if (!holds && condition.any_bit() != 0) {
    const auto number = ParseWholeNumber(cell);
    holds = number && (*number & condition.any_bit()) != 0;
  }
  return holds != condition.otherwise();
}

std::string Row::Joined(const MappedText& way) const {
  if (way.columns().empty()) return way.constant();
  if (way.columns_size() == 1) return std::string(CellOf(way.columns(0)));
  std::string text;
  for (const std::string& column : way.columns()) {
    const std::string_view cell = CellOf(column);
    if (cell.empty()) continue;
    if (way.wrapped()) {
      AppendWrapped(text, cell);
    } else {
      if (!text.empty()) text.append(way.has_join() ? way.join() : " ");
      text.append(cell);
    }
  }
  return text;
}

std::string Row::Repaired(const MappedText& way, std::string_view part, Cell cell) const {
  std::string text(part);
  if (const std::size_t last = text.rfind(way.after()); !way.after().empty() && last != std::string::npos) {
    text.erase(0, last + way.after().size());
  }
  if (!way.until().empty()) text = Trimmed(std::string_view(text).substr(0, text.find(way.until())));
  if (way.first() > 0) text.resize(std::min(text.size(), static_cast<std::size_t>(way.first())));
  const std::string before = text;
  for (const auto& replacement : way.replace()) text = Replaced(text, replacement.from(), replacement.to());
  if (text != before) remarks_.Repaired(cell, text, Repair::kReplaced);
  const auto length = static_cast<std::size_t>(way.pad());
  if (!text.empty() && text.size() < length) {
    text.insert(0, length - text.size(), '0');
    remarks_.Repaired(cell, text, Repair::kLeadingZeros);
  }
  return text;
}

void Row::AddPart(const MappedText& way, std::string_view part, Cell cell, std::vector<Made>& made) const {
  part = Trimmed(part);
  if (part.empty()) return;
  if (Contains(way.nothing(), part)) {
    remarks_.Dropped({cell.column, part}, "der Wert sagt nichts", "the value says nothing");
    return;
  }
  std::string text = Repaired(way, part, {cell.column, part});
  if (!way.codes().empty()) {
    const auto code = way.codes().find(text);
    if (code != way.codes().end()) {
      text = code->second;
    } else if (!way.keep_unlisted()) {
      remarks_.Dropped({cell.column, part}, "die Zuordnung kennt diesen Wert nicht",
                       "the mapping does not know this value");
      return;
    }
  }
  if (text.empty()) return;
  made.push_back({way.prefix() + text, cell, &way});
}

std::vector<Row::Made> Row::MadeTexts(const Ways& ways) const {
  std::vector<Made> made;
  for (const MappedText& way : ways) {
    const bool fits = std::all_of(way.when().begin(), way.when().end(), [&](const Condition& c) { return Holds(c); });
    if (!fits) continue;
    const std::string joined = Joined(way);
    Cell cell;
    if (!way.columns().empty()) cell = {way.columns(0), CellOf(way.columns(0))};
    std::string_view rest = joined;
    while (!way.split().empty() && !rest.empty()) {
      const std::size_t end = rest.find_first_of(way.split());
      AddPart(way, rest.substr(0, end), cell, made);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    AddPart(way, rest, cell, made);
  }
  return made;
}

std::string Row::Text(const Ways& ways) const {
  for (const MappedText& way : ways) {
    const bool fits = std::all_of(way.when().begin(), way.when().end(), [&](const Condition& c) { return Holds(c); });
    if (!fits) continue;
    std::vector<Made> made;
    Cell cell;
    if (!way.columns().empty()) cell = {way.columns(0), CellOf(way.columns(0))};
    AddPart(way, Joined(way), cell, made);
    if (!made.empty()) return std::move(made.front().text);
  }
  return {};
}

std::vector<std::string> Row::Texts(const Ways& ways) const {
  std::vector<std::string> texts;
  for (Made& made : MadeTexts(ways)) {
    if (std::find(texts.begin(), texts.end(), made.text) == texts.end()) texts.push_back(std::move(made.text));
  }
  return texts;
}

std::optional<double> Row::Number(const MappedNumber& number) const {
  double sum = 0;
  int given = 0;
  const auto add = [&](const std::string& column, double sign) {
    const std::string_view cell = CellOf(column);
    if (cell.empty()) return;
    const auto value = ParseNumber(cell);
    if (!value) {
      remarks_.Dropped({column, cell}, "es ist keine Zahl", "it is not a number");
      return;
    }
    sum += sign * *value;
    ++given;
  };
  for (const std::string& column : number.columns()) add(column, 1);
  for (const std::string& column : number.minus()) add(column, -1);
  // A sum with a part missing would be a wrong number.
  if (given == 0 || given != number.columns_size() + number.minus_size()) return std::nullopt;
  return sum;
}

std::optional<std::int64_t> Row::WholeNumber(const MappedNumber& number) const {
  const auto value = Number(number);
  if (!value) return std::nullopt;
  constexpr double kMost = 1e12;
  if (std::trunc(*value) == *value && *value >= 0 && *value <= kMost) return static_cast<std::int64_t>(*value);
  const std::string_view column = number.columns().empty() ? std::string_view() : number.columns(0);
  remarks_.Dropped({column, fmt::format("{}", *value)}, "es ist keine Anzahl", "it is not a count");
  return std::nullopt;
}

std::optional<google::type::LatLng> Row::Point(const MappedPoint& point) const {
  const std::string_view latitude_cell = CellOf(point.latitude());
  const std::string_view longitude_cell = CellOf(point.longitude());
  if (latitude_cell.empty() && longitude_cell.empty()) return std::nullopt;
  const std::string both = fmt::format("{} / {}", latitude_cell, longitude_cell);
  const Cell cell{point.latitude(), both};
  const auto latitude = ParseNumber(latitude_cell);
  const auto longitude = ParseNumber(longitude_cell);
  if (!latitude || !longitude) {
    remarks_.Dropped(cell, "Breite und Länge sind nicht beide Zahlen", "latitude and longitude are not both numbers");
    return std::nullopt;
  }
  const MappedPoint::Box box = point.has_within() ? point.within() : Germany();
  if (*latitude < box.south() || *latitude > box.north() || *longitude < box.west() || *longitude > box.east()) {
    remarks_.Dropped(cell, "der Ort liegt außerhalb des Gebiets der Liste",
                     "the place lies outside of the list's region");
    return std::nullopt;
  }
  google::type::LatLng place;
  place.set_latitude(*latitude);
  place.set_longitude(*longitude);
  return place;
}

}  // namespace allmende::importing
