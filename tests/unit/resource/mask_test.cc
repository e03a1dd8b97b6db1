#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "allmende/registry/v1/actor.pb.h"
#include "allmende/registry/v1/landscape.pb.h"
#include "allmende/registry/v1/site.pb.h"
#include "common/resource/field_mask.h"
#include "common/testing/matchers.h"

namespace allmende::resource {
namespace {

using google::protobuf::FieldMask;
using registry::v1::Actor;
using registry::v1::Landscape;
using registry::v1::Site;

FieldMask Mask(std::initializer_list<const char*> paths) {
  FieldMask mask;
  for (const char* path : paths) mask.add_paths(path);
  return mask;
}

template <typename T>
T Message(const char* text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

TEST(CheckMask, AcceptsFieldsNestedFieldsAndTheWildcard) {
  EXPECT_OK(CheckMask(Mask({"*"}), *Landscape::descriptor(), "read_mask"));
  EXPECT_OK(CheckMask(Mask({"settings.territorial_status.year", "topics"}), *Landscape::descriptor(), "read_mask"));
}

TEST(CheckMask, NamesThePathThatDoesNotExistAndTheFieldThatIsMeant) {
  const absl::Status status = CheckMask(Mask({"settings", "settings.langauge"}), *Landscape::descriptor(), "read_mask");
  ASSERT_THAT(status, HasViolation("read_mask", Reason::UNKNOWN_FIELD));
  EXPECT_EQ(DetailOf(status).violations(0).params().at("field"), "settings.langauge");
  EXPECT_EQ(DetailOf(status).violations(0).params().at("hint"), "language");
}

TEST(CheckMask, DoesNotLookInsideListsAndMaps) {
  for (const char* path : {"topics.code", "display_name.x", "", ".", "settings."}) {
    EXPECT_THAT(CheckMask(Mask({path}), *Landscape::descriptor(), "update_mask"),
                HasViolation("update_mask", Reason::UNKNOWN_FIELD))
        << path;
  }
  EXPECT_THAT(CheckMask(Mask({"remarks.telefax"}), *Actor::descriptor(), "read_mask"),
              HasViolation("read_mask", Reason::UNKNOWN_FIELD));
}

TEST(KeepOnly, ClearsWhatIsNotNamedButNeverTheName) {
  auto landscape = Message<Landscape>(
      "name: 'landscapes/m' etag: 'e' display_name: 'M' settings { language: 'de' time_zone: 'UTC' }");
  KeepOnly(Mask({"settings.language"}), landscape);
  EXPECT_THAT(landscape, EqualsProto("name: 'landscapes/m' settings { language: 'de' }"));
}

TEST(KeepOnly, LeavesEverythingWithoutAMask) {
  const auto whole = Message<Landscape>("name: 'landscapes/m' display_name: 'M'");
  auto landscape = whole;
  KeepOnly(Mask({}), landscape);
  EXPECT_THAT(landscape, EqualsProto(whole));
  KeepOnly(Mask({"*", "etag"}), landscape);
  EXPECT_THAT(landscape, EqualsProto(whole));
}

TEST(ApplyUpdate, TakesTheNamedFieldsOver) {
  auto into = Message<Actor>("display_name: 'old' description: 'stays' topics: 'A' remarks { key: 'a' value: '1' }");
  const auto from = Message<Actor>("display_name: 'new' description: 'ignored' topics: 'B' topics: 'C'");
  EXPECT_OK(ApplyUpdate(from, Mask({"display_name", "topics", "remarks"}), "actor", into));
  EXPECT_THAT(into, EqualsProto("display_name: 'new' description: 'stays' topics: 'B' topics: 'C'"));
}

TEST(ApplyUpdate, ChangesNestedFieldsAlone) {
  auto into = Message<Landscape>("settings { language: 'de' time_zone: 'UTC' }");
  EXPECT_OK(
      ApplyUpdate(Message<Landscape>("settings { language: 'en' }"), Mask({"settings.language"}), "landscape", into));
  EXPECT_THAT(into, EqualsProto("settings { language: 'en' time_zone: 'UTC' }"));
  EXPECT_OK(ApplyUpdate(Landscape(), Mask({"settings.language"}), "landscape", into));
  EXPECT_THAT(into, EqualsProto("settings { time_zone: 'UTC' }"));
  Landscape empty;
  EXPECT_OK(ApplyUpdate(Landscape(), Mask({"settings.language"}), "landscape", empty));
  EXPECT_THAT(empty, EqualsProto(""));
}

TEST(ApplyUpdate, TakesEachFieldOnceWhereTheMaskRepeatsIt) {
  auto into = Message<Landscape>("settings { language: 'de' }");
  EXPECT_OK(ApplyUpdate(Message<Landscape>("settings { language: 'en' }"),
                        Mask({"settings", "settings.language", "settings"}), "landscape", into));
  EXPECT_THAT(into, EqualsProto("settings { language: 'en' }"));
}

TEST(ApplyUpdate, WithoutAMaskTakesTheFieldsThatAreSet) {
  auto into = Message<Actor>("display_name: 'old' description: 'stays' topics: 'A'");
  EXPECT_OK(ApplyUpdate(Message<Actor>("display_name: 'new'"), Mask({}), "actor", into));
  EXPECT_THAT(into, EqualsProto("display_name: 'new' description: 'stays' topics: 'A'"));
}

TEST(ApplyUpdate, WithTheWildcardReplacesEverythingThatMayChange) {
  auto into = Message<Actor>("name: 'n' revision: 7 etag: 'e' display_name: 'old' description: 'goes'");
  EXPECT_OK(
      ApplyUpdate(Message<Actor>("name: 'x' revision: 9 etag: 'y' display_name: 'new'"), Mask({"*"}), "actor", into));
  EXPECT_THAT(into, EqualsProto("name: 'n' revision: 7 etag: 'e' display_name: 'new'"));
}

TEST(ApplyUpdate, NeverTakesOverNameEtagAndWhatTheServerSets) {
  auto into = Message<Actor>("name: 'n' revision: 7 etag: 'e' sites { site: 's' }");
  EXPECT_OK(ApplyUpdate(Message<Actor>("name: 'x' revision: 9 etag: 'y' sites { site: 't' }"),
                        Mask({"name", "revision", "etag", "sites", "create_time.seconds"}), "actor", into));
  EXPECT_THAT(into, EqualsProto("name: 'n' revision: 7 etag: 'e' sites { site: 's' }"));
}

TEST(ApplyUpdate, RefusesToChangeWhatIsFixed) {
  auto into = Message<Site>("actor: 'landscapes/m/actors/a'");
  EXPECT_THAT(ApplyUpdate(Message<Site>("actor: 'landscapes/m/actors/b'"), Mask({"actor"}), "site", into),
              HasViolation("site.actor", Reason::FIELD_IMMUTABLE));
  EXPECT_THAT(ApplyUpdate(Site(), Mask({"*"}), "site", into), HasViolation("site.actor", Reason::FIELD_IMMUTABLE));
  EXPECT_OK(ApplyUpdate(Message<Site>("actor: 'landscapes/m/actors/a' display_name: 'x'"), Mask({}), "site", into));
  EXPECT_THAT(into, EqualsProto("actor: 'landscapes/m/actors/a' display_name: 'x'"));
}

TEST(ClearOutputOnly, DropsWhatOnlyTheServerSets) {
  auto actor = Message<Actor>(
      "name: 'n' revision: 3 etag: 'e' create_time { seconds: 1 } display_name: 'd' sites { site: 's' }");
  ClearOutputOnly(actor);
  EXPECT_THAT(actor, EqualsProto("name: 'n' etag: 'e' display_name: 'd'"));
}

}  // namespace
}  // namespace allmende::resource
