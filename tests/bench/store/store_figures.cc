// How fast the store itself is, without any service around it: one JSON line per figure.
//   store_figures [SQLite|PostgreSQL] [ROWS]
#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <random>
#include <thread>

#include "common/testing/temporary.h"
#include "tests/contract/store_fixture.h"

namespace allmende {
namespace {

using store::Transaction;
using Seconds = std::chrono::duration<double>;
using std::chrono::steady_clock;

constexpr std::size_t kRowsPerImport = 1000;

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <typename T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) GiveUp(Describe(result.status()));
  return *std::move(result);
}

// Runs `work` and reports how often per second its unit of work was done.
void Measure(std::string_view figure, std::size_t units, const std::function<void()>& work) {
  const double cpu = CpuSeconds();
  const auto start = steady_clock::now();
  work();
  const double seconds = Seconds(steady_clock::now() - start).count();
  fmt::print("{{\"figure\":\"{}\",\"per_second\":{:.0f},\"cpu_us\":{:.1f}}}\n", figure,
             static_cast<double>(units) / seconds, (CpuSeconds() - cpu) * 1e6 / static_cast<double>(units));
  std::fflush(stdout);
}

// Runs `work` many times and reports the distribution of its time.
void MeasureEach(std::string_view figure, int times, const std::function<void(int)>& work) {
  std::vector<double> milliseconds;
  const double cpu = CpuSeconds();
  for (int i = 0; i < times; ++i) {
    const auto start = steady_clock::now();
    work(i);
    milliseconds.push_back(Seconds(steady_clock::now() - start).count() * 1e3);
  }
  const double cpu_us = (CpuSeconds() - cpu) * 1e6 / times;
  std::sort(milliseconds.begin(), milliseconds.end());
  fmt::print("{{\"figure\":\"{}\",\"p50_ms\":{:.2f},\"p99_ms\":{:.2f},\"max_ms\":{:.2f},\"cpu_us\":{:.0f}}}\n", figure,
             milliseconds[milliseconds.size() / 2], milliseconds[milliseconds.size() * 99 / 100], milliseconds.back(),
             cpu_us);
  std::fflush(stdout);
}

constexpr const char* kKinds[] = {"Grundschule", "Kindertagesstätte", "Musikschule",     "Förderverein",  "Sportverein",
                                  "Bibliothek",  "Volkshochschule",   "Beratungsstelle", "Jugendzentrum", "Realschule"};
constexpr const char* kNames[] = {"Sonnenblume",  "Astrid Lindgren", "am Markt",      "Pestalozzi",
                                  "Regenbogen",   "Löwenzahn",       "Erich Kästner", "am Mühlenberg",
                                  "Kunterbunt",   "Wirbelwind",      "Goethe",        "Schiller",
                                  "an der Eiche", "Pusteblume",      "Zauberwald",    "Spatzennest"};

std::string TownOf(std::size_t i) { return fmt::format("Neustadt{}", i % 1200); }

Actor ActorNumber(std::size_t i) {
  Actor actor = NewActor(fmt::format("{} {} {}", kKinds[i % 10], kNames[(i / 10) % 16], TownOf(i / 160)));
  actor.set_kinds(0, static_cast<registry::v1::ActorKind>(1 + i * 7919 / 100 % 20));
  actor.set_sphere(static_cast<registry::v1::Sphere>(1 + i * 7919 / 1000 % 2));
  actor.set_source("list");
  actor.set_source_key(std::to_string(i));
  actor.set_area(AreaName(fmt::format("area{}", i % 12)));
  actor.add_life_phases(i % 3 == 0 ? "EARLY" : "PRIMARY");
  actor.add_topics(fmt::format("TOPIC{}", i * 7919 / 10 % 15));
  actor.set_description("Einrichtung der Bildungslandschaft mit offenem Angebot am Nachmittag");
  auto& site = *actor.add_sites();
  site.mutable_address()->set_street("Hauptstraße");
  site.mutable_address()->set_postcode(fmt::format("{:05}", 10000 + i % 500));
  std::minstd_rand random(static_cast<unsigned>(i + 1));
  site.mutable_point()->set_latitude(54 + static_cast<double>(random() % 10000) / 10000);
  site.mutable_point()->set_longitude(9 + static_cast<double>(random() % 10000) / 10000);
  return actor;
}

std::string IdOf(std::size_t i) { return fmt::format("actor-{:020}", i); }

void Import(store::Store& store, std::size_t rows) {
  Must(Write(store, CallIn("test"), [](Transaction& tx) -> absl::Status {
    for (int i = 0; i < 12; ++i)
      RETURN_IF_ERROR(tx.Create(Areas(), fmt::format("area{}", i), NewArea("Dorf")).status());
    return absl::OkStatus();
  }));
  std::vector<Actor> actors;
  for (std::size_t i = 0; i < rows; ++i) actors.push_back(ActorNumber(i));
  Measure("import, rows in transactions of 1000", rows, [&] {
    for (std::size_t first = 0; first < rows; first += kRowsPerImport) {
      Must(Write(store, CallIn("test"), [&](Transaction& tx) -> absl::Status {
        for (std::size_t i = first; i < std::min(first + kRowsPerImport, rows); ++i) {
          RETURN_IF_ERROR(tx.Create(Actors(), IdOf(i), actors[i]).status());
        }
        return absl::OkStatus();
      }));
    }
  });
  Measure("import again, nothing changed", rows, [&] {
    for (std::size_t first = 0; first < rows; first += kRowsPerImport) {
      Must(Write(store, CallIn("test"), [&](Transaction& tx) -> absl::Status {
        for (std::size_t i = first; i < std::min(first + kRowsPerImport, rows); ++i) {
          RETURN_IF_ERROR(tx.Replace(Actors(), IdOf(i), actors[i]).status());
        }
        return absl::OkStatus();
      }));
    }
  });
}

void WriteAtOnce(store::Store& store, int writers, int each) {
  Measure(fmt::format("durable writes, {} writers", writers), static_cast<std::size_t>(writers * each), [&] {
    std::vector<std::thread> threads;
    for (int writer = 0; writer < writers; ++writer) {
      threads.emplace_back([&, writer] {
        for (int i = 0; i < each; ++i) {
          Actor actor = ActorNumber(static_cast<std::size_t>(i));
          Must(CreateOne(store, Actors(), fmt::format("w{}-{}-{}", writers, writer, i), actor));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
}

void ReadOneByOne(store::Store& store, std::size_t rows, int threads) {
  constexpr int kReads = 50'000;
  Measure(fmt::format("point reads, {} threads", threads), kReads, [&] {
    std::vector<std::thread> readers;
    for (int reader = 0; reader < threads; ++reader) {
      readers.emplace_back([&, reader] {
        std::minstd_rand random(static_cast<unsigned>(reader + 1));
        for (int i = 0; i < kReads / threads; ++i) {
          CallContext call = CallIn("test");
          const std::string id = IdOf(random() % rows);
          if (!Must(store.Read(call, Actors(), std::span(&id, 1), {})).front().has_value())
            GiveUp("a record is missing");
        }
      });
    }
    for (std::thread& reader : readers) reader.join();
  });
}

void Search(store::Store& store) {
  const auto find = [&](const store::Query& query) {
    CallContext call = CallIn("test");
    if (Must(store.Find(call, Actors(), query)).hits.empty()) GiveUp("a search finds nothing");
  };
  store::Query list = Filtered("sphere = INTERNAL");
  list.order = {{"display_name", false}};
  MeasureEach("list of 50, filtered and sorted", 300, [&](int) { find(list); });
  store::Query by_terms = Filtered("kinds:SCHOOL OR topics:TOPIC3");
  by_terms.order = {{"display_name", false}};
  MeasureEach("list of 50, by terms and sorted", 100, [&](int) { find(by_terms); });

  MeasureEach("text, two words", 300, [&](int i) {
    store::Query query;
    query.text = store::TextQuery{fmt::format("{} {}", kKinds[i % 10], kNames[i % 16]), false};
    query.limit = 20;
    find(query);
  });
  MeasureEach("text, one frequent word", 100, [&](int i) {
    store::Query query;
    query.text = store::TextQuery{kKinds[i % 10], false};
    query.limit = 20;
    find(query);
  });
  MeasureEach("radius of 2 km", 300, [&](int i) {
    store::Query query;
    query.circle = store::Circle{{54.3 + i * 0.001, 9.5}, 2000};
    query.limit = 20;
    find(query);
  });
  MeasureEach("text, facets and radius of 5 km", 300, [&](int i) {
    store::Query query;
    query.text = store::TextQuery{kKinds[i % 10], true};
    query.circle = store::Circle{{54.3 + i * 0.001, 9.5}, 5000};
    query.facets = {"kinds", "topics", "sphere"};
    query.limit = 20;
    query.count_total = true;
    find(query);
  });
  MeasureEach("facets over everything", 30, [&](int) {
    store::Query query;
    query.facets = {"kinds", "topics", "sphere"};
    find(query);
  });
  MeasureEach("suggestions", 100, [&](int) {
    CallContext call = CallIn("test");
    if (Must(store.Suggest(call, Actors(), "Volkshochshcule Pestalozi", 3)).empty()) GiveUp("nothing is suggested");
  });
}

int Main(int argc, char** argv) {
  const std::string wanted = argc > 1 ? argv[1] : "SQLite";
  const std::size_t rows = argc > 2 ? std::stoul(argv[2]) : 100'000;
  for (const DatabaseKind& kind : DatabaseKinds()) {
    if (kind.name != wanted) continue;
    const auto database = kind.create();
    const auto store = Must(store::sql::OpenSqlStore(Must(database->Open()), TestTypes(), {}));
    if (!CreateLandscape(*store, "test").ok()) GiveUp("no landscape");
    Import(*store, rows);
    WriteAtOnce(*store, 1, 200);
    WriteAtOnce(*store, 64, 150);
    ReadOneByOne(*store, rows, 1);
    ReadOneByOne(*store, rows, 2);
    Search(*store);
  }
  return 0;
}

}  // namespace
}  // namespace allmende

int main(int argc, char** argv) { return allmende::Main(argc, argv); }
