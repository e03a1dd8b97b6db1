#include "tests/unit/standard/scene.h"

namespace allmende::standard {
namespace {

using ::testing::SizeIs;

using WriteMethods = StandardTest;
using google::protobuf::Empty;

CreateActorRequest NewActorRequest(const std::string& id) {
  CreateActorRequest request;
  request.set_parent("landscapes/test");
  request.set_actor_id(id);
  *request.mutable_actor() = NewActor("GGS");
  return request;
}

TEST_F(WriteMethods, CreateAnswersWithWhatIsStored) {
  ASSERT_OK_AND_ASSIGN(const Actor created, Create("a", "GGS am Park"));
  EXPECT_EQ(created.name(), ActorName("a"));
  EXPECT_EQ(call_.revision, 2);
  EXPECT_THAT(Get("a"), IsOkAndHolds(EqualsProto(created)));
}

TEST_F(WriteMethods, CreateChoosesAnIdWhereNoneIsGiven) {
  ASSERT_OK_AND_ASSIGN(const Actor first, Create("", "x"));
  ASSERT_OK_AND_ASSIGN(const Actor second, Create("", "x"));
  EXPECT_NE(first.name(), second.name());
  EXPECT_THAT(first.name(), SizeIs(ActorName("").size() + 26));
}

TEST_F(WriteMethods, CreateIgnoresWhatOnlyTheServerSets) {
  CreateActorRequest request = NewActorRequest("a");
  request.mutable_actor()->set_name("landscapes/elsewhere/actors/b");
  request.mutable_actor()->set_revision(99);
  request.mutable_actor()->set_etag("mine");
  request.mutable_actor()->mutable_create_time()->set_seconds(1);
  ASSERT_OK_AND_ASSIGN(const Actor created, Called<Actor>(&StandardMethods::Create, request));
  EXPECT_EQ(created.name(), ActorName("a"));
  EXPECT_EQ(created.revision(), 2);
  EXPECT_NE(created.etag(), "mine");
  EXPECT_EQ(FromProto(created.create_time()), clock_.Now());
}

TEST_F(WriteMethods, CreateSaysWhatIsWrong) {
  ASSERT_OK(Create("a", "x"));
  EXPECT_THAT(Create("a", "x"), StatusIs(Reason::ALREADY_EXISTS));
  EXPECT_THAT(Create("Ä", "x"), HasViolation("actor_id", Reason::MALFORMED));
  CreateActorRequest empty;
  empty.set_parent("landscapes/test");
  EXPECT_THAT(Called<Actor>(&StandardMethods::Create, empty), HasViolation("actor", Reason::FIELD_REQUIRED));
  CreateActorRequest elsewhere = NewActorRequest("a");
  elsewhere.set_parent("landscapes/nowhere");
  EXPECT_THAT(Called<Actor>(&StandardMethods::Create, elsewhere), StatusIs(Reason::UNKNOWN_LANDSCAPE));
}

TEST_F(WriteMethods, ValidateOnlyAnswersButStoresNothing) {
  CreateActorRequest create = NewActorRequest("a");
  create.set_validate_only(true);
  ASSERT_OK_AND_ASSIGN(const Actor answer, Called<Actor>(&StandardMethods::Create, create));
  EXPECT_EQ(answer.name(), ActorName("a"));
  EXPECT_THAT(Get("a"), StatusIs(Reason::NOT_FOUND));

  ASSERT_OK(Create("b", "before"));
  UpdateActorRequest update;
  update.mutable_actor()->set_name(ActorName("b"));
  update.mutable_actor()->set_display_name("after");
  update.set_validate_only(true);
  ASSERT_OK_AND_ASSIGN(const Actor updated, Called<Actor>(&StandardMethods::Update, update));
  EXPECT_EQ(updated.display_name(), "after");
  DeleteActorRequest remove;
  remove.set_name(ActorName("b"));
  remove.set_validate_only(true);
  EXPECT_OK(Called<Empty>(&StandardMethods::Delete, remove));
  ASSERT_OK_AND_ASSIGN(const Actor kept, Get("b"));
  EXPECT_EQ(kept.display_name(), "before");
}

TEST_F(WriteMethods, ARepeatedRequestGetsTheFirstAnswer) {
  const auto create = [this](const std::string& fingerprint) -> absl::StatusOr<Actor> {
    CallContext call;
    call.request_id = "req-1";
    call.fingerprint = fingerprint;
    Actor reply;
    RETURN_IF_ERROR(methods_->Create(call, NewActorRequest(""), reply));
    return reply;
  };
  ASSERT_OK_AND_ASSIGN(const Actor first, create("same"));
  EXPECT_THAT(create("same"), IsOkAndHolds(EqualsProto(first)));
  EXPECT_THAT(create("other"), StatusIs(Reason::REQUEST_ID_REUSED));
}

TEST_F(WriteMethods, UpdateChangesWhatTheMaskNames) {
  ASSERT_OK(Create("a", "before"));
  UpdateActorRequest request;
  request.mutable_actor()->set_name(ActorName("a"));
  request.mutable_actor()->set_display_name("ignored");
  request.mutable_actor()->set_description("new");
  request.mutable_update_mask()->add_paths("description");
  ASSERT_OK_AND_ASSIGN(const Actor updated, Called<Actor>(&StandardMethods::Update, request));
  EXPECT_EQ(updated.display_name(), "before");
  EXPECT_EQ(updated.description(), "new");
  EXPECT_EQ(updated.revision(), 3);
  EXPECT_THAT(Get("a"), IsOkAndHolds(EqualsProto(updated)));
}

TEST_F(WriteMethods, UpdateThatChangesNothingMakesNoRevision) {
  ASSERT_OK_AND_ASSIGN(const Actor before, Create("a", "same"));
  UpdateActorRequest request;
  request.mutable_actor()->set_name(ActorName("a"));
  request.mutable_actor()->set_display_name("same");
  EXPECT_THAT(Called<Actor>(&StandardMethods::Update, request), IsOkAndHolds(EqualsProto(before)));
  EXPECT_EQ(call_.revision, before.revision());
}

TEST_F(WriteMethods, UpdateStartsFromTheStateThatTheCallerHasRead) {
  ASSERT_OK_AND_ASSIGN(const Actor read, Create("a", "v1"));
  UpdateActorRequest request;
  request.mutable_actor()->set_name(ActorName("a"));
  request.mutable_actor()->set_etag(read.etag());
  request.mutable_actor()->set_display_name("v2");
  ASSERT_OK(Called<Actor>(&StandardMethods::Update, request));
  EXPECT_THAT(Called<Actor>(&StandardMethods::Update, request), StatusIs(Reason::STALE_ETAG));
}

TEST_F(WriteMethods, UpdateSaysWhatIsWrong) {
  UpdateActorRequest request;
  const auto update = [&] { return Called<Actor>(&StandardMethods::Update, request); };
  EXPECT_THAT(update(), HasViolation("actor", Reason::FIELD_REQUIRED));
  request.mutable_actor()->set_display_name("x");
  EXPECT_THAT(update(), HasViolation("actor.name", Reason::FIELD_REQUIRED));
  request.mutable_actor()->set_name("landscapes/test/areas/a");
  EXPECT_THAT(update(), HasViolation("actor.name", Reason::MALFORMED));
  request.mutable_actor()->set_name(ActorName("ghost"));
  EXPECT_THAT(update(), StatusIs(Reason::NOT_FOUND));
  request.mutable_update_mask()->add_paths("dsplay_name");
  EXPECT_THAT(update(), HasViolation("update_mask", Reason::UNKNOWN_FIELD));
}

TEST_F(WriteMethods, DeleteRemovesAndChecksTheEtag) {
  ASSERT_OK_AND_ASSIGN(const Actor actor, Create("a", "x"));
  DeleteActorRequest request;
  request.set_name(ActorName("a"));
  request.set_etag("stale");
  EXPECT_THAT(Called<Empty>(&StandardMethods::Delete, request), StatusIs(Reason::STALE_ETAG));
  request.set_etag(actor.etag());
  EXPECT_OK(Called<Empty>(&StandardMethods::Delete, request));
  EXPECT_EQ(call_.revision, 3);
  EXPECT_THAT(Get("a"), StatusIs(Reason::NOT_FOUND));
  EXPECT_THAT(Called<Empty>(&StandardMethods::Delete, request), StatusIs(Reason::NOT_FOUND));
}

TEST_F(WriteMethods, DeleteRemovesOnlyWhatTheMethodIsNamedAfter) {
  ASSERT_OK(Create("a", "x"));
  DeleteAreaRequest request;
  for (const std::string& name : {ActorName("a"), std::string("landscapes/test")}) {
    request.set_name(name);
    EXPECT_THAT(Called<Empty>(&StandardMethods::Delete, request), HasViolation("name", Reason::MALFORMED));
  }
  EXPECT_OK(Get("a"));
}

TEST_F(WriteMethods, LandscapesAreCreatedUpdatedAndRemoved) {
  CreateLandscapeRequest create;
  create.mutable_landscape()->set_display_name("Neuland");
  EXPECT_THAT(Called<Landscape>(&StandardMethods::Create, create),
              HasViolation("landscape_id", Reason::FIELD_REQUIRED));
  create.set_landscape_id("9land");
  EXPECT_THAT(Called<Landscape>(&StandardMethods::Create, create), HasViolation("landscape_id", Reason::MALFORMED));
  create.set_landscape_id("neuland");
  ASSERT_OK_AND_ASSIGN(const Landscape created, Called<Landscape>(&StandardMethods::Create, create));
  EXPECT_EQ(created.name(), "landscapes/neuland");
  EXPECT_EQ(call_.revision, 1);
  EXPECT_THAT(Called<Landscape>(&StandardMethods::Create, create), StatusIs(Reason::ALREADY_EXISTS));

  UpdateLandscapeRequest update;
  update.mutable_landscape()->set_name("landscapes/neuland");
  update.mutable_landscape()->mutable_settings()->set_language("de");
  ASSERT_OK_AND_ASSIGN(const Landscape updated, Called<Landscape>(&StandardMethods::Update, update));
  EXPECT_EQ(updated.settings().language(), "de");

  DeleteLandscapeRequest remove;
  remove.set_name("landscapes/neuland");
  remove.set_etag(created.etag());
  EXPECT_THAT(Called<Empty>(&StandardMethods::Delete, remove), StatusIs(Reason::STALE_ETAG));
  remove.set_etag(updated.etag());
  remove.set_validate_only(true);
  EXPECT_OK(Called<Empty>(&StandardMethods::Delete, remove));
  remove.set_validate_only(false);
  EXPECT_OK(Called<Empty>(&StandardMethods::Delete, remove));
  EXPECT_THAT(Called<Empty>(&StandardMethods::Delete, remove), StatusIs(Reason::UNKNOWN_LANDSCAPE));
}

}  // namespace
}  // namespace allmende::standard
