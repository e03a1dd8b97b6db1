// The demo landscape: the same for the same seed, whole in itself, and as messy as real lists are.
#include "services/allmende/demo/demo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "services/allmende/demo/geography.h"
#include "services/allmende/demo/trades.h"
#include "services/allmende/demo/words.h"

namespace allmende::demo {
namespace {

using registry::v1::Area;
using ::testing::Contains;
using ::testing::Each;
using ::testing::IsSupersetOf;
using ::testing::MatchesRegex;

std::string BytesOf(const Kreis& kreis) {
  std::string bytes;
  for (const auto& area : kreis.areas) bytes += area.DebugString();
  for (const auto& actor : kreis.actors) bytes += actor.DebugString();
  for (const auto& site : kreis.sites) bytes += site.DebugString();
  for (const auto& pair : kreis.truth) bytes += ToCsvLine(pair);
  return bytes;
}

TEST(Demo, IsTheSameForTheSameSeedAndAnotherForAnother) {
  EXPECT_EQ(BytesOf(MakeKreis("musterland", 1, 0)), BytesOf(MakeKreis("musterland", 1, 0)));
  EXPECT_NE(BytesOf(MakeKreis("musterland", 1, 0)), BytesOf(MakeKreis("musterland", 2, 0)));
}

TEST(Demo, HasAboutNineHundredActorsOfEveryKindAndSomeRecordedTwice) {
  const Kreis kreis = MakeKreis("musterland", 1, 0);
  EXPECT_GE(kreis.actors.size(), 860U);
  EXPECT_LE(kreis.actors.size(), 940U);
  EXPECT_GE(kreis.truth.size(), 45U);
  EXPECT_LE(kreis.truth.size(), 80U);
  std::set<int> kinds;
  for (const auto& actor : kreis.actors) kinds.insert(actor.kinds(0));
  for (int kind = registry::v1::MEMBER_MUNICIPALITY; kind <= registry::v1::OTHER; ++kind) {
    EXPECT_THAT(kinds, Contains(kind)) << registry::v1::ActorKind_Name(kind);
  }
}

TEST(Demo, RefersOnlyToWhatCameBefore) {
  for (const int number : {0, 3}) {
    const Kreis kreis = MakeKreis("musterland", 1, number);
    std::set<std::string> known{""};
    for (const auto& area : kreis.areas) {
      EXPECT_THAT(known, Contains(area.parent()));
      EXPECT_TRUE(known.insert(area.name()).second) << area.name();
    }
    for (const auto& actor : kreis.actors) {
      EXPECT_THAT(known, IsSupersetOf({actor.area(), actor.operator_()})) << actor.name();
      EXPECT_THAT(known, IsSupersetOf(actor.funders()));
      EXPECT_TRUE(known.insert(actor.name()).second) << actor.name();
    }
    for (const auto& site : kreis.sites) {
      EXPECT_THAT(known, IsSupersetOf({site.actor(), site.area()}));
      EXPECT_TRUE(known.insert(site.name()).second) << site.name();
    }
    for (const auto& pair : kreis.truth) EXPECT_THAT(known, IsSupersetOf({pair.first, pair.second}));
  }
}

TEST(Demo, KeepsSitesInTheOrderOfTheirActors) {
  const Kreis kreis = MakeKreis("musterland", 1, 0);
  auto site = kreis.sites.begin();
  for (const auto& actor : kreis.actors) {
    while (site != kreis.sites.end() && site->actor() == actor.name()) ++site;
  }
  EXPECT_EQ(site, kreis.sites.end());
}

TEST(Demo, NamesNothingTwiceAcrossKreise) {
  std::set<std::string> names;
  for (int number = 0; number < 12; ++number) {
    const Kreis kreis = MakeKreis("musterland", 1, number);
    for (const auto& area : kreis.areas) EXPECT_TRUE(names.insert(area.name()).second) << area.name();
    for (const auto& actor : kreis.actors) EXPECT_TRUE(names.insert(actor.name()).second) << actor.name();
    for (const auto& site : kreis.sites) EXPECT_TRUE(names.insert(site.name()).second) << site.name();
  }
}

TEST(Demo, UsesOnlyIdsAndCodesThatTheRegistryKnows) {
  const registry::v1::Landscape landscape = MakeLandscape();
  std::set<std::string> topics;
  for (const auto& topic : landscape.topics()) topics.insert(topic.code());
  std::set<std::string> groups;
  for (const auto& group : landscape.target_groups()) groups.insert(group.code());
  const Kreis kreis = MakeKreis("musterland", 1, 0);
  for (const auto& actor : kreis.actors) {
    EXPECT_THAT(topics, IsSupersetOf(actor.topics()));
    EXPECT_THAT(groups, IsSupersetOf(actor.target_groups()));
    EXPECT_THAT(actor.name(), MatchesRegex("landscapes/musterland/actors/[a-z0-9][a-z0-9-]{0,62}"));
  }
}

TEST(Demo, PeopleAddUpFromAgesToDistrictsToGemeindenToTheKreis) {
  const Geography geography = MakeGeography("musterland", 7, 0);
  std::map<std::string, std::int64_t> sum_of_children;
  for (const Area& area : geography.areas) {
    std::int64_t by_age = 0;
    for (const auto& row : area.population().by_age()) by_age += row.persons();
    EXPECT_EQ(by_age, area.population().total()) << area.name();
    EXPECT_EQ(area.population().male() + area.population().female(), area.population().total());
    EXPECT_EQ(area.population().by_age_size(), 101);
    sum_of_children[area.parent()] += area.population().total();
  }
  for (const Area& area : geography.areas) {
    if (area.kind() != registry::v1::DISTRICT) {
      EXPECT_EQ(sum_of_children[area.name()], area.population().total()) << area.display_name();
    }
  }
  EXPECT_EQ(geography.towns.size(), 12U);
}

TEST(Demo, EveryPairOfTheTruthIsSpeltDifferently) {
  const Kreis kreis = MakeKreis("musterland", 1, 0);
  std::map<std::string, std::string> names;
  for (const auto& actor : kreis.actors) names[actor.name()] = actor.display_name();
  for (const auto& pair : kreis.truth) EXPECT_NE(names[pair.first], names[pair.second]);
}

TEST(DemoWords, NamesFifteenThousandTownsWithoutRepeating) {
  std::set<std::string> names;
  for (int i = 0; i < 15'000; ++i) EXPECT_TRUE(names.insert(TownName(i)).second) << TownName(i);
}

TEST(DemoWords, MakesIdsOfNames) {
  EXPECT_EQ(Slug("Kita Zwergenland Ahrenfurt e. V."), "kita-zwergenland-ahrenfurt-e-v");
  EXPECT_EQ(Slug("Öffentliche Bücherei Großbirken"), "oeffentliche-buecherei-grossbirken");
}

TEST(DemoWords, UsesOnlyTelephoneNumbersKeptFreeForFilms) {
  for (int i = 0; i < 5000; i += 97) {
    EXPECT_THAT(PhoneNumber(i), MatchesRegex("\\+49(3023125|6990009|4066969|2214710|8999998)[0-9]{3}"));
  }
}

}  // namespace
}  // namespace allmende::demo
