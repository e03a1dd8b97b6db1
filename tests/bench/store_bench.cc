// How fast the store is on each kind of database, without any service around it. Durable as in production.
//
//   build/release/bin/store_bench [--benchmark_filter=PostgreSQL]
//
// ALLMENDE_BENCH_ACTORS sets how many actors the landscape that is read has (20,000 where it is not set).
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <map>
#include <random>

#include "common/base/ids.h"
#include "common/testing/temporary.h"
#include "tests/contract/store_fixture.h"

namespace allmende {
namespace {

using store::Query;
using store::Store;
using store::Transaction;

constexpr int kActorsPerCommit = 500;
constexpr int kWriters = 64;

int ActorsRead() {
  const char* wanted = std::getenv("ALLMENDE_BENCH_ACTORS");
  return wanted == nullptr ? 20'000 : std::atoi(wanted);
}

std::string IdOf(int number) { return fmt::format("actor-{:07}", number); }

// The same actor for the same number: a name of several words, codes, a description and a place.
Actor ActorOf(int number) {
  static constexpr std::array kKinds = {"Grundschule", "Kindertagesstätte", "Förderverein",  "Volkshochschule",
                                        "Musikschule", "Stadtbücherei",     "Jugendzentrum", "Sportverein"};
  static constexpr std::array kNames = {"Am Mühlenbach",   "Lindenhof", "Sankt Martin",  "Bürgerpark", "Sonnenschein",
                                        "Astrid Lindgren", "Weststadt", "Alte Ziegelei", "Regenbogen", "Hasenheide"};
  std::minstd_rand random(static_cast<unsigned>(number) + 1);
  Actor actor;
  actor.set_display_name(
      fmt::format("{} {} {}", kKinds[random() % kKinds.size()], kNames[random() % kNames.size()], number));
  actor.set_description(fmt::format("Angebote für Kinder, Jugendliche und Familien im Stadtteil {}. Anmeldung im Büro.",
                                    kNames[random() % kNames.size()]));
  actor.add_kinds(static_cast<registry::v1::ActorKind>(1 + random() % 20));
  actor.set_sphere(random() % 2 == 0 ? registry::v1::INTERNAL : registry::v1::EXTERNAL);
  actor.set_sector(static_cast<registry::v1::Sector>(1 + random() % 4));
  for (const char* phase : {"early-childhood", "school", "adult"}) {
    if (random() % 2 == 0) actor.add_life_phases(phase);
  }
  actor.add_topics(fmt::format("topic-{}", random() % 30));
  actor.set_source("bench");
  actor.set_source_key(IdOf(number));
  auto& point = *actor.add_sites()->mutable_point();
  point.set_latitude(51 + static_cast<double>(random() % 10'000) / 20'000);
  point.set_longitude(7 + static_cast<double>(random() % 10'000) / 20'000);
  return actor;
}

void Require(const absl::Status& status) {
  if (!status.ok()) GiveUp(Describe(status));
}

absl::Status CreateActors(Store& store, std::string_view landscape, int first, int count) {
  return Write(store, CallIn(landscape),
               [&](Transaction& tx) -> absl::Status {
                 for (int number = first; number < first + count; ++number) {
                   RETURN_IF_ERROR(tx.Create(Actors(), IdOf(number), ActorOf(number)).status());
                 }
                 return absl::OkStatus();
               })
      .status();
}

// A store of one kind with a landscape "read" full of actors and an empty one "write".
class Scene {
 public:
  explicit Scene(const DatabaseKind& kind) : database_(kind.create()) {
    auto engine = database_->Open();
    Require(engine.status());
    auto store = store::sql::OpenSqlStore(*std::move(engine), TestTypes(), {});
    Require(store.status());
    store_ = *std::move(store);
    for (const char* landscape : {"read", "write"}) Require(CreateLandscape(*store_, landscape));
    for (int number = 0; number < ActorsRead(); number += kActorsPerCommit) {
      Require(CreateActors(*store_, "read", number, std::min(kActorsPerCommit, ActorsRead() - number)));
    }
  }

  static Scene& Of(const DatabaseKind& kind) {
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<Scene>> scenes;
    const std::lock_guard lock(mutex);
    std::unique_ptr<Scene>& scene = scenes[kind.name];
    if (scene == nullptr) scene = std::make_unique<Scene>(kind);
    return *scene;
  }

  Store& store() { return *store_; }
  int NextNumbers(int count) { return next_.fetch_add(count); }

 private:
  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<Store> store_;
  std::atomic<int> next_ = 10'000'000;  // of actors to be written
};

void PointRead(benchmark::State& state, const DatabaseKind& kind) {
  Store& store = Scene::Of(kind).store();
  std::minstd_rand random(static_cast<unsigned>(state.thread_index()) + 1);
  for (auto _ : state) {
    const auto actor =
        ReadOne(store, Actors(), IdOf(static_cast<int>(random() % static_cast<unsigned>(ActorsRead()))), {}, "read");
    Require(actor.status());
    benchmark::DoNotOptimize(actor);
  }
  state.SetItemsProcessed(state.iterations());
}

void DurableCreate(benchmark::State& state, const DatabaseKind& kind) {
  Scene& scene = Scene::Of(kind);
  for (auto _ : state) {
    const int number = scene.NextNumbers(1);
    const Actor actor = ActorOf(number);
    Require(Write(scene.store(), CallIn("write", RandomId(), "fingerprint"), [&](Transaction& tx) {
              return tx.Create(Actors(), IdOf(number), actor).status();
            }).status());
  }
  state.SetItemsProcessed(state.iterations());
}

void Import(benchmark::State& state, const DatabaseKind& kind) {
  Scene& scene = Scene::Of(kind);
  for (auto _ : state) {
    Require(CreateActors(scene.store(), "write", scene.NextNumbers(kActorsPerCommit), kActorsPerCommit));
  }
  state.SetItemsProcessed(state.iterations() * kActorsPerCommit);
}

void RunQuery(benchmark::State& state, const DatabaseKind& kind, const Query& query) {
  Store& store = Scene::Of(kind).store();
  std::size_t hits = 0;
  for (auto _ : state) {
    CallContext call = CallIn("read");
    const auto result = store.Find(call, Actors(), query);
    Require(result.status());
    hits = result->hits.size();
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["hits"] = static_cast<double>(hits);
}

void List50(benchmark::State& state, const DatabaseKind& kind) {
  Query query = Filtered("sphere = INTERNAL AND life_phases:school");
  query.order = {{"display_name", false}};
  query.limit = 50;
  RunQuery(state, kind, query);
}

void SearchText(benchmark::State& state, const DatabaseKind& kind) {
  Query query;
  query.text = store::TextQuery{.text = "grundschule lindenhof", .prefix = true};
  query.limit = 20;
  RunQuery(state, kind, query);
}

void SearchTextFacetsAndRadius(benchmark::State& state, const DatabaseKind& kind) {
  Query query;
  query.text = store::TextQuery{.text = "grundschule", .prefix = true};
  query.circle = store::Circle{.center = {51.25, 7.25}, .radius_metres = 5000};
  query.facets = {"kinds", "topics"};
  query.limit = 20;
  RunQuery(state, kind, query);
}

void Register() {
  static const std::vector<DatabaseKind> kinds = DatabaseKinds();
  for (const DatabaseKind& kind : kinds) {
    if (!kind.missing_because.empty()) {
      fmt::print(stderr, "NOT MEASURED: {}: {}\n", kind.name, kind.missing_because);
      continue;
    }
    const auto add = [&](const char* name, auto function) {
      return benchmark::RegisterBenchmark(fmt::format("{}/{}", name, kind.name).c_str(), function, kind)
          ->UseRealTime()
          ->Unit(benchmark::kMicrosecond);
    };
    add("PointRead", &PointRead);
    add("PointRead", &PointRead)->Threads(8);
    add("List50", &List50);
    add("SearchText", &SearchText);
    add("SearchTextFacetsAndRadius", &SearchTextFacetsAndRadius);
    add("DurableCreate", &DurableCreate)->Threads(kWriters)->MinTime(3);
    add("Import", &Import)->MinTime(3);
  }
}

const bool kRegistered = (Register(), true);

}  // namespace
}  // namespace allmende
