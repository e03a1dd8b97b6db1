// How fast texts are folded and indexed: this runs for every imported row and every search.
#include <benchmark/benchmark.h>

#include "common/text/text.h"

namespace allmende::text {
namespace {

constexpr std::string_view kShort = "Städt. Gem. Grundschule Mühlenweg";
constexpr std::string_view kAscii = "Kindertagesstaette Regenbogen e.V.";
constexpr std::string_view kCyrillic = "Українська суботня школа";
constexpr std::string_view kLong =
    "Der Förderverein unterstützt die Schülerinnen und Schüler der Gesamtschule in allen Belangen, die über das "
    "hinausgehen, "
    "was der Schulträger leisten kann: Ausstattung der Räume, Klassenfahrten, Hausaufgabenhilfe am Nachmittag, "
    "Sprachförderung.";

void Folds(benchmark::State& state, std::string_view text) {
  for ([[maybe_unused]] auto step : state) benchmark::DoNotOptimize(Fold(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK_CAPTURE(Folds, german_name, kShort);
BENCHMARK_CAPTURE(Folds, ascii_name, kAscii);
BENCHMARK_CAPTURE(Folds, cyrillic_name, kCyrillic);
BENCHMARK_CAPTURE(Folds, paragraph, kLong);

void MakesSortKeys(benchmark::State& state) {
  for ([[maybe_unused]] auto step : state) benchmark::DoNotOptimize(SortKey(kShort));
}
BENCHMARK(MakesSortKeys);

void FindsIndexWords(benchmark::State& state) {
  for ([[maybe_unused]] auto step : state) benchmark::DoNotOptimize(IndexWords(kLong));
}
BENCHMARK(FindsIndexWords);

void MeasuresEditDistance(benchmark::State& state) {
  for ([[maybe_unused]] auto step : state) benchmark::DoNotOptimize(EditDistance("kindergarten", "kindergraten", 2));
}
BENCHMARK(MeasuresEditDistance);

void ChecksUtf8(benchmark::State& state) {
  for ([[maybe_unused]] auto step : state) benchmark::DoNotOptimize(FindInvalidUtf8(kLong));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kLong.size()));
}
BENCHMARK(ChecksUtf8);

}  // namespace
}  // namespace allmende::text
