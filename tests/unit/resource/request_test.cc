#include "common/resource/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "allmende/registry/v1/registry_service.pb.h"
#include "common/testing/matchers.h"

namespace allmende::resource {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(NamesOf, FindsEveryNameThatARequestIsAbout) {
  registry::v1::GetActorRequest get;
  get.set_name("landscapes/musterland/actors/a");
  EXPECT_THAT(NamesOf(get), ElementsAre("landscapes/musterland/actors/a"));

  registry::v1::BatchGetActorsRequest batch;
  batch.set_parent("landscapes/musterland");
  batch.add_names("landscapes/musterland/actors/a");
  batch.add_names("landscapes/elsewhere/actors/b");
  EXPECT_THAT(NamesOf(batch),
              ElementsAre("landscapes/musterland", "landscapes/musterland/actors/a", "landscapes/elsewhere/actors/b"));

  registry::v1::UpdateActorRequest update;
  update.mutable_actor()->set_name("landscapes/musterland/actors/a");
  EXPECT_THAT(NamesOf(update), ElementsAre("landscapes/musterland/actors/a"));
  EXPECT_EQ(LandscapeOf(update), "musterland");
}

TEST(NamesOf, IgnoresTheNameInABodyToBeCreated) {
  registry::v1::CreateActorRequest create;
  create.set_parent("landscapes/musterland");
  create.mutable_actor()->set_name("landscapes/elsewhere/actors/a");
  EXPECT_THAT(NamesOf(create), ElementsAre("landscapes/musterland"));
}

TEST(LandscapeOf, IsEmptyWhereARequestIsAboutNone) {
  EXPECT_EQ(LandscapeOf(registry::v1::ListLandscapesRequest()), "");
  registry::v1::GetActorRequest unreadable;
  unreadable.set_name("nonsense");
  EXPECT_EQ(LandscapeOf(unreadable), "");
}

TEST(Fields, AreReadByNameAndEmptyWhereAbsent) {
  registry::v1::ListActorsRequest request;
  request.set_page_size(7);
  request.set_min_revision(1'000'000'000'000);
  request.set_filter("x");
  EXPECT_EQ(IntField(request, "page_size"), 7);
  EXPECT_EQ(IntField(request, "min_revision"), 1'000'000'000'000);
  EXPECT_EQ(IntField(request, "filter"), 0);
  EXPECT_EQ(StringField(request, "filter"), "x");
  EXPECT_EQ(StringField(request, "page_size"), "");
  EXPECT_EQ(StringField(request, "no_such_field"), "");
  EXPECT_FALSE(BoolField(request, "validate_only"));
}

TEST(Fingerprint, IsTheSameForARepetition) {
  registry::v1::CreateActorRequest request;
  request.set_parent("landscapes/musterland");
  for (const char* key : {"a", "b", "c", "d", "e", "f"}) (*request.mutable_actor()->mutable_remarks())[key] = key;
  registry::v1::CreateActorRequest repetition;
  repetition.set_request_id("another");
  for (const char* key : {"f", "e", "d", "c", "b", "a"}) (*repetition.mutable_actor()->mutable_remarks())[key] = key;
  repetition.set_parent("landscapes/musterland");
  EXPECT_EQ(Fingerprint("CreateActor", request), Fingerprint("CreateActor", repetition));
  EXPECT_EQ(Fingerprint("CreateActor", request).size(), 32U);
}

TEST(Fingerprint, TellsRequestsAndMethodsApart) {
  registry::v1::CreateActorRequest request;
  request.set_parent("landscapes/musterland");
  const std::string before = Fingerprint("CreateActor", request);
  EXPECT_NE(before, Fingerprint("CreateSite", request));
  request.set_validate_only(true);
  EXPECT_NE(before, Fingerprint("CreateActor", request));
}

TEST(ItemsField, IsTheOneListOfMessages) {
  EXPECT_EQ(ItemsField(*registry::v1::ListActorsResponse::descriptor())->name(), "actors");
  EXPECT_EQ(ItemsField(*registry::v1::BatchGetSitesResponse::descriptor())->name(), "sites");
  EXPECT_EQ(ItemsField(*registry::v1::SearchActorsResponse::descriptor()), nullptr);
  EXPECT_EQ(ItemsField(*registry::v1::GetActorRequest::descriptor()), nullptr);
}

}  // namespace
}  // namespace allmende::resource
