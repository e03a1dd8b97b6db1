// How long it takes to write and read JSON, beside protobuf's own.
#include <benchmark/benchmark.h>
#include <google/protobuf/util/json_util.h>

#include "allmende/registry/v1/registry_service.pb.h"
#include "services/gateway/transcode/json_reader.h"
#include "services/gateway/transcode/json_writer.h"

namespace allmende::gateway {
namespace {

registry::v1::Actor MakeActor(int number) {
  registry::v1::Actor actor;
  actor.set_name("landscapes/musterland/actors/grundschule-" + std::to_string(number));
  actor.set_revision(1000 + number);
  actor.set_etag("k3j2h4g5f6d7");
  actor.mutable_create_time()->set_seconds(1700000000);
  actor.mutable_update_time()->set_seconds(1710000000 + number);
  actor.set_display_name("Gemeinschaftsgrundschule Am Park Musterstadt");
  actor.add_kinds(registry::v1::SCHOOL);
  actor.set_sphere(registry::v1::EXTERNAL);
  actor.set_sector(registry::v1::PUBLIC);
  actor.add_life_phases("PRIMARY");
  actor.add_topics("LANGUAGE");
  actor.add_topics("READING");
  auto* phone = actor.add_channels();
  phone->set_kind(type::v1::Channel::PHONE);
  phone->set_value("+49211123456");
  auto* site = actor.add_sites();
  site->set_site("landscapes/musterland/sites/s" + std::to_string(number));
  site->mutable_address()->set_street("Straße am Park");
  site->mutable_address()->set_house_number("12a");
  site->mutable_address()->set_postcode("40210");
  site->mutable_address()->set_locality("Musterstadt");
  site->mutable_point()->set_latitude(51.2277411);
  site->mutable_point()->set_longitude(6.7734556);
  actor.set_area("landscapes/musterland/areas/05111000");
  actor.set_source("nrw-schools");
  actor.set_source_key("100" + std::to_string(number));
  return actor;
}

registry::v1::ListActorsResponse MakeList() {
  registry::v1::ListActorsResponse list;
  for (int i = 0; i < 50; ++i) *list.add_actors() = MakeActor(i);
  return list;
}

void WriteListOf50(benchmark::State& state) {
  const auto list = MakeList();
  for (auto _ : state) {
    std::string text;
    WriteJson(list, text);
    benchmark::DoNotOptimize(text.data());
  }
}
BENCHMARK(WriteListOf50)->Unit(benchmark::kMicrosecond);

void WriteListOf50ByProtobuf(benchmark::State& state) {
  const auto list = MakeList();
  for (auto _ : state) {
    std::string text;
    benchmark::DoNotOptimize(google::protobuf::util::MessageToJsonString(list, &text).ok());
    benchmark::DoNotOptimize(text.data());
  }
}
BENCHMARK(WriteListOf50ByProtobuf)->Unit(benchmark::kMicrosecond);

void ReadOne(benchmark::State& state) {
  std::string text;
  WriteJson(MakeActor(1), text);
  for (auto _ : state) {
    registry::v1::Actor actor;
    Violations violations;
    benchmark::DoNotOptimize(ReadJson(text, "actor", actor, violations));
  }
}
BENCHMARK(ReadOne)->Unit(benchmark::kMicrosecond);

void ReadOneByProtobuf(benchmark::State& state) {
  std::string text;
  WriteJson(MakeActor(1), text);
  for (auto _ : state) {
    registry::v1::Actor actor;
    benchmark::DoNotOptimize(google::protobuf::util::JsonStringToMessage(text, &actor).ok());
    benchmark::DoNotOptimize(actor);
  }
}
BENCHMARK(ReadOneByProtobuf)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace allmende::gateway
