#include "services/registry/importing/merge.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "common/testing/matchers.h"

namespace allmende::importing {
namespace {

using registry::v1::Actor;
using registry::v1::Area;
using registry::v1::Site;

template <typename M>
M Parse(std::string_view text) {
  M message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(text), &message)) << text;
  return message;
}

TEST(MergeActor, ChangesNothingWhereTheListSaysNothingNew) {
  const Actor list = Parse<Actor>(R"(display_name: "A" kinds: SCHOOL life_phases: "PRIMARY" sector: PUBLIC
      channels { kind: PHONE value: "+491" } identifiers { scheme: "s" agency: "a" value: "1" } remarks { key: "k" value: "v" })");
  Actor stored = list;
  EXPECT_FALSE(MergeActor(list, stored));
  EXPECT_THAT(stored, EqualsProto(list));
}

TEST(MergeActor, KeepsWhatTheListDoesNotKnow) {
  const Actor list = Parse<Actor>(R"(display_name: "B" kinds: SCHOOL channels { kind: PHONE value: "+492" })");
  Actor stored = Parse<Actor>(R"(display_name: "A" kinds: SCHOOL kinds: FAMILY_CENTRE topics: "MUSIC" description: "d"
      verified_time { seconds: 1 } source: "first" source_key: "7"
      channels { kind: PHONE value: "+491" } channels { kind: PHONE value: "+499" note: "Hausmeister" }
      channels { kind: EMAIL value: "a@b.de" })");
  EXPECT_TRUE(MergeActor(list, stored));
  EXPECT_THAT(stored, EqualsProto(R"pb(display_name: "B"
                                       kinds: SCHOOL
                                       kinds: FAMILY_CENTRE
                                       topics: "MUSIC"
                                       description: "d"
                                       verified_time { seconds: 1 }
                                       source: "first"
                                       source_key: "7"
                                       channels { kind: PHONE value: "+499" note: "Hausmeister" }
                                       channels { kind: EMAIL value: "a@b.de" }
                                       channels { kind: PHONE value: "+492" })pb"));
  EXPECT_FALSE(MergeActor(list, stored)) << "the second time there is nothing to do";
}

TEST(MergeActor, ReplacesTheNumberOfASchemeAndLeavesOtherNumbers) {
  const Actor list = Parse<Actor>(R"(identifiers { scheme: "school-number" agency: "NRW" value: "2" })");
  Actor stored = Parse<Actor>(R"(identifiers { scheme: "school-number" agency: "NRW" value: "1" }
                                 identifiers { scheme: "wikidata" value: "Q1" })");
  EXPECT_TRUE(MergeActor(list, stored));
  EXPECT_THAT(stored, EqualsProto(R"pb(identifiers { scheme: "school-number" agency: "NRW" value: "2" }
                                       identifiers { scheme: "wikidata" value: "Q1" })pb"));
}

TEST(MergeSite, LeavesTheAddressWhereTheListHasNone) {
  const Site list = Parse<Site>(R"(point { latitude: 54 longitude: 9 })");
  Site stored = Parse<Site>(R"(address { street: "Weg" })");
  EXPECT_TRUE(MergeSite(list, stored));
  EXPECT_THAT(stored, EqualsProto(R"pb(address { street: "Weg" }
                                       point { latitude: 54 longitude: 9 })pb"));
  EXPECT_FALSE(MergeSite(list, stored));
  EXPECT_FALSE(MergeSite(Site(), stored));
}

TEST(MergeArea, KeepsOutlineAndAges) {
  const Area list = Parse<Area>(R"(display_name: "F" kind: GEMEINDE population { total: 10 male: 4 female: 6 })");
  Area stored = Parse<Area>(R"(display_name: "F" kind: GEMEINDE outline { rings { } }
                               population { total: 10 by_age { to_years: 18 persons: 3 } })");
  EXPECT_TRUE(MergeArea(list, stored));
  EXPECT_THAT(stored, EqualsProto(R"pb(display_name: "F"
                                       kind: GEMEINDE
                                       outline { rings {} }
                                       population {
                                         total: 10
                                         male: 4
                                         female: 6
                                         by_age { to_years: 18 persons: 3 }
                                       })pb"));
  EXPECT_FALSE(MergeArea(list, stored));
}

TEST(MergeArea, DropsAgesOfAnotherCount) {
  const Area list = Parse<Area>(R"(population { total: 11 })");
  Area stored = Parse<Area>(R"(population { total: 10 by_age { to_years: 18 persons: 3 } })");
  EXPECT_TRUE(MergeArea(list, stored));
  EXPECT_THAT(stored, EqualsProto(R"pb(population { total: 11 })pb"));
}

}  // namespace
}  // namespace allmende::importing
