// What people type, and whom they find.
#include <gmock/gmock.h>

#include <functional>

#include "tests/support/registry_app.h"

namespace allmende {
namespace {

using namespace registry::v1;  // NOLINT(google-build-using-namespace): the messages of the tests
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Search : public RegistryTest {
 protected:
  void Add(const std::string& id, const std::string& name, ActorKind kind, const std::string& description = {},
           double latitude = 0, double longitude = 0) {
    Actor actor;
    actor.set_display_name(name);
    actor.set_description(description);
    actor.add_kinds(kind);
    ASSERT_OK(CreateActor(id, actor));
    if (latitude == 0) return;
    CreateSiteRequest request;
    request.set_parent(parent());
    request.mutable_site()->set_actor(Name("actors", id));
    request.mutable_site()->mutable_point()->set_latitude(latitude);
    request.mutable_site()->mutable_point()->set_longitude(longitude);
    request.mutable_site()->mutable_address()->set_street("Lange Straße");
    ASSERT_OK(Call(&Stub::CreateSite, request));
  }

  SearchActorsResponse Find(const std::string& query, const std::function<void(SearchActorsRequest&)>& more = {}) {
    SearchActorsRequest request;
    request.set_parent(parent());
    request.set_query(query);
    if (more) more(request);
    const auto response = Call(&Stub::SearchActors, request);
    EXPECT_OK(response);
    return response.value_or(SearchActorsResponse());
  }

  static std::vector<std::string> Names(const SearchActorsResponse& response) {
    std::vector<std::string> names;
    for (const ActorHit& hit : response.hits()) names.push_back(hit.actor().display_name());
    return names;
  }
};

TEST_F(Search, FindsUmlautsHoweverTheyAreWritten) {
  Add("a", "Käthe-Kollwitz-Förderschule", SCHOOL);
  for (const char* query : {"Käthe", "kaethe", "KÄTHE", "Foerderschule", "förderschule"}) {
    EXPECT_THAT(Names(Find(query)), ElementsAre("Käthe-Kollwitz-Förderschule")) << query;
  }
}

TEST_F(Search, TreatsSharpSAsDoubleS) {
  Add("a", "Schule am Schloßpark", SCHOOL);
  EXPECT_THAT(Names(Find("schlosspark")), ElementsAre("Schule am Schloßpark"));
  EXPECT_THAT(Names(Find("Schloßpark")), ElementsAre("Schule am Schloßpark"));
}

TEST_F(Search, LooksPastWordEndings) {
  Add("a", "Verein der Bibliotheken", ASSOCIATION);
  EXPECT_THAT(Names(Find("Bibliothek")), ElementsAre("Verein der Bibliotheken"));
}

TEST_F(Search, WantsEveryWord) {
  Add("a", "Turnverein Nord", ASSOCIATION);
  Add("b", "Turnverein Süd", ASSOCIATION);
  EXPECT_THAT(Names(Find("turnverein süd")), ElementsAre("Turnverein Süd"));
  EXPECT_THAT(Names(Find("turnverein")), UnorderedElementsAre("Turnverein Nord", "Turnverein Süd"));
}

TEST_F(Search, PutsNamesBeforeDescriptions) {
  Add("a", "Jugendhaus", ASSOCIATION, "Mit einem Chor für alle");
  Add("b", "Chor der Stadt", ASSOCIATION);
  EXPECT_THAT(Names(Find("chor")), ElementsAre("Chor der Stadt", "Jugendhaus"));
}

TEST_F(Search, FindsBySchoolNumberKindAndStreet) {
  Actor actor;
  actor.set_display_name("GGS Am Park");
  actor.add_kinds(ADULT_EDUCATION_CENTRE);
  type::v1::Identifier& number = *actor.add_identifiers();
  number.set_scheme("school-number");
  number.set_value("161019");
  ASSERT_OK(CreateActor("a", actor));
  EXPECT_THAT(Names(Find("161019")), ElementsAre("GGS Am Park"));
  EXPECT_THAT(Names(Find("Volkshochschule")), ElementsAre("GGS Am Park"));
  Add("b", "Kita", CHILDCARE_FACILITY, "", 54.78, 9.43);
  EXPECT_THAT(Names(Find("lange strasse")), ElementsAre("Kita"));
}

TEST_F(Search, CompletesTheLastWordWhileOneTypes) {
  Add("a", "Musikschule", MUSIC_ARTS_SCHOOL);
  EXPECT_THAT(Names(Find("mus")), IsEmpty());
  EXPECT_THAT(Names(Find("mus", [](auto& request) { request.set_prefix(true); })), ElementsAre("Musikschule"));
}

TEST_F(Search, CountsWhatThereIs) {
  Add("a", "Schule Eins", SCHOOL);
  Add("b", "Schule Zwei", SCHOOL);
  Add("c", "Verein der Schule", ASSOCIATION);
  const SearchActorsResponse response = Find("schule", [](auto& request) {
    request.add_facets("kinds");
    request.set_page_size(1);
  });
  EXPECT_EQ(response.total_size(), 3);
  EXPECT_EQ(response.hits_size(), 1);
  ASSERT_EQ(response.facets_size(), 1);
  EXPECT_EQ(response.facets(0).field(), "kinds");
  ASSERT_EQ(response.facets(0).values_size(), 2);
  EXPECT_EQ(response.facets(0).values(0).value(), "SCHOOL");
  EXPECT_EQ(response.facets(0).values(0).count(), 2);
  EXPECT_EQ(response.facets(0).values(1).count(), 1);
}

TEST_F(Search, LooksAroundAPlaceAndSaysHowFar) {
  Add("near", "Nah", SCHOOL, "", 54.7833, 9.4333);
  Add("far", "Fern", SCHOOL, "", 54.7833, 9.50);
  Add("away", "Fort", SCHOOL, "", 54.32, 10.13);
  const SearchActorsResponse response = Find("", [](auto& request) {
    request.mutable_center()->set_latitude(54.7833);
    request.mutable_center()->set_longitude(9.4333);
    request.set_radius_metres(5'000);
  });
  EXPECT_THAT(Names(response), ElementsAre("Nah", "Fern"));
  EXPECT_NEAR(response.hits(0).distance_metres(), 0, 1);
  EXPECT_NEAR(response.hits(1).distance_metres(), 4'280, 50);  // 0.0667 degrees of longitude at 54.78 degrees north
}

TEST_F(Search, NarrowsDownByFilterAndGoesThroughPages) {
  for (int i = 0; i < 5; ++i) Add("a" + std::to_string(i), "Schule " + std::to_string(i), SCHOOL);
  Add("z", "Schule des Vereins", ASSOCIATION);
  std::vector<std::string> all;
  std::string token;
  do {
    const SearchActorsResponse page = Find("schule", [&](auto& request) {
      request.set_filter("kinds:SCHOOL");
      request.set_order_by("display_name desc");
      request.set_page_size(2);
      request.set_page_token(token);
      request.mutable_read_mask()->add_paths("display_name");
    });
    for (const std::string& name : Names(page)) all.push_back(name);
    for (const ActorHit& hit : page.hits()) EXPECT_EQ(hit.actor().kinds_size(), 0);
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_THAT(all, ElementsAre("Schule 4", "Schule 3", "Schule 2", "Schule 1", "Schule 0"));
}

TEST_F(Search, SuggestsWhatWasProbablyMeant) {
  Add("a", "Gymnasium am Markt", SCHOOL);
  const SearchActorsResponse response = Find("gymnasum");
  EXPECT_EQ(response.total_size(), 0);
  ASSERT_GT(response.suggestions_size(), 0);
  EXPECT_EQ(Find(response.suggestions(0)).total_size(), 1);
  EXPECT_EQ(Find("gymnasium").suggestions_size(), 0);
}

}  // namespace
}  // namespace allmende
