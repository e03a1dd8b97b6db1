// Every method of the registry once as it should be, through real gRPC; and what follows a change in the same commit.
#include <gmock/gmock.h>

#include "tests/support/registry_app.h"

namespace allmende {
namespace {

using namespace registry::v1;  // NOLINT(google-build-using-namespace): the messages of the tests
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Registry : public RegistryTest {
 protected:
  absl::Status Update(Site site, const std::string& path) {
    UpdateSiteRequest request;
    *request.mutable_site() = std::move(site);
    request.mutable_update_mask()->add_paths(path);
    return Call(&Stub::UpdateSite, request).status();
  }
  absl::Status DeleteActor(const std::string& id) {
    DeleteActorRequest request;
    request.set_name(Name("actors", id));
    return Call(&Stub::DeleteActor, request).status();
  }
  std::vector<std::string> ActorsWith(const std::string& filter) {
    ListActorsRequest request;
    request.set_parent(parent());
    request.set_filter(filter);
    request.set_order_by("display_name");
    const auto found = Call(&Stub::ListActors, request);
    std::vector<std::string> names;
    EXPECT_OK(found);
    if (!found.ok()) return names;
    for (const Actor& actor : found->actors()) names.push_back(actor.display_name());
    return names;
  }
  std::vector<std::string> SitesOf(const std::string& actor) {
    std::vector<std::string> ids;
    const Actor found = GetActor(actor);
    for (const SitePlace& place : found.sites()) ids.push_back(place.site().substr(Name("sites", "").size()));
    return ids;
  }
};

TEST_F(Registry, MakesALandscapeWithItsCodeLists) {
  GetLandscapeRequest request;
  request.set_name(parent());
  ASSERT_OK_AND_ASSIGN(const Landscape landscape, Call(&Stub::GetLandscape, request));
  EXPECT_EQ(landscape.display_name(), "Landkreis Musterland");
  EXPECT_THAT(landscape.life_phases(), SizeIs(9));
  EXPECT_EQ(landscape.revision(), 1);
}

TEST_F(Registry, ListsChangesAndRemovesLandscapes) {
  UpdateLandscapeRequest update;
  update.mutable_landscape()->set_name(parent());
  update.mutable_landscape()->set_display_name("Stadt Musterstadt");
  ASSERT_OK_AND_ASSIGN(const Landscape changed, Call(&Stub::UpdateLandscape, update));
  EXPECT_EQ(changed.display_name(), "Stadt Musterstadt");
  EXPECT_THAT(changed.life_phases(), SizeIs(9));

  ListLandscapesRequest list;
  list.set_page_size(1000);
  ASSERT_OK_AND_ASSIGN(const ListLandscapesResponse landscapes, Call(&Stub::ListLandscapes, list));
  const auto is_this = [&](const Landscape& landscape) { return landscape.name() == parent(); };
  EXPECT_EQ(std::count_if(landscapes.landscapes().begin(), landscapes.landscapes().end(), is_this), 1);

  DeleteLandscapeRequest remove;
  remove.set_name(parent());
  EXPECT_OK(Call(&Stub::DeleteLandscape, remove));
  GetLandscapeRequest get;
  get.set_name(parent());
  ExpectRefused(&Stub::GetLandscape, get, Reason::UNKNOWN_LANDSCAPE);
}

TEST_F(Registry, KeepsAreas) {
  ASSERT_OK_AND_ASSIGN(const Area kreis, CreateArea("05111", KREIS, "Musterkreis"));
  EXPECT_EQ(kreis.source(), "manual");
  ASSERT_OK(CreateArea("05111000", GEMEINDE, "Musterstadt", "05111"));

  BatchGetAreasRequest batch;
  batch.set_parent(parent());
  batch.add_names(Name("areas", "05111000"));
  batch.add_names(Name("areas", "05111"));
  ASSERT_OK_AND_ASSIGN(const BatchGetAreasResponse areas, Call(&Stub::BatchGetAreas, batch));
  ASSERT_THAT(areas.areas(), SizeIs(2));
  EXPECT_THAT(areas.areas(0).within(), ElementsAre("05111"));

  ListAreasRequest list;
  list.set_parent(parent());
  list.set_filter("kind = GEMEINDE AND within:05111");
  ASSERT_OK_AND_ASSIGN(const ListAreasResponse inside, Call(&Stub::ListAreas, list));
  ASSERT_THAT(inside.areas(), SizeIs(1));

  UpdateAreaRequest update;
  *update.mutable_area() = inside.areas(0);
  update.mutable_area()->mutable_population()->set_total(12'000);
  update.mutable_update_mask()->add_paths("population");
  ASSERT_OK(Call(&Stub::UpdateArea, update));
  list.set_filter("population > 10000");
  ASSERT_OK_AND_ASSIGN(const ListAreasResponse large, Call(&Stub::ListAreas, list));
  EXPECT_THAT(large.areas(), SizeIs(1));

  DeleteAreaRequest remove;
  remove.set_name(Name("areas", "05111"));
  ExpectRefused(&Stub::DeleteArea, remove, Reason::STILL_REFERENCED);
  remove.set_name(Name("areas", "05111000"));
  EXPECT_OK(Call(&Stub::DeleteArea, remove));
  GetAreaRequest get;
  get.set_name(Name("areas", "05111000"));
  ExpectRefused(&Stub::GetArea, get, Reason::NOT_FOUND);
}

TEST_F(Registry, FindsEverythingInAKreisAlsoWhenAreasMove) {
  ASSERT_OK(CreateArea("north", KREIS, "Nordkreis"));
  ASSERT_OK(CreateArea("south", KREIS, "Südkreis"));
  ASSERT_OK(CreateArea("amt", GEMEINDEVERBAND, "Amt Mitte", "north"));
  ASSERT_OK(CreateArea("village", GEMEINDE, "Dorf", "amt"));
  Actor actor;
  actor.set_display_name("Dorfschule");
  actor.set_area(Name("areas", "village"));
  ASSERT_OK_AND_ASSIGN(const Actor school, CreateActor("school", actor));
  EXPECT_THAT(school.within(), ElementsAre("village", "amt", "north"));
  EXPECT_THAT(ActorsWith("within:north"), ElementsAre("Dorfschule"));

  UpdateAreaRequest move;
  move.mutable_area()->set_name(Name("areas", "amt"));
  move.mutable_area()->set_parent(Name("areas", "south"));
  ASSERT_OK(Call(&Stub::UpdateArea, move));
  EXPECT_THAT(GetActor("school").within(), ElementsAre("village", "amt", "south"));
  EXPECT_THAT(ActorsWith("within:north"), IsEmpty());
  EXPECT_THAT(ActorsWith("within:south"), ElementsAre("Dorfschule"));
}

TEST_F(Registry, KeepsAreasFromLyingInThemselves) {
  ASSERT_OK(CreateArea("a", DISTRICT, "A"));
  ASSERT_OK(CreateArea("b", DISTRICT, "B", "a"));
  UpdateAreaRequest move;
  move.mutable_area()->set_name(Name("areas", "a"));
  move.mutable_area()->set_parent(Name("areas", "b"));
  ExpectRefused(&Stub::UpdateArea, move, Reason::CONFLICTING_FIELDS, "area.parent");
}

TEST_F(Registry, TakesAnAreaByItsKey) {
  CreateAreaRequest request;
  request.set_parent(parent());
  request.set_area_id("05111000");
  request.mutable_area()->set_display_name("Düsseldorf");
  request.mutable_area()->set_kind(GEMEINDE);
  AreaKey& key = *request.mutable_area()->add_keys();
  key.set_scheme(AreaKey::AGS);
  key.set_value("05111000");
  ASSERT_OK(Call(&Stub::CreateArea, request));
  for (const char* text : {"05111000", "05 1 11 000", "AGS:05111000"}) {
    Actor actor;
    actor.set_display_name("Schule");
    actor.set_area(text);
    ASSERT_OK_AND_ASSIGN(const Actor stored, CreateActor("", actor));
    EXPECT_EQ(stored.area(), Name("areas", "05111000"));
  }
}

TEST_F(Registry, KeepsActors) {
  ASSERT_OK_AND_ASSIGN(const Actor created, CreateActor("b", "Böll-Schule"));
  ASSERT_OK(CreateActor("a", "Astrid-Lindgren-Schule"));
  EXPECT_EQ(created.name(), Name("actors", "b"));
  EXPECT_THAT(ActorsWith("kinds:SCHOOL"), ElementsAre("Astrid-Lindgren-Schule", "Böll-Schule"));

  UpdateActorRequest update;
  *update.mutable_actor() = created;
  update.mutable_actor()->add_topics("LANGUAGE");
  update.mutable_update_mask()->add_paths("topics");
  ASSERT_OK_AND_ASSIGN(const Actor changed, Call(&Stub::UpdateActor, update));
  EXPECT_NE(changed.etag(), created.etag());
  EXPECT_THAT(ActorsWith("topics:LANGUAGE"), ElementsAre("Böll-Schule"));

  BatchGetActorsRequest batch;
  batch.set_parent(parent());
  batch.add_names(Name("actors", "b"));
  batch.mutable_read_mask()->add_paths("display_name");
  ASSERT_OK_AND_ASSIGN(const BatchGetActorsResponse some, Call(&Stub::BatchGetActors, batch));
  EXPECT_EQ(some.actors(0).display_name(), "Böll-Schule");
  EXPECT_THAT(some.actors(0).topics(), IsEmpty());
  batch.add_names(Name("actors", "none"));
  ExpectRefused(&Stub::BatchGetActors, batch, Reason::NOT_FOUND);

  EXPECT_OK(DeleteActor("b"));
  EXPECT_THAT(ActorsWith(""), ElementsAre("Astrid-Lindgren-Schule"));
}

TEST_F(Registry, KeepsAnActorsEntryInStepWithItsSites) {
  ASSERT_OK(CreateActor("a", "Schule"));
  ASSERT_OK(CreateSite("s", "a", false, "Nordstadt"));
  ASSERT_OK_AND_ASSIGN(Site main, CreateSite("t", "a", true, "Südstadt"));
  EXPECT_THAT(SitesOf("a"), ElementsAre("t", "s"));
  EXPECT_THAT(ActorsWith("localities:Nordstadt"), ElementsAre("Schule"));

  main.mutable_address()->set_locality("Weststadt");
  ASSERT_OK(Update(main, "address"));
  EXPECT_EQ(GetActor("a").sites(0).address().locality(), "Weststadt");
  EXPECT_THAT(ActorsWith("localities:\"Südstadt\""), IsEmpty());

  DeleteSiteRequest remove;
  remove.set_name(Name("sites", "s"));
  ASSERT_OK(Call(&Stub::DeleteSite, remove));
  EXPECT_THAT(SitesOf("a"), ElementsAre("t"));
}

TEST_F(Registry, HasOneMainSitePerActor) {
  ASSERT_OK(CreateActor("a", "Schule"));
  ASSERT_OK(CreateSite("s", "a", true));
  ASSERT_OK_AND_ASSIGN(Site second, CreateSite("t", "a", true));
  GetSiteRequest get;
  get.set_name(Name("sites", "s"));
  ASSERT_OK_AND_ASSIGN(const Site first, Call(&Stub::GetSite, get));
  EXPECT_FALSE(first.main());
  EXPECT_EQ(first.revision(), second.revision()) << "both change in one commit";
  EXPECT_THAT(SitesOf("a"), ElementsAre("t", "s"));
}

TEST_F(Registry, RemovesAnActorTogetherWithItsSites) {
  ASSERT_OK(CreateActor("a", "Schule"));
  ASSERT_OK(CreateSite("s", "a", true));
  ASSERT_OK(CreateSite("t", "a", false));
  ASSERT_OK(DeleteActor("a"));
  ListSitesRequest list;
  list.set_parent(parent());
  ASSERT_OK_AND_ASSIGN(const ListSitesResponse sites, Call(&Stub::ListSites, list));
  EXPECT_THAT(sites.sites(), IsEmpty());
  BatchGetSitesRequest batch;
  batch.set_parent(parent());
  batch.add_names(Name("sites", "s"));
  ExpectRefused(&Stub::BatchGetSites, batch, Reason::NOT_FOUND);
}

TEST_F(Registry, DoesNotMoveASiteToAnotherActor) {
  ASSERT_OK(CreateActor("a", "Schule"));
  ASSERT_OK(CreateActor("b", "Verein"));
  ASSERT_OK_AND_ASSIGN(Site site, CreateSite("s", "a", true));
  UpdateSiteRequest request;
  *request.mutable_site() = site;
  request.mutable_site()->set_actor(Name("actors", "b"));
  request.mutable_update_mask()->add_paths("actor");
  ExpectRefused(&Stub::UpdateSite, request, Reason::FIELD_IMMUTABLE, "site.actor");
}

TEST_F(Registry, RefusesToRemoveAnOperatorThatIsNeeded) {
  ASSERT_OK(CreateActor("operator", "Träger"));
  Actor facility;
  facility.set_display_name("Kita");
  facility.set_operator_(Name("actors", "operator"));
  ASSERT_OK(CreateActor("facility", facility));
  EXPECT_THAT(DeleteActor("operator"), StatusIs(Reason::STILL_REFERENCED));
  EXPECT_OK(DeleteActor("facility"));
  EXPECT_OK(DeleteActor("operator"));
}

TEST_F(Registry, LetsACodeStandThatItsLandscapeGaveUp) {
  Actor actor;
  actor.set_display_name("Schule");
  actor.add_topics("HISTORY");
  ASSERT_OK_AND_ASSIGN(Actor stored, CreateActor("a", actor));
  GetLandscapeRequest get;
  get.set_name(parent());
  ASSERT_OK_AND_ASSIGN(const Landscape landscape, Call(&Stub::GetLandscape, get));
  UpdateLandscapeRequest update;
  update.mutable_landscape()->set_name(parent());
  for (const Code& code : landscape.topics()) {
    if (code.code() != "HISTORY") *update.mutable_landscape()->add_topics() = code;
  }
  ASSERT_OK(Call(&Stub::UpdateLandscape, update));
  ASSERT_OK(CreateSite("s", "a", true)) << "its entry can still change";
  EXPECT_EQ(CreateActor("b", actor).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(Registry, RemovesOnlyWhatTheMethodIsNamedAfter) {
  ASSERT_OK(CreateActor("a", "Schule"));
  DeleteAreaRequest remove;
  for (const std::string& name : {parent(), Name("actors", "a")}) {
    remove.set_name(name);
    ExpectRefused(&Stub::DeleteArea, remove, Reason::MALFORMED, "name");
  }
  EXPECT_EQ(GetActor("a").display_name(), "Schule");
}

}  // namespace
}  // namespace allmende
