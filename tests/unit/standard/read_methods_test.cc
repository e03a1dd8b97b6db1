#include "tests/unit/standard/scene.h"

namespace allmende::standard {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using ReadMethods = StandardTest;

std::vector<std::string> NamesIn(const ListActorsResponse& response) {
  std::vector<std::string> names;
  for (const Actor& actor : response.actors()) names.push_back(actor.display_name());
  return names;
}

TEST_F(ReadMethods, GetGivesWhatIsStoredAndTheRevisionOfTheAnswer) {
  ASSERT_OK(Create("a", "GGS am Park"));
  ASSERT_OK_AND_ASSIGN(const Actor actor, Get("a"));
  EXPECT_EQ(actor.name(), "landscapes/test/actors/a");
  EXPECT_EQ(actor.display_name(), "GGS am Park");
  EXPECT_EQ(actor.revision(), 2);
  EXPECT_FALSE(actor.etag().empty());
  EXPECT_EQ(call_.revision, 2);
}

TEST_F(ReadMethods, GetSaysWhatIsWrongWithAName) {
  GetActorRequest request;
  const auto get = [&](const char* name) {
    request.set_name(name);
    return Called<Actor>(&StandardMethods::Get, request);
  };
  EXPECT_THAT(get(""), HasViolation("name", Reason::FIELD_REQUIRED));
  EXPECT_THAT(get("actors/a"), HasViolation("name", Reason::MALFORMED));
  EXPECT_THAT(get("landscapes/test/sites/a"), HasViolation("name", Reason::MALFORMED));
  EXPECT_THAT(get("landscapes/test/actors/ghost"), StatusIs(Reason::NOT_FOUND));
  EXPECT_THAT(get("landscapes/nowhere/actors/a"), StatusIs(Reason::UNKNOWN_LANDSCAPE));
}

TEST_F(ReadMethods, GetReturnsOnlyTheFieldsAskedFor) {
  ASSERT_OK(Create("a", "GGS"));
  GetActorRequest request;
  request.set_name(ActorName("a"));
  request.mutable_read_mask()->add_paths("display_name");
  EXPECT_THAT(Called<Actor>(&StandardMethods::Get, request),
              IsOkAndHolds(EqualsProto("name: 'landscapes/test/actors/a' display_name: 'GGS'")));
  request.mutable_read_mask()->add_paths("displayname");
  EXPECT_THAT(Called<Actor>(&StandardMethods::Get, request), HasViolation("read_mask", Reason::UNKNOWN_FIELD));
}

TEST_F(ReadMethods, GetReadsThePast) {
  ASSERT_OK(Create("a", "first"));
  clock_.Advance(std::chrono::hours(1));
  const Time between = clock_.Now();
  clock_.Advance(std::chrono::hours(1));
  UpdateActorRequest update;
  update.mutable_actor()->set_name(ActorName("a"));
  update.mutable_actor()->set_display_name("second");
  ASSERT_OK(Called<Actor>(&StandardMethods::Update, update));

  GetActorRequest request;
  request.set_name(ActorName("a"));
  request.set_read_revision(2);
  ASSERT_OK_AND_ASSIGN(const Actor by_revision, Called<Actor>(&StandardMethods::Get, request));
  EXPECT_EQ(by_revision.display_name(), "first");
  request.set_read_revision(0);
  *request.mutable_read_time() = ToProto(between);
  ASSERT_OK_AND_ASSIGN(const Actor by_time, Called<Actor>(&StandardMethods::Get, request));
  EXPECT_EQ(by_time.display_name(), "first");
}

TEST_F(ReadMethods, GetRefusesStatesThatCannotBe) {
  GetActorRequest request;
  request.set_name(ActorName("a"));
  request.set_min_revision(-1);
  EXPECT_THAT(Called<Actor>(&StandardMethods::Get, request), HasViolation("min_revision", Reason::OUT_OF_RANGE));
  request.set_min_revision(0);
  request.set_read_revision(1);
  request.mutable_read_time()->set_seconds(1);
  EXPECT_THAT(Called<Actor>(&StandardMethods::Get, request), HasViolation("read_time", Reason::CONFLICTING_FIELDS));
  request.set_read_revision(0);
  request.mutable_read_time()->set_seconds(999'999'999'999);
  EXPECT_THAT(Called<Actor>(&StandardMethods::Get, request), HasViolation("read_time", Reason::OUT_OF_RANGE));
  request.clear_read_time();
  request.set_read_revision(99);
  EXPECT_THAT(Called<Actor>(&StandardMethods::Get, request), StatusIs(Reason::REVISION_UNAVAILABLE));
}

TEST_F(ReadMethods, ListGoesPageByPage) {
  for (const char* id : {"a", "b", "c", "d", "e"}) ASSERT_OK(Create(id, id));
  ListActorsRequest request;
  request.set_parent("landscapes/test");
  request.set_page_size(2);
  request.set_order_by("display_name desc");
  ASSERT_OK_AND_ASSIGN(ListActorsResponse page, Called<ListActorsResponse>(&StandardMethods::List, request));
  EXPECT_THAT(NamesIn(page), ElementsAre("e", "d"));
  request.set_page_token(page.next_page_token());
  ASSERT_OK_AND_ASSIGN(page, Called<ListActorsResponse>(&StandardMethods::List, request));
  EXPECT_THAT(NamesIn(page), ElementsAre("c", "b"));
  request.set_page_token(page.next_page_token());
  ASSERT_OK_AND_ASSIGN(page, Called<ListActorsResponse>(&StandardMethods::List, request));
  EXPECT_THAT(NamesIn(page), ElementsAre("a"));
  EXPECT_THAT(page.next_page_token(), IsEmpty());
}

TEST_F(ReadMethods, ListFiltersAndMasks) {
  for (const char* id : {"a", "b"}) ASSERT_OK(Create(id, id));
  ListActorsRequest request;
  request.set_parent("landscapes/test");
  request.set_filter("display_name = b AND kinds:SCHOOL");
  request.mutable_read_mask()->add_paths("revision");
  EXPECT_THAT(Called<ListActorsResponse>(&StandardMethods::List, request),
              IsOkAndHolds(EqualsProto("actors { name: 'landscapes/test/actors/b' revision: 3 }")));
}

TEST_F(ReadMethods, ListSaysWhatIsWrong) {
  ListActorsRequest request;
  const auto list = [&] { return Called<ListActorsResponse>(&StandardMethods::List, request); };
  EXPECT_THAT(list(), HasViolation("parent", Reason::FIELD_REQUIRED));
  request.set_parent("landscapes/test/actors/a");
  EXPECT_THAT(list(), HasViolation("parent", Reason::MALFORMED));
  request.set_parent("landscapes/test");
  request.set_page_size(1001);
  EXPECT_THAT(list(), HasViolation("page_size", Reason::OUT_OF_RANGE));
  request.set_page_size(1);
  request.set_filter("display_name =");
  EXPECT_THAT(list(), HasViolation("filter", Reason::INVALID_FILTER));
  request.set_filter("");
  request.set_order_by("display_name up");
  EXPECT_THAT(list(), HasViolation("order_by", Reason::MALFORMED));
  request.set_order_by("");
  request.set_page_token("AAAA");
  EXPECT_THAT(list(), HasViolation("page_token", Reason::INVALID_PAGE_TOKEN));
}

TEST_F(ReadMethods, ListShowsOnlyTheLandscapesThatTheCallerHasARoleIn) {
  ASSERT_OK(CreateLandscape(*store_, "second"));
  ASSERT_OK(CreateLandscape(*store_, "third"));
  const auto seen = [&] {
    std::vector<std::string> names;
    const auto response = Called<ListLandscapesResponse>(&StandardMethods::List, ListLandscapesRequest());
    EXPECT_OK(response);
    for (const Landscape& landscape : response->landscapes()) names.push_back(landscape.name());
    return names;
  };
  EXPECT_THAT(seen(), IsEmpty());
  principal_.roles = {{"second", {Role::kPublic}}, {"third", {}}, {"elsewhere", {Role::kAdmin}}};
  EXPECT_THAT(seen(), ElementsAre("landscapes/second"));
  principal_.roles = {{"*", {Role::kOperator}}};
  EXPECT_THAT(seen(), SizeIs(3));
}

TEST_F(ReadMethods, BatchGetKeepsTheOrderAskedFor) {
  for (const char* id : {"a", "b", "c"}) ASSERT_OK(Create(id, id));
  BatchGetActorsRequest request;
  request.set_parent("landscapes/test");
  for (const char* id : {"c", "a", "c"}) request.add_names(ActorName(id));
  ASSERT_OK_AND_ASSIGN(const auto response, Called<BatchGetActorsResponse>(&StandardMethods::BatchGet, request));
  ASSERT_THAT(response.actors(), SizeIs(3));
  EXPECT_EQ(response.actors(0).display_name(), "c");
  EXPECT_EQ(response.actors(1).display_name(), "a");
  EXPECT_EQ(response.actors(2).display_name(), "c");
}

TEST_F(ReadMethods, BatchGetFailsForOneThatIsMissingOrOfAnotherLandscape) {
  ASSERT_OK(Create("a", "a"));
  ASSERT_OK(CreateLandscape(*store_, "second"));
  BatchGetActorsRequest request;
  request.set_parent("landscapes/test");
  const auto get = [&] { return Called<BatchGetActorsResponse>(&StandardMethods::BatchGet, request); };
  EXPECT_THAT(get(), HasViolation("names", Reason::FIELD_REQUIRED));
  request.add_names(ActorName("a"));
  request.add_names(ActorName("ghost"));
  EXPECT_THAT(get(), StatusIs(Reason::NOT_FOUND));
  request.set_names(1, "landscapes/second/actors/a");
  EXPECT_THAT(get(), HasViolation("names[1]", Reason::MALFORMED));
  for (int i = 0; i < 1'000; ++i) request.add_names(ActorName("a"));
  EXPECT_THAT(get(), HasViolation("names", Reason::OUT_OF_RANGE));
}

TEST_F(ReadMethods, HistoryTellsEveryChangeNewestFirst) {
  ASSERT_OK(Create("a", "v1"));
  for (const char* name : {"v2", "v3"}) {
    UpdateActorRequest update;
    update.mutable_actor()->set_name(ActorName("a"));
    update.mutable_actor()->set_display_name(name);
    ASSERT_OK(Called<Actor>(&StandardMethods::Update, update));
  }
  DeleteActorRequest remove;
  remove.set_name(ActorName("a"));
  ASSERT_OK(Called<google::protobuf::Empty>(&StandardMethods::Delete, remove));

  type::v1::ListHistoryRequest request;
  request.set_name(ActorName("a"));
  request.set_page_size(3);
  CallContext call;
  call.method = Method("ListActorHistory");
  type::v1::ListHistoryResponse page;
  ASSERT_OK(methods_->History(call, request, page));
  ASSERT_THAT(page.changes(), SizeIs(3));
  EXPECT_EQ(page.changes(0).kind(), type::v1::Change::DELETED);
  EXPECT_EQ(page.changes(1).kind(), type::v1::Change::UPDATED);
  EXPECT_EQ(page.changes(1).resource_name(), ActorName("a"));
  Actor then;
  ASSERT_TRUE(page.changes(1).resource().UnpackTo(&then));
  EXPECT_EQ(then.display_name(), "v3");

  request.set_page_token(page.next_page_token());
  page.Clear();
  ASSERT_OK(methods_->History(call, request, page));
  ASSERT_THAT(page.changes(), SizeIs(1));
  EXPECT_EQ(page.changes(0).kind(), type::v1::Change::CREATED);
  EXPECT_EQ(page.changes(0).revision(), 2);
  EXPECT_THAT(page.next_page_token(), IsEmpty());
}

TEST_F(ReadMethods, HistoryTellsOnlyWhatTheMethodIsNamedAfter) {
  ASSERT_OK(Create("a", "a"));
  type::v1::ListHistoryRequest request;
  CallContext call;
  call.method = Method("ListAreaHistory");
  type::v1::ListHistoryResponse page;
  request.set_name(ActorName("a"));
  EXPECT_THAT(methods_->History(call, request, page), HasViolation("name", Reason::MALFORMED));
}

TEST_F(ReadMethods, HistoryOfWhatNeverWasIsNotFound) {
  type::v1::ListHistoryRequest request;
  CallContext call;
  call.method = Method("ListActorHistory");
  type::v1::ListHistoryResponse page;
  request.set_name(ActorName("ghost"));
  EXPECT_THAT(methods_->History(call, request, page), StatusIs(Reason::NOT_FOUND));
  for (const char* name : {"landscapes/test/unknowns/a", "nonsense"}) {
    request.set_name(name);
    EXPECT_THAT(methods_->History(call, request, page), HasViolation("name", Reason::MALFORMED));
  }
}

}  // namespace
}  // namespace allmende::standard
