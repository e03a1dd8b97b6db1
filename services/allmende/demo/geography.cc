#include "services/allmende/demo/geography.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

#include "services/allmende/demo/dice.h"
#include "services/allmende/demo/words.h"

namespace allmende::demo {
namespace {

using registry::v1::Area;
using registry::v1::AreaKey;
using registry::v1::Population;

constexpr int kTowns = 12;
constexpr int kOldestAge = 100;       // "100 and older" is the last row
constexpr double kCellMetres = 5200;  // from the middle of a Gemeinde's hexagon to a corner
constexpr double kMetresPerDegree = 111'320;
constexpr std::string_view kSource = "demo";
// Share of the Kreis's people per Gemeinde, in parts of 1000: a Kreisstadt, some towns, many villages.
constexpr std::array<int, kTowns> kShares{285, 140, 105, 90, 82, 70, 60, 52, 41, 33, 25, 17};

using Ages = std::vector<std::int64_t>;  // persons by single year of age, 0 to kOldestAge

// How many people of each age there are, relative to each other: a small base, the large cohorts of the 1960s, a tail.
std::vector<double> AgeWeights(Dice& dice) {
  std::vector<double> weights;
  const double old_tilt = 1.0 + dice.Between(-12, 12) / 100.0;
  for (int age = 0; age <= kOldestAge; ++age) {
    const double boomers = 0.62 * std::exp(-std::pow((age - 58) / 9.0, 2));
    const double their_children = 0.28 * std::exp(-std::pow((age - 33) / 8.0, 2));
    const double survival = age < 62 ? 1.0 : std::exp(-std::pow((age - 62) / 22.0, 2));
    const double noise = 1.0 + dice.Between(-6, 6) / 100.0;
    weights.push_back((0.85 + boomers + their_children) * survival * noise * (age > 60 ? old_tilt : 1.0));
  }
  return weights;
}

// Splits `total` by weight so that the parts add up exactly (largest remainder).
std::vector<std::int64_t> Apportion(std::int64_t total, const std::vector<double>& weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<std::int64_t> parts;
  std::vector<std::pair<double, std::size_t>> remainders;
  std::int64_t given = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double exact = static_cast<double>(total) * weights[i] / sum;
    parts.push_back(static_cast<std::int64_t>(exact));
    given += parts.back();
    remainders.emplace_back(exact - std::floor(exact), i);
  }
  std::ranges::sort(remainders, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  for (std::size_t i = 0; given < total; ++i, ++given) ++parts[remainders[i].second];
  return parts;
}

Population PopulationOf(const Ages& ages) {
  Population population;
  population.mutable_as_of()->set_year(2023);
  population.mutable_as_of()->set_month(12);
  population.mutable_as_of()->set_day(31);
  std::int64_t female = 0;
  for (int age = 0; age <= kOldestAge; ++age) {
    auto& row = *population.add_by_age();
    row.set_from_years(age);
    row.set_to_years(age == kOldestAge ? 0 : age + 1);
    row.set_persons(ages[age]);
    population.set_total(population.total() + ages[age]);
    // Slightly more boys are born; from the late fifties on women are the majority.
    female += ages[age] * (age < 58 ? 487 : std::min(487 + (age - 58) * 8, 780)) / 1000;
  }
  population.set_female(female);
  population.set_male(population.total() - female);
  return population;
}

void AddKey(Area& area, AreaKey::Scheme scheme, std::string value) {
  auto& key = *area.add_keys();
  key.set_scheme(scheme);
  key.set_value(std::move(value));
  if (scheme == AreaKey::LOCAL) return;
  key.mutable_valid_from()->set_year(1990);
  key.mutable_valid_from()->set_month(10);
  key.mutable_valid_from()->set_day(3);
}

// Rounded so that neighbours, computed from different middles, name their common corner alike.
void SetPoint(google::type::LatLng& point, double latitude, double longitude) {
  point.set_latitude(std::round(latitude * 1e5) / 1e5);
  point.set_longitude(std::round(longitude * 1e5) / 1e5);
}

struct Grid {
  double latitude = 0;
  double longitude = 0;
  double metres_per_degree_east = 0;

  // Every Kreis has its own rectangle on a grid of 20 columns; Musterland lies in the middle of it.
  explicit Grid(int kreis) {
    const int cell = (kreis + 410) % 1000;
    latitude = 47.6 + cell / 20 * 0.24;
    longitude = 6.2 + cell % 20 * 0.6;
    metres_per_degree_east = kMetresPerDegree * std::cos(latitude * std::numbers::pi / 180);
  }
  double North(double metres) const { return latitude + metres / kMetresPerDegree; }
  double East(double metres) const { return longitude + metres / metres_per_degree_east; }
};

void AddHexagon(Area& area, const Grid& grid, double north, double east) {
  auto& ring = *area.mutable_outline()->add_rings();
  for (int corner = 0; corner < 6; ++corner) {
    const double angle = (corner * 60 + 30) * std::numbers::pi / 180;
    SetPoint(*ring.add_points(), grid.North(north + kCellMetres * std::sin(angle)),
             grid.East(east + kCellMetres * std::cos(angle)));
  }
  area.set_square_kilometres(std::round(1.5 * std::sqrt(3.0) * kCellMetres * kCellMetres / 1e4) / 100);
}

Area NewArea(const std::string& landscape, const std::string& id, std::string_view name, registry::v1::AreaKind kind,
             const std::string& parent) {
  Area area;
  area.set_name(fmt::format("landscapes/{}/areas/{}", landscape, id));
  area.set_display_name(std::string(name));
  area.set_kind(kind);
  area.set_parent(parent);
  area.set_source(std::string(kSource));
  return area;
}

// Districts share the Gemeinde's people age by age, so that both add up.
void AddDistricts(Geography& geography, Town& town, const std::string& landscape, const std::string& ags,
                  const Ages& ages, const Grid& grid, Dice& dice) {
  const int count = std::min<int>(2 + static_cast<int>(town.persons / 5000), 9);
  const auto names = WordsFor("district");
  const int first = dice.Below(static_cast<int>(names.size()));
  std::vector<double> shares;
  for (int i = 0; i < count; ++i) shares.push_back(i == 0 ? 3.0 : 1.0 + dice.Below(10) / 10.0);
  std::vector<Ages> districts(count, Ages(kOldestAge + 1));
  for (int age = 0; age <= kOldestAge; ++age) {
    const auto parts = Apportion(ages[age], shares);
    for (int i = 0; i < count; ++i) districts[i][age] = parts[i];
  }
  for (int i = 0; i < count; ++i) {
    const std::string name(i == 0 ? names[0] : names[1 + (first + i) % (names.size() - 1)]);
    Area area = NewArea(landscape, fmt::format("{}-{:02}", ags, i + 1), fmt::format("{}-{}", town.name, name),
                        registry::v1::DISTRICT, town.area);
    AddKey(area, AreaKey::LOCAL, fmt::format("{:02}", i + 1));
    const double angle = i * 2.4;  // the golden angle spreads them evenly
    const double away = i == 0 ? 0 : 1200.0 + 2200.0 * i / count;
    SetPoint(*area.mutable_point(), town.latitude + away * std::sin(angle) / kMetresPerDegree,
             town.longitude + away * std::cos(angle) / grid.metres_per_degree_east);
    *area.mutable_population() = PopulationOf(districts[i]);
    area.add_postcodes(town.postcode);
    town.districts.push_back(name);
    town.district_areas.push_back(area.name());
    geography.areas.push_back(std::move(area));
  }
}

}  // namespace

Geography MakeGeography(const std::string& landscape, std::uint64_t seed, int kreis) {
  Dice dice(seed, "geography", kreis);
  const Grid grid(kreis);
  const std::string kreis_key = fmt::format("99{:03}", kreis + 1);

  Geography geography;
  geography.kreis_name = KreisName(kreis);
  geography.areas.push_back(NewArea(landscape, kreis_key, geography.kreis_name, registry::v1::KREIS, ""));
  geography.kreis_area = geography.areas[0].name();
  AddKey(geography.areas[0], AreaKey::AGS, kreis_key);
  AddKey(geography.areas[0], AreaKey::ARS, kreis_key);

  const std::int64_t persons = 158'000 + dice.Below(9000);
  const auto town_persons = Apportion(persons, {kShares.begin(), kShares.end()});
  Ages everybody(kOldestAge + 1);
  for (int i = 0; i < kTowns; ++i) {
    const double east = (i % 4 + (i / 4 % 2) * 0.5) * std::sqrt(3.0) * kCellMetres;
    const double north = i / 4 * 1.5 * kCellMetres;
    const Ages ages = Apportion(town_persons[i], AgeWeights(dice));
    const std::string ags = fmt::format("{}{:03}", kreis_key, i + 1);

    Town town;
    town.name = TownName(12 * kreis + i);
    town.persons = town_persons[i];
    town.postcode = fmt::format("05{:03}", (kreis * kTowns + i) % 1000);
    town.latitude = grid.North(north);
    town.longitude = grid.East(east);
    Area area = NewArea(landscape, ags, town.name, registry::v1::GEMEINDE, geography.kreis_area);
    town.area = area.name();
    AddKey(area, AreaKey::AGS, ags);
    AddKey(area, AreaKey::ARS, fmt::format("{}0{:03}{:03}", kreis_key, i + 1, i + 1));
    SetPoint(*area.mutable_point(), town.latitude, town.longitude);
    AddHexagon(area, grid, north, east);
    *area.mutable_population() = PopulationOf(ages);
    area.add_postcodes(town.postcode);
    geography.areas.push_back(std::move(area));
    AddDistricts(geography, town, landscape, ags, ages, grid, dice);
    for (int age = 0; age <= kOldestAge; ++age) everybody[age] += ages[age];
    geography.towns.push_back(std::move(town));
  }
  Area& whole = geography.areas[0];
  *whole.mutable_population() = PopulationOf(everybody);
  SetPoint(*whole.mutable_point(), geography.towns[0].latitude, geography.towns[0].longitude);
  whole.set_square_kilometres(kTowns * geography.areas[1].square_kilometres());
  return geography;
}

}  // namespace allmende::demo
