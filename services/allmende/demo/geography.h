// The land of the demo: a Kreis of twelve Gemeinden in a honeycomb, each with districts, people by single year of age,
// a postcode nobody uses and official keys of a Land (99) that does not exist.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "allmende/registry/v1/area.pb.h"

namespace allmende::demo {

struct Town {
  std::string name;  // "Ahrenfurt"
  std::string area;  // its full resource name
  std::string postcode;
  std::int64_t persons = 0;
  double latitude = 0;
  double longitude = 0;
  std::vector<std::string> districts;       // names for addresses
  std::vector<std::string> district_areas;  // their full resource names, in the same order
};

struct Geography {
  std::string kreis_name;
  std::string kreis_area;
  std::vector<Town> towns;                // the first is the Kreisstadt
  std::vector<registry::v1::Area> areas;  // parents before children
};

// `kreis` 0 is Musterland. Persons add up: districts to their Gemeinde, Gemeinden to the Kreis, ages to the total.
Geography MakeGeography(const std::string& landscape, std::uint64_t seed, int kreis);

}  // namespace allmende::demo
