#include "tests/contract/store_fixture.h"

#include <fmt/format.h>

namespace allmende {

using store::Column;
using store::For;
using store::IndexedText;
using store::Place;
using store::ResourceSpec;
using store::Sorted;
using store::Terms;

const ResourceSpec<Landscape>& Landscapes() {
  static const ResourceSpec<Landscape> spec{{.collection = "landscapes", .columns = {Sorted("display_name")}}};
  return spec;
}

const ResourceSpec<Area>& Areas() {
  static const ResourceSpec<Area> spec{
      {.collection = "areas",
       .columns = {Sorted("display_name"), Sorted("kind"), Column("parent"), Sorted("square_kilometres"),
                   Sorted("population", "population.total"), Sorted("create_time")},
       .terms = {Terms("postcodes")},
       .text = For<Area>([](const Area& area) { return IndexedText{.title = {area.display_name()}, .body = {}}; }),
       .places = For<Area>([](const Area& area) {
         std::vector<Place> places;
         if (area.has_point()) places.push_back({area.point().latitude(), area.point().longitude()});
         return places;
       })}};
  return spec;
}

const ResourceSpec<Actor>& Actors() {
  static const ResourceSpec<Actor> spec{
      {.collection = "actors",
       .columns = {Sorted("display_name"), Sorted("sphere"), Column("sector"), Column("area"), Column("operator"),
                   Column("source"), Column("source_key"), Sorted("verified_time")},
       .terms = {Terms("kinds"), Terms("life_phases"), Terms("topics"), Terms("funders")},
       .text = For<Actor>([](const Actor& actor) {
         return IndexedText{.title = {actor.display_name()}, .body = {actor.description()}};
       }),
       .places = For<Actor>([](const Actor& actor) {
         std::vector<Place> places;
         for (const auto& site : actor.sites()) {
           if (site.has_point()) places.push_back({site.point().latitude(), site.point().longitude()});
         }
         return places;
       })}};
  return spec;
}

std::vector<const store::ResourceType*> TestTypes() { return {&Landscapes(), &Areas(), &Actors()}; }

Area NewArea(std::string_view display_name) {
  Area area;
  area.set_display_name(std::string(display_name));
  area.set_kind(registry::v1::GEMEINDE);
  return area;
}

Actor NewActor(std::string_view display_name) {
  Actor actor;
  actor.set_display_name(std::string(display_name));
  actor.add_kinds(registry::v1::SCHOOL);
  return actor;
}

std::string AreaName(std::string_view id) { return Areas().NameOf("test", id); }
std::string ActorName(std::string_view id) { return Actors().NameOf("test", id); }

CallContext CallIn(std::string_view landscape, std::string request_id, std::string fingerprint) {
  CallContext call;
  call.landscape = landscape;
  call.principal.subject = "key:test";
  call.request_id = std::move(request_id);
  call.fingerprint = std::move(fingerprint);
  return call;
}

absl::Status CreateLandscape(store::Store& store, std::string_view landscape) {
  CallContext call = CallIn(landscape);
  Landscape message;
  message.set_display_name(fmt::format("Landkreis {}", landscape));
  return store
      .Transact(call,
                [&](store::Transaction& tx) -> absl::StatusOr<std::string> {
                  RETURN_IF_ERROR(tx.Create(Landscapes(), landscape, message).status());
                  return std::string();
                },
                {.create_landscape = true})
      .status();
}

absl::StatusOr<std::int64_t> Write(store::Store& store, CallContext call,
                                   const std::function<absl::Status(store::Transaction&)>& body) {
  const auto reply = store.Transact(call, [&](store::Transaction& tx) -> absl::StatusOr<std::string> {
    RETURN_IF_ERROR(body(tx));
    return std::string();
  });
  if (!reply.ok()) return reply.status();
  return call.revision;
}

absl::StatusOr<std::vector<std::string>> FindAll(store::Store& store, const store::ResourceType& type,
                                                 store::Query query, std::string_view landscape) {
  std::vector<std::string> ids;
  do {
    CallContext call = CallIn(landscape);
    ASSIGN_OR_RETURN(store::QueryResult page, store.Find(call, type, query));
    for (const store::Hit& hit : page.hits) ids.push_back(hit.record.id);
    query.cursor = page.next_cursor;
  } while (!query.cursor.empty());
  return ids;
}

store::Query Filtered(std::string_view filter) {
  store::Query query;
  const auto parsed = resource::ParseFilter(filter);
  EXPECT_OK(parsed);
  if (parsed.ok()) query.filter = *parsed;
  return query;
}

void StoreTest::SetUp() {
  ALLMENDE_SKIP_WITHOUT(GetParam());
  database_ = GetParam().create();
  Reopen(TestTypes());
  ASSERT_OK(CreateLandscape(*store_, "test"));
}

void StoreTest::Reopen(const std::vector<const store::ResourceType*>& types) {
  store_.reset();
  ASSERT_OK_AND_ASSIGN(auto engine, database_->Open());
  ASSERT_OK_AND_ASSIGN(store_, store::sql::OpenSqlStore(std::move(engine), types, {.clock = &clock_}));
}

}  // namespace allmende
