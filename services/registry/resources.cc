#include "services/registry/resources.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "allmende/options/v1/options.pb.h"
#include "services/registry/follow.h"
#include "services/registry/rules/landscape.h"
#include "services/registry/rules/site.h"

namespace allmende::registry {
namespace {

using store::Column;
using store::IndexedText;
using store::Message;
using store::Place;
using store::Sorted;
using store::Terms;
using store::Transaction;

// ---- typed functions in the untyped slots of a declaration ----

template <typename T, typename F>
auto Completes(F function) {
  return [function](Transaction& tx, const Message* before, Message& after) -> absl::Status {
    return function(tx, static_cast<const T*>(before), static_cast<T&>(after));
  };
}

template <typename T, typename F>
auto Checks(F function) {
  return [function](Transaction& tx, const Message& after, Violations& found) -> absl::Status {
    return function(tx, static_cast<const T&>(after), found);
  };
}

template <typename T, typename F>
auto Follows(F function) {
  return [function](Transaction& tx, const Message* before, const Message* after) -> absl::Status {
    return function(tx, static_cast<const T*>(before), static_cast<const T*>(after));
  };
}

// ---- what they are found by ----

void AppendAll(const google::protobuf::RepeatedPtrField<std::string>& from, std::vector<std::string>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

void AppendAddress(const type::v1::Address& address, std::vector<std::string>& to) {
  for (const std::string* line : {&address.street(), &address.postcode(), &address.locality(), &address.district()}) {
    if (!line->empty()) to.push_back(*line);
  }
}

std::vector<std::string> KeysOf(const v1::Area& area) {
  std::vector<std::string> keys;
  for (const v1::AreaKey& key : area.keys()) {
    keys.push_back(key.value());
    keys.push_back(fmt::format("{}:{}", v1::AreaKey::Scheme_Name(key.scheme()), key.value()));
  }
  return keys;
}

std::vector<std::string> IdentifiersOf(const v1::Actor& actor) {
  std::vector<std::string> terms;
  for (const type::v1::Identifier& identifier : actor.identifiers()) {
    terms.push_back(identifier.value());
    terms.push_back(fmt::format("{}:{}", identifier.scheme(), identifier.value()));
  }
  return terms;
}

std::vector<std::string> PostcodesOf(const v1::Actor& actor) {
  std::vector<std::string> terms;
  for (const v1::SitePlace& site : actor.sites()) terms.push_back(site.address().postcode());
  return terms;
}

std::vector<std::string> LocalitiesOf(const v1::Actor& actor) {
  std::vector<std::string> terms;
  for (const v1::SitePlace& site : actor.sites()) terms.push_back(site.address().locality());
  return terms;
}

IndexedText TextOfArea(const v1::Area& area) {
  IndexedText text{.title = {area.display_name()}, .body = KeysOf(area)};
  AppendAll(area.other_names(), text.title);
  AppendAll(area.postcodes(), text.body);
  return text;
}

IndexedText TextOfActor(const v1::Actor& actor) {
  IndexedText text{.title = {actor.display_name()}, .body = {actor.description()}};
  AppendAll(actor.other_names(), text.title);
  for (const int kind : actor.kinds()) {
    const auto* value = v1::ActorKind_descriptor()->FindValueByNumber(kind);
    if (value != nullptr) text.body.push_back(value->options().GetExtension(options::v1::label).de());
  }
  for (const type::v1::Identifier& identifier : actor.identifiers()) text.body.push_back(identifier.value());
  for (const v1::SitePlace& site : actor.sites()) AppendAddress(site.address(), text.body);
  return text;
}

IndexedText TextOfSite(const v1::Site& site) {
  IndexedText text{.title = {site.display_name()}, .body = {}};
  AppendAddress(site.address(), text.body);
  return text;
}

Place PlaceOf(const google::type::LatLng& point) {
  return {.latitude = point.latitude(), .longitude = point.longitude()};
}

std::vector<Place> PlacesOfActor(const v1::Actor& actor) {
  std::vector<Place> places;
  for (const v1::SitePlace& site : actor.sites()) {
    if (site.has_point()) places.push_back(PlaceOf(site.point()));
  }
  return places;
}

// For what has one point of its own.
template <typename T>
std::vector<Place> PlacesOf(const T& resource) {
  return resource.has_point() ? std::vector<Place>{PlaceOf(resource.point())} : std::vector<Place>{};
}

absl::Status CompleteLandscape(Transaction& /*tx*/, const v1::Landscape* /*before*/, v1::Landscape& landscape) {
  FillDefaults(landscape);
  return absl::OkStatus();
}

absl::Status CheckLandscapeAlone(Transaction& /*tx*/, const v1::Landscape& landscape, Violations& found) {
  CheckLandscape(landscape, found);
  return absl::OkStatus();
}

absl::Status CheckSiteAlone(Transaction& /*tx*/, const v1::Site& site, Violations& found) {
  CheckSite(site, found);
  return absl::OkStatus();
}

store::ResourceType Landscapes() {
  store::ResourceType type;
  type.collection = "landscapes";
  type.columns = {Sorted("display_name"), Sorted("create_time"), Sorted("update_time")};
  type.complete = Completes<v1::Landscape>(CompleteLandscape);
  type.check = Checks<v1::Landscape>(CheckLandscapeAlone);
  return type;
}

store::ResourceType Areas() {
  store::ResourceType type;
  type.collection = "areas";
  type.columns = {Sorted("display_name"),
                  Column("kind"),
                  Column("parent"),
                  Column("source"),
                  Sorted("population", "population.total"),
                  Sorted("create_time"),
                  Sorted("update_time")};
  type.terms = {Terms("keys", store::For<v1::Area>(KeysOf)), Terms("postcodes"), Terms("within")};
  type.text = store::For<v1::Area>(TextOfArea);
  type.places = store::For<v1::Area>(PlacesOf<v1::Area>);
  type.complete = Completes<v1::Area>(CompleteArea);
  type.check = Checks<v1::Area>(CheckAreaInPlace);
  type.follow = Follows<v1::Area>(FollowArea);
  return type;
}

store::ResourceType Actors() {
  store::ResourceType type;
  type.collection = "actors";
  type.columns = {Sorted("display_name"),  Column("sphere"),      Column("sector"),     Column("legal_form"),
                  Column("area"),          Column("operator"),    Column("source"),     Column("source_key"),
                  Sorted("verified_time"), Sorted("create_time"), Sorted("update_time")};
  type.terms = {Terms("kinds"),
                Terms("life_phases"),
                Terms("topics"),
                Terms("target_groups"),
                Terms("languages"),
                Terms("funders"),
                Terms("within"),
                Terms("identifiers", store::For<v1::Actor>(IdentifiersOf)),
                Terms("postcodes", store::For<v1::Actor>(PostcodesOf)),
                Terms("localities", store::For<v1::Actor>(LocalitiesOf))};
  type.text = store::For<v1::Actor>(TextOfActor);
  type.places = store::For<v1::Actor>(PlacesOfActor);
  type.complete = Completes<v1::Actor>(CompleteActor);
  type.check = Checks<v1::Actor>(CheckActorInLandscape);
  type.follow = Follows<v1::Actor>(FollowActor);
  return type;
}

store::ResourceType Sites() {
  store::ResourceType type;
  type.collection = "sites";
  type.columns = {Sorted("display_name"),
                  Column("actor"),
                  Column("area"),
                  Column("main"),
                  Column("source"),
                  Column("postcode", "address.postcode"),
                  Column("locality", "address.locality"),
                  Sorted("create_time"),
                  Sorted("update_time")};
  type.text = store::For<v1::Site>(TextOfSite);
  type.places = store::For<v1::Site>(PlacesOf<v1::Site>);
  type.complete = Completes<v1::Site>(CompleteSite);
  type.check = Checks<v1::Site>(CheckSiteAlone);
  type.follow = Follows<v1::Site>(FollowSite);
  return type;
}

store::ResourceType Imports() {
  store::ResourceType type;
  type.collection = "imports";
  type.columns = {Column("source"),  Column("mapping"),     Column("state"),
                  Column("dry_run"), Sorted("create_time"), Sorted("update_time")};
  return type;
}

}  // namespace

const store::ResourceSpec<v1::Landscape> kLandscapes{Landscapes()};
const store::ResourceSpec<v1::Area> kAreas{Areas()};
const store::ResourceSpec<v1::Actor> kActors{Actors()};
const store::ResourceSpec<v1::Site> kSites{Sites()};
const store::ResourceSpec<v1::Import> kImports{Imports()};

std::vector<const store::ResourceType*> Resources() { return {&kLandscapes, &kAreas, &kActors, &kSites, &kImports}; }

}  // namespace allmende::registry
