// How fast rows are read and become entries, without any store: rows per second of a list like a school list.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

#include "services/registry/importing/importer.h"
#include "services/registry/importing/presets.h"

namespace allmende::importing {
namespace {

constexpr int kRows = 20'000;

std::string SchoolList() {
  std::string list =
      "Schuljahr,Schulform,Amtlicher Gemeindeschlüssel,Verwaltungsbezirk,Schulnummer,Amtliche Bezeichnung 1,"
      "Amtliche Bezeichnung 2,Amtliche Bezeichnung 3,Straße und Hausnummer,Postleitzahl,Ort,Rechtsstatus,"
      "Telefonnummer Vorwahl,Telefonnummer Durchwahl,Faxnummer Vorwahl,Faxnummer Durchwahl,"
      "Offizielle E-Mail-Adresse,Anzahl,Sozialindex,latitude,longitude,found_address,Startchancen-Schule\n";
  for (int i = 0; i < kRows; ++i) {
    list += fmt::format(
        "2024/25,Grundschule,5111000,Krfr. Stadt Musterstadt,{},Städt. Kath. Grundschule,Am See {},- Primarstufe -,"
        "Seeweg {},40468,Musterstadt,Öffentlich,211.0,{}.0,211.0,{}.0,{}@schule.example.de,220,5.0,51.27,6.78,"
        "\"Seeweg, Musterstadt\",0\n",
        100'000 + i, i, i % 200 + 1, 4'000'000 + i, 5'000'000 + i, 100'000 + i);
  }
  return list;
}

void Schools(benchmark::State& state) {
  const std::string list = SchoolList();
  const auto mapping = ParseMapping(FindPreset("nrw-schools")->json);
  for (auto _ : state) {
    Importer importer(*mapping, "musterland", "schools", AreaTable(20240101));
    constexpr std::size_t kPiece = 64 * 1024;
    std::size_t entries = 0;
    for (std::size_t at = 0; at < list.size(); at += kPiece) {
      if (!importer.Feed(std::string_view(list).substr(at, kPiece)).ok()) state.SkipWithError("not read");
      entries += importer.TakeBatch().actors.size();
    }
    if (!importer.Finish().ok() || entries + importer.TakeBatch().actors.size() != kRows)
      state.SkipWithError("rows lost");
  }
  state.SetItemsProcessed(state.iterations() * kRows);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(list.size()));
}
BENCHMARK(Schools)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace allmende::importing
