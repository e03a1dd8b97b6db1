// An import through the store, durable: rows per second of a list like a school list, into an empty landscape and
// again.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "tests/support/import_scene.h"

namespace allmende {
namespace {

constexpr std::string_view kMapping = R"({
  "target": "ACTORS", "key": [{"columns": ["Nr"]}],
  "actor": {
    "display_name": [{"columns": ["Name"]}], "kinds": [{"constant": "SCHOOL"}],
    "life_phases": [{"columns": ["Phase"]}],
    "identifiers": [{"scheme": "school-number", "agency": "X", "value": [{"columns": ["Nr"]}]}],
    "channels": [{"kind": "PHONE", "value": [{"columns": ["Telefon"]}]}, {"kind": "EMAIL", "value": [{"columns": ["Mail"]}]}],
    "site": {"street": [{"columns": ["Straße"]}], "postcode": [{"columns": ["PLZ"]}], "locality": [{"columns": ["Ort"]}],
             "point": {"latitude": "Lat", "longitude": "Lon"}}
  }})";

std::string List(int rows) {
  std::string list = "Nr,Name,Phase,Telefon,Mail,Straße,PLZ,Ort,Lat,Lon\n";
  for (int i = 0; i < rows; ++i) {
    list += fmt::format(
        "{0},Städt. Kath. Grundschule Am See {0},PRIMARY,0211 {1},{0}@schule.example.de,Seeweg {2},40468,"
        "Musterstadt,{3},{4}\n",
        100'000 + i, 4'000'000 + i, i % 200 + 1, 51.0 + i % 1000 / 1000.0, 7.0 + i % 777 / 777.0);
  }
  return list;
}

// One line of JSON per figure.
void Measure(ImportScene& scene, const DatabaseKind& kind, const std::string& list, std::string_view figure) {
  registry::v1::ImportRequest first;
  first.set_source("bench");
  first.set_mapping(std::string(kMapping));
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t cpu = std::clock();
  const auto response = scene.Import(DocumentStream(first, list), registry::v1::ImportMapping::ACTORS, scene.Call());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double cpu_seconds = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
  if (!response.ok()) std::abort();
  const auto& counts = response->import().counts();
  fmt::print(
      "{{\"figure\": \"{}\", \"database\": \"{}\", \"rows\": {}, \"stored\": {}, \"unchanged\": {}, "
      "\"rows_per_second\": {:.0f}, \"cpu_us_per_row\": {:.1f}}}\n",
      figure, kind.name, counts.rows(), counts.stored(), counts.unchanged(),
      static_cast<double>(counts.rows()) / seconds, cpu_seconds * 1e6 / static_cast<double>(counts.rows()));
}

}  // namespace
}  // namespace allmende

int main(int argc, char** argv) {
  const int rows = argc > 1 ? std::atoi(argv[1]) : 100'000;
  const std::string list = allmende::List(rows);
  for (const allmende::DatabaseKind& kind : allmende::DatabaseKinds()) {
    if (!kind.missing_because.empty()) continue;
    allmende::ImportScene scene(kind);
    allmende::Measure(scene, kind, list, "import");
    allmende::Measure(scene, kind, list, "import_again");
  }
  return 0;
}
