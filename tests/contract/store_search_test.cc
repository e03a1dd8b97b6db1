// Search by words and by place, facets and suggestions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/store_fixture.h"

namespace allmende {
namespace {

using store::Query;
using store::Transaction;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class StoreSearch : public StoreTest {
 protected:
  void Put(std::string_view id, std::string_view name, std::string_view description = "",
           std::string_view landscape = "test") {
    Actor actor = NewActor(name);
    actor.set_description(std::string(description));
    ASSERT_OK(CreateOne(*store_, Actors(), id, actor, landscape));
  }

  void PutAt(std::string_view id, std::vector<store::Place> places, std::string_view name = "Ort") {
    Actor actor = NewActor(name);
    for (const store::Place& place : places) {
      auto* point = actor.add_sites()->mutable_point();
      point->set_latitude(place.latitude);
      point->set_longitude(place.longitude);
    }
    ASSERT_OK(CreateOne(*store_, Actors(), id, actor));
  }

  std::vector<std::string> Search(std::string_view text, bool prefix = false, std::string_view landscape = "test") {
    Query query;
    query.text = store::TextQuery{std::string(text), prefix};
    query.limit = 2;
    const auto found = FindAll(*store_, Actors(), query, landscape);
    EXPECT_OK(found);
    return found.ok() ? *found : std::vector<std::string>();
  }

  std::vector<std::string> Within(const store::Place& center, double metres, int page = 2) {
    Query query;
    query.circle = store::Circle{center, metres};
    query.limit = page;
    const auto found = FindAll(*store_, Actors(), query);
    EXPECT_OK(found);
    return found.ok() ? *found : std::vector<std::string>();
  }

  std::vector<std::string> Suggest(std::string_view text, int limit = 5) {
    CallContext call = CallIn("test");
    const auto found = store_->Suggest(call, Actors(), text, limit);
    EXPECT_OK(found);
    return found.ok() ? *found : std::vector<std::string>();
  }
};
INSTANTIATE_TEST_SUITE_P(EveryDatabase, StoreSearch, ::testing::ValuesIn(DatabaseKinds()), NameOfKind);

TEST_P(StoreSearch, FindsWordsHoweverTheyAreSpelt) {
  Put("a", "Förderverein der Grundschulen Größenwahn");
  Put("b", "Volkshochschule");
  EXPECT_THAT(Search("foerderverein"), ElementsAre("a"));
  EXPECT_THAT(Search("FÖRDERVEREIN groessenwahn"), ElementsAre("a"));
  EXPECT_THAT(Search("Grundschule"), ElementsAre("a"));
  EXPECT_THAT(Search("volkshochschulen"), ElementsAre("b"));
  EXPECT_THAT(Search("foerderverein volkshochschule"), IsEmpty());
  EXPECT_THAT(Search("?!"), IsEmpty());
}

TEST_P(StoreSearch, FindsBeginningsOfTheLastWordOnly) {
  Put("a", "Musikschule Nord");
  EXPECT_THAT(Search("nord musik", true), ElementsAre("a"));
  EXPECT_THAT(Search("nord musik"), IsEmpty());
  EXPECT_THAT(Search("musik nord", true), IsEmpty());
  EXPECT_THAT(Search("n", true), ElementsAre("a"));
}

TEST_P(StoreSearch, PutsHitsInTitlesFirstThenGoesByName) {
  Put("a", "Zentrum", "eine Bibliothek im Hof");
  Put("b", "Bibliothek Ost");
  Put("c", "Ämter", "Bibliothek");
  Put("d", "Bibliothek Nord");
  Put("e", "Bibliothek Süd", "Bibliothek");
  EXPECT_THAT(Search("bibliothek"), ElementsAre("d", "b", "e", "c", "a"));
}

TEST_P(StoreSearch, FollowsChangesAndRemovals) {
  Put("a", "Musikschule", "alt");
  ASSERT_OK(Write(*store_, CallIn("test"),
                  [](Transaction& tx) { return tx.Replace(Actors(), "a", NewActor("Kunstschule")).status(); }));
  EXPECT_THAT(Search("musikschule"), IsEmpty());
  EXPECT_THAT(Search("alt"), IsEmpty());
  EXPECT_THAT(Search("kunstschule"), ElementsAre("a"));
  ASSERT_OK(Write(*store_, CallIn("test"), [](Transaction& tx) { return tx.Remove(Actors(), "a"); }));
  EXPECT_THAT(Search("kunstschule"), IsEmpty());
}

TEST_P(StoreSearch, KeepsLandscapesApart) {
  ASSERT_OK(CreateLandscape(*store_, "other"));
  Put("a", "Musikschule");
  Put("b", "Musikschule", "", "other");
  EXPECT_THAT(Search("musikschule"), ElementsAre("a"));
  EXPECT_THAT(Search("musikschule", false, "other"), ElementsAre("b"));
}

TEST_P(StoreSearch, TakesHostileTextForWords) {
  Put("a", "O'Neill \"Haus\" & (Hof) :* NEAR");
  EXPECT_THAT(Search("o'neill"), ElementsAre("a"));
  EXPECT_THAT(Search("\"haus\" & (hof) OR NEAR:*"), IsEmpty());
  EXPECT_THAT(Search("\"haus\" & (hof) NEAR:*"), ElementsAre("a"));
  EXPECT_THAT(Search("'; DROP TABLE r_actors; --"), IsEmpty());
  EXPECT_THAT(Search(std::string("haus\xff\xfe")), ElementsAre("a"));
}

TEST_P(StoreSearch, CombinesWordsWithFilterAndOrder) {
  Put("a", "Musikschule West");
  Put("b", "Musikschule Ost");
  Put("c", "Musikverein");
  Query query = Filtered("display_name != \"Musikschule West\"");
  query.text = store::TextQuery{"musik", true};
  query.order = {{"display_name", true}};
  query.limit = 1;
  EXPECT_THAT(FindAll(*store_, Actors(), query), IsOkAndHolds(ElementsAre("c", "b")));
}

// Flensburg: the town hall, the station 1.0 km and the harbour 1.5 km away, and Hamburg.
TEST_P(StoreSearch, FindsWhatIsNearTheNearestFirst) {
  const store::Place town_hall{54.7836, 9.4362};
  PutAt("hamburg", {{53.5503, 9.9928}});
  PutAt("station", {{54.7744, 9.4369}});
  PutAt("harbour", {{54.7965, 9.4310}});
  PutAt("two-sites", {{53.5503, 9.9928}, {54.7840, 9.4370}});
  PutAt("nowhere", {});
  EXPECT_THAT(Within(town_hall, 2000), ElementsAre("two-sites", "station", "harbour"));
  EXPECT_THAT(Within(town_hall, 1100, 1), ElementsAre("two-sites", "station"));
  EXPECT_THAT(Within(town_hall, 0), IsEmpty());
  EXPECT_THAT(Within(town_hall, 200'000), ElementsAre("two-sites", "station", "harbour", "hamburg"));
}

TEST_P(StoreSearch, MeasuresOnTheSphere) {
  PutAt("hamburg", {{53.5503, 9.9928}});
  Query query;
  query.circle = store::Circle{{52.5200, 13.4050}, 300'000};
  CallContext call = CallIn("test");
  ASSERT_OK_AND_ASSIGN(const auto page, store_->Find(call, Actors(), query));
  ASSERT_THAT(page.hits, SizeIs(1));
  // Haversine with R = 6371008.8 m, computed independently.
  const double kDegree = 3.14159265358979323846 / 180;
  const double phi1 = 52.52 * kDegree;
  const double phi2 = 53.5503 * kDegree;
  const double a = std::pow(std::sin((phi2 - phi1) / 2), 2) +
                   std::cos(phi1) * std::cos(phi2) * std::pow(std::sin((9.9928 - 13.405) * kDegree / 2), 2);
  EXPECT_NEAR(*page.hits[0].distance_metres, 2 * 6371008.8 * std::asin(std::sqrt(a)), 0.001);
  EXPECT_NEAR(*page.hits[0].distance_metres, 255'000, 1'500);
}

TEST_P(StoreSearch, FindsAcrossTheDateLineAndAtThePole) {
  PutAt("fiji", {{-17, 179.99}});
  PutAt("pole", {{89.999, -120}});
  EXPECT_THAT(Within({-17, -179.99}, 5000), ElementsAre("fiji"));
  EXPECT_THAT(Within({89.999, 60}, 1000), ElementsAre("pole"));
}

TEST_P(StoreSearch, RefusesACircleThatIsNone) {
  Query query;
  query.circle = store::Circle{{91, 0}, std::nan("")};
  CallContext call = CallIn("test");
  const auto found = store_->Find(call, Actors(), query);
  EXPECT_THAT(found, HasViolation("center", Reason::OUT_OF_RANGE));
  EXPECT_THAT(found, HasViolation("radius_metres", Reason::OUT_OF_RANGE));
}

TEST_P(StoreSearch, MovesWithThePlace) {
  PutAt("a", {{54, 9}});
  ASSERT_OK(Write(*store_, CallIn("test"), [](Transaction& tx) -> absl::Status {
    Actor actor = NewActor("Ort");
    actor.add_sites()->mutable_point()->set_latitude(50);
    return tx.Replace(Actors(), "a", actor).status();
  }));
  EXPECT_THAT(Within({54, 9}, 1000), IsEmpty());
  EXPECT_THAT(Within({50, 0}, 1000), ElementsAre("a"));
}

TEST_P(StoreSearch, CountsFacetsOverAllHits) {
  const auto put = [&](const char* id, std::vector<registry::v1::ActorKind> kinds, registry::v1::Sphere sphere) {
    Actor actor = NewActor(fmt::format("Haus {}", id));
    actor.clear_kinds();
    for (const auto kind : kinds) actor.add_kinds(kind);
    actor.set_sphere(sphere);
    ASSERT_OK(CreateOne(*store_, Actors(), id, actor));
  };
  put("a", {registry::v1::SCHOOL}, registry::v1::INTERNAL);
  put("b", {registry::v1::SCHOOL, registry::v1::MUSEUM}, registry::v1::EXTERNAL);
  put("c", {registry::v1::MUSEUM, registry::v1::SCHOOL}, registry::v1::EXTERNAL);
  put("d", {registry::v1::LIBRARY}, registry::v1::SPHERE_UNSPECIFIED);
  const auto facets = [&](Query query) {
    query.facets = {"kinds", "sphere"};
    query.limit = 1;
    CallContext call = CallIn("test");
    const auto page = store_->Find(call, Actors(), query);
    EXPECT_OK(page);
    std::vector<std::string> counts;
    for (const auto& facet : page->facets) {
      for (const auto& count : facet) counts.push_back(fmt::format("{} {}", count.value, count.count));
    }
    return counts;
  };
  const auto all = ElementsAre("SCHOOL 3", "MUSEUM 2", "LIBRARY 1", "EXTERNAL 2", "INTERNAL 1");
  EXPECT_THAT(facets({}), all);
  Query words;
  words.text = store::TextQuery{"haus", false};
  EXPECT_THAT(facets(words), all);
  Query counted;
  counted.count_total = true;
  EXPECT_THAT(facets(counted), all);
  EXPECT_THAT(facets(Filtered("sphere = EXTERNAL")), ElementsAre("MUSEUM 2", "SCHOOL 2", "EXTERNAL 2"));
}

TEST_P(StoreSearch, SuggestsWhatOccursForWhatIsMisspelt) {
  Put("a", "Volkshochschule Musterstadt");
  Put("b", "Bücherei Musterstadt");
  EXPECT_THAT(Suggest("Volkshochshcule"), ElementsAre("Volkshochschule"));
  EXPECT_THAT(Suggest("bücheri musterstat"), ElementsAre("Bücherei Musterstadt"));
  EXPECT_THAT(Suggest("Bücherei"), IsEmpty());
  EXPECT_THAT(Suggest("xyzxyzxyz"), IsEmpty());
  EXPECT_THAT(Suggest(""), IsEmpty());
  // Both words occur, but nowhere together once the first is put right.
  EXPECT_THAT(Suggest("volkshochshcule bücherei"), IsEmpty());
}

TEST_P(StoreSearch, DoesNotSuggestWhatIsGone) {
  Put("a", "Volkshochschule");
  ASSERT_OK(Write(*store_, CallIn("test"), [](Transaction& tx) { return tx.Remove(Actors(), "a"); }));
  EXPECT_THAT(Suggest("Volkshochshcule"), IsEmpty());
}

TEST_P(StoreSearch, SuggestsAgainInALandscapeThatWasDroppedAndMadeAnew) {
  Put("a", "Volkshochschule");
  CallContext call = CallIn("test");
  ASSERT_OK(store_->DropLandscape(call));
  ASSERT_OK(CreateLandscape(*store_, "test"));
  EXPECT_THAT(Suggest("Volkshochshcule"), IsEmpty());
  Put("a", "Volkshochschule");
  EXPECT_THAT(Suggest("Volkshochshcule"), ElementsAre("Volkshochschule"));
}

}  // namespace
}  // namespace allmende
