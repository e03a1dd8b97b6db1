// What callers get wrong, each with its reason and a text in both languages; nothing of it is stored.
#include <gmock/gmock.h>

#include "tests/support/registry_app.h"

namespace allmende {
namespace {

using namespace registry::v1;  // NOLINT(google-build-using-namespace): the messages of the tests
using testing::HasSubstr;

class BadInput : public RegistryTest {
 protected:
  CreateActorRequest NewActor() {
    CreateActorRequest request;
    request.set_parent(parent());
    request.mutable_actor()->set_display_name("Schule");
    request.mutable_actor()->add_kinds(SCHOOL);
    return request;
  }
  ListActorsRequest ListOf(const std::string& filter) {
    ListActorsRequest request;
    request.set_parent(parent());
    request.set_filter(filter);
    return request;
  }
};

TEST_F(BadInput, ValueOutOfRange) {
  CreateAreaRequest area;
  area.set_parent(parent());
  area.mutable_area()->set_display_name("Gebiet");
  area.mutable_area()->set_kind(GEMEINDE);
  area.mutable_area()->mutable_point()->set_latitude(123);
  ExpectRefused(&Stub::CreateArea, area, Reason::OUT_OF_RANGE, "area.point.latitude");
  ListActorsRequest list = ListOf("");
  list.set_page_size(1001);
  ExpectRefused(&Stub::ListActors, list, Reason::OUT_OF_RANGE, "page_size");
}

TEST_F(BadInput, FieldMissing) {
  CreateActorRequest request = NewActor();
  request.mutable_actor()->clear_display_name();
  request.mutable_actor()->clear_kinds();
  ExpectRefused(&Stub::CreateActor, request, Reason::FIELD_REQUIRED, "actor.display_name");
  ExpectRefused(&Stub::CreateActor, request, Reason::FIELD_REQUIRED, "actor.kinds");
  const auto status = Call(&Stub::CreateActor, request).status();
  EXPECT_EQ(DetailOf(status).violations_size(), 2) << Describe(status);
  CreateSiteRequest site;
  site.set_parent(parent());
  site.mutable_site();
  ExpectRefused(&Stub::CreateSite, site, Reason::FIELD_REQUIRED, "site.actor");
}

TEST_F(BadInput, UnknownCode) {
  CreateActorRequest request = NewActor();
  request.mutable_actor()->add_topics("LANGUAGES");
  ExpectRefused(&Stub::CreateActor, request, Reason::UNKNOWN_CODE, "actor.topics[0]");
  request.mutable_actor()->add_kinds(static_cast<ActorKind>(999));
  ExpectRefused(&Stub::CreateActor, request, Reason::UNKNOWN_CODE, "actor.kinds[1]");
  ExpectRefused(&Stub::ListActors, ListOf("sphere = SIDEWAYS"), Reason::UNKNOWN_CODE, "filter");
}

TEST_F(BadInput, FilterOnAnUndeclaredField) {
  ExpectRefused(&Stub::ListActors, ListOf("shoe_size > 40"), Reason::FIELD_NOT_FILTERABLE, "filter");
  ListActorsRequest list = ListOf("");
  list.set_order_by("shoe_size");
  ExpectRefused(&Stub::ListActors, list, Reason::FIELD_NOT_FILTERABLE, "order_by");
}

TEST_F(BadInput, FilterThatCannotBeRead) {
  ExpectRefused(&Stub::ListActors, ListOf("source = (\"x\""), Reason::INVALID_FILTER, "filter");
  ExpectRefused(&Stub::ListActors, ListOf("verified_time > \"yesterday\""), Reason::WRONG_TYPE, "filter");
}

TEST_F(BadInput, StaleEtag) {
  ASSERT_OK_AND_ASSIGN(const Actor actor, CreateActor("a", "Schule"));
  UpdateActorRequest update;
  *update.mutable_actor() = actor;
  update.mutable_actor()->set_display_name("Andere Schule");
  ASSERT_OK(Call(&Stub::UpdateActor, update));
  update.mutable_actor()->set_display_name("Dritte Schule");
  ExpectRefused(&Stub::UpdateActor, update, Reason::STALE_ETAG);
  DeleteActorRequest remove;
  remove.set_name(actor.name());
  remove.set_etag(actor.etag());
  ExpectRefused(&Stub::DeleteActor, remove, Reason::STALE_ETAG);
  EXPECT_EQ(GetActor("a").display_name(), "Andere Schule");
}

TEST_F(BadInput, RequestIdWithAnotherBody) {
  CreateActorRequest request = NewActor();
  request.set_request_id("one-and-the-same");
  ASSERT_OK_AND_ASSIGN(const Actor first, Call(&Stub::CreateActor, request));
  ASSERT_OK_AND_ASSIGN(const Actor again, Call(&Stub::CreateActor, request));
  EXPECT_EQ(first.name(), again.name()) << "the same request gets the first answer";
  request.mutable_actor()->set_display_name("Andere Schule");
  ExpectRefused(&Stub::CreateActor, request, Reason::REQUEST_ID_REUSED);
}

TEST_F(BadInput, PageTokenOfAnotherRequest) {
  for (const char* id : {"a", "b", "c"}) ASSERT_OK(CreateActor(id, "Schule"));
  ListActorsRequest list = ListOf("");
  list.set_page_size(1);
  ASSERT_OK_AND_ASSIGN(const ListActorsResponse page, Call(&Stub::ListActors, list));
  list.set_page_token(page.next_page_token());
  ASSERT_OK_AND_ASSIGN(const ListActorsResponse next, Call(&Stub::ListActors, list));
  EXPECT_EQ(next.actors(0).name(), Name("actors", "b"));
  list.set_filter("kinds:SCHOOL");
  ExpectRefused(&Stub::ListActors, list, Reason::INVALID_PAGE_TOKEN, "page_token");
  list.set_page_token("nonsense");
  ExpectRefused(&Stub::ListActors, list, Reason::INVALID_PAGE_TOKEN, "page_token");
  SearchActorsRequest search;
  search.set_parent(parent());
  search.set_page_token(page.next_page_token());
  ExpectRefused(&Stub::SearchActors, search, Reason::INVALID_PAGE_TOKEN, "page_token");
}

TEST_F(BadInput, UnknownLandscape) {
  ListActorsRequest list;
  list.set_parent("landscapes/nowhere");
  ExpectRefused(&Stub::ListActors, list, Reason::UNKNOWN_LANDSCAPE);
  CreateActorRequest create = NewActor();
  create.set_parent("landscapes/nowhere");
  ExpectRefused(&Stub::CreateActor, create, Reason::UNKNOWN_LANDSCAPE);
}

TEST_F(BadInput, AreaKeyThatIsNotInTheTable) {
  ASSERT_OK(CreateArea("05111000", GEMEINDE, "Düsseldorf"));
  CreateActorRequest request = NewActor();
  request.mutable_actor()->set_area("05 1 11 001");
  ExpectRefused(&Stub::CreateActor, request, Reason::UNKNOWN_AREA_KEY, "actor.area");
  const auto status = Call(&Stub::CreateActor, request).status();
  EXPECT_THAT(MessageOf(DetailOf(status).violations(0), Language::kGerman),
              HasSubstr("Gemeint sein könnte 05111000 (Düsseldorf)."));
}

TEST_F(BadInput, AreaKeyOfThePast) {
  CreateAreaRequest area;
  area.set_parent(parent());
  area.set_area_id("05111001");
  area.mutable_area()->set_display_name("Altstadt");
  area.mutable_area()->set_kind(GEMEINDE);
  AreaKey& key = *area.mutable_area()->add_keys();
  key.set_scheme(AreaKey::AGS);
  key.set_value("05111001");
  key.mutable_valid_to()->set_year(1974);
  key.mutable_valid_to()->set_month(12);
  key.mutable_valid_to()->set_day(31);
  key.add_successors("05111000");
  ASSERT_OK(Call(&Stub::CreateArea, area));
  ASSERT_OK(CreateArea("05111000", GEMEINDE, "Neustadt"));
  CreateActorRequest request = NewActor();
  request.mutable_actor()->set_area("05111001");
  const auto status = Call(&Stub::CreateActor, request).status();
  ASSERT_THAT(status, HasViolation("actor.area", Reason::UNKNOWN_AREA_KEY));
  EXPECT_EQ(DetailOf(status).violations(0).params().at("hint"), "05111000 (Neustadt)");
}

TEST_F(BadInput, ReferenceIntoNothingOrIntoAnotherLandscape) {
  CreateActorRequest request = NewActor();
  request.mutable_actor()->set_operator_(Name("actors", "none"));
  ExpectRefused(&Stub::CreateActor, request, Reason::UNKNOWN_REFERENCE, "actor.operator");
  request.mutable_actor()->set_operator_("landscapes/elsewhere/actors/a");
  ExpectRefused(&Stub::CreateActor, request, Reason::UNKNOWN_REFERENCE, "actor.operator");
  request.mutable_actor()->set_operator_("somebody");
  ExpectRefused(&Stub::CreateActor, request, Reason::UNKNOWN_REFERENCE, "actor.operator");
}

TEST_F(BadInput, NamesThatAreNone) {
  GetActorRequest get;
  ExpectRefused(&Stub::GetActor, get, Reason::FIELD_REQUIRED, "name");
  get.set_name("actors/a");
  ExpectRefused(&Stub::GetActor, get, Reason::MALFORMED, "name");
  get.set_name(Name("areas", "a"));
  ExpectRefused(&Stub::GetActor, get, Reason::MALFORMED, "name");
  CreateActorRequest create = NewActor();
  create.set_actor_id("Nicht erlaubt!");
  ExpectRefused(&Stub::CreateActor, create, Reason::MALFORMED, "actor_id");
}

TEST_F(BadInput, MaskWithAnUnknownField) {
  ASSERT_OK(CreateActor("a", "Schule"));
  GetActorRequest get;
  get.set_name(Name("actors", "a"));
  get.mutable_read_mask()->add_paths("displayname");
  const auto status = Call(&Stub::GetActor, get).status();
  EXPECT_EQ(ReasonOf(status), Reason::INVALID_FIELDS);
  EXPECT_EQ(DetailOf(status).violations(0).reason(), Reason::UNKNOWN_FIELD);
  EXPECT_THAT(MessageOf(DetailOf(status).violations(0), Language::kEnglish),
              HasSubstr("Could “display_name” be meant?"));
}

TEST_F(BadInput, SearchThatDoesNotFitTogether) {
  SearchActorsRequest request;
  request.set_parent(parent());
  request.set_radius_metres(1000);
  ExpectRefused(&Stub::SearchActors, request, Reason::CONFLICTING_FIELDS, "center");
  request.mutable_center()->set_latitude(95);
  ExpectRefused(&Stub::SearchActors, request, Reason::OUT_OF_RANGE, "center.latitude");
  request.set_radius_metres(300'000);
  ExpectRefused(&Stub::SearchActors, request, Reason::OUT_OF_RANGE, "radius_metres");
  request.set_radius_metres(0);
  ExpectRefused(&Stub::SearchActors, request, Reason::CONFLICTING_FIELDS, "radius_metres");
  request.clear_center();
  request.add_facets("shoe_size");
  ExpectRefused(&Stub::SearchActors, request, Reason::FIELD_NOT_FILTERABLE, "facets");
  request.set_query(std::string(501, 'x'));
  ExpectRefused(&Stub::SearchActors, request, Reason::OUT_OF_RANGE, "query");
}

TEST_F(BadInput, StatesThatAreNotThere) {
  ASSERT_OK(CreateActor("a", "Schule"));
  GetActorRequest get;
  get.set_name(Name("actors", "a"));
  get.set_read_revision(99);
  ExpectRefused(&Stub::GetActor, get, Reason::REVISION_UNAVAILABLE);
  get.mutable_read_time()->set_seconds(1);
  ExpectRefused(&Stub::GetActor, get, Reason::CONFLICTING_FIELDS, "read_time");
}

TEST_F(BadInput, StoresNothing) {
  CreateActorRequest request = NewActor();
  request.mutable_actor()->add_topics("NONE");
  EXPECT_FALSE(Call(&Stub::CreateActor, request).ok());
  ASSERT_OK_AND_ASSIGN(const ListActorsResponse actors, Call(&Stub::ListActors, ListOf("")));
  EXPECT_EQ(actors.actors_size(), 0);
}

}  // namespace
}  // namespace allmende
