// The rules of an area, sentence by sentence.
#include "services/registry/rules/area.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "common/testing/matchers.h"

namespace allmende::registry {
namespace {

google::type::Date Day(int year, int month, int day) {
  google::type::Date date;
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
  return date;
}

AreaKey& AddKey(Area& area, AreaKey::Scheme scheme, std::string value) {
  AreaKey& key = *area.add_keys();
  key.set_scheme(scheme);
  key.set_value(std::move(value));
  return key;
}

Area Gemeinde() {
  Area area;
  area.set_name("landscapes/x/areas/05111000");
  area.set_display_name("Düsseldorf");
  area.set_kind(AreaKind::GEMEINDE);
  AddKey(area, AreaKey::AGS, "05111000");
  AddKey(area, AreaKey::ARS, "051110000000");
  return area;
}

absl::Status Check(const Area& area) {
  Violations found;
  CheckArea(area, found);
  return found.ToStatus();
}

absl::Status Check(const Area& area, const Area& parent) {
  Violations found;
  CheckParent(area, parent, found);
  return found.ToStatus();
}

TEST(CheckArea, AcceptsAGemeindeOfTheOfficialList) { EXPECT_OK(Check(Gemeinde())); }

TEST(CheckArea, WantsAsManyDigitsAsTheKindHas) {
  struct Row {
    AreaKind kind;
    AreaKey::Scheme scheme;
    std::string good;
  };
  for (const Row& row :
       {Row{AreaKind::LAND, AreaKey::AGS, "05"}, Row{AreaKind::GOVERNMENT_REGION, AreaKey::AGS, "051"},
        Row{AreaKind::PLANNING_REGION, AreaKey::ARS, "0811"}, Row{AreaKind::KREIS, AreaKey::AGS, "05111"},
        Row{AreaKind::GEMEINDEVERBAND, AreaKey::ARS, "010510044"}, Row{AreaKind::GEMEINDE, AreaKey::AGS, "05111000"},
        Row{AreaKind::GEMEINDE, AreaKey::ARS, "051110000000"}}) {
    Area area;
    area.set_display_name("X");
    area.set_kind(row.kind);
    AddKey(area, row.scheme, row.good);
    EXPECT_OK(Check(area));
    area.mutable_keys(0)->set_value(row.good + "0");
    EXPECT_THAT(Check(area), HasViolation("keys[0].value", Reason::MALFORMED));
    area.mutable_keys(0)->set_value(row.good.substr(1) + "x");
    EXPECT_THAT(Check(area), HasViolation("keys[0].value", Reason::MALFORMED));
    area.mutable_keys(0)->clear_value();
    EXPECT_THAT(Check(area), HasViolation("keys[0].value", Reason::FIELD_REQUIRED));
  }
}

TEST(CheckArea, RefusesOfficialKeysForKindsThatHaveNone) {
  for (const AreaKind kind : {AreaKind::DISTRICT, AreaKind::SOCIAL_SPACE, AreaKind::GEMEINDEVERBAND}) {
    Area area = Gemeinde();
    area.set_kind(kind);
    EXPECT_THAT(Check(area), HasViolation("keys[0].scheme", Reason::CONFLICTING_FIELDS));
  }
}

TEST(CheckArea, TakesAnyShortTextAsALocalKey) {
  Area area = Gemeinde();
  AddKey(area, AreaKey::LOCAL, "Stadtteil 7b");
  EXPECT_OK(Check(area));
  area.mutable_keys(2)->clear_value();
  EXPECT_THAT(Check(area), HasViolation("keys[2].value", Reason::FIELD_REQUIRED));
  area.mutable_keys(2)->clear_scheme();
  EXPECT_THAT(Check(area), HasViolation("keys[2].scheme", Reason::FIELD_REQUIRED));
}

TEST(CheckArea, WantsKeysOfOneSchemeOneAfterTheOther) {
  Area area = Gemeinde();
  *area.mutable_keys(0)->mutable_valid_to() = Day(2023, 12, 31);
  AreaKey& next = AddKey(area, AreaKey::AGS, "05111004");
  *next.mutable_valid_from() = Day(2024, 1, 1);
  area.mutable_keys(1)->set_value("051110000000");
  *area.mutable_keys(1)->mutable_valid_to() = Day(2023, 12, 31);
  EXPECT_OK(Check(area));
  *area.mutable_keys(2)->mutable_valid_from() = Day(2023, 12, 31);
  EXPECT_THAT(Check(area), HasViolation("keys[2]", Reason::CONFLICTING_FIELDS));
}

TEST(CheckArea, WantsTheEndOfAKeyAfterItsStart) {
  Area area = Gemeinde();
  *area.mutable_keys(0)->mutable_valid_from() = Day(2024, 1, 1);
  *area.mutable_keys(0)->mutable_valid_to() = Day(2023, 1, 1);
  EXPECT_THAT(Check(area), HasViolation("keys[0].valid_to", Reason::CONFLICTING_FIELDS));
}

TEST(CheckArea, WantsDaysThatExist) {
  Area area = Gemeinde();
  *area.mutable_keys(0)->mutable_valid_from() = Day(2023, 2, 29);
  EXPECT_THAT(Check(area), HasViolation("keys[0].valid_from", Reason::MALFORMED));
  *area.mutable_keys(0)->mutable_valid_from() = Day(2024, 2, 29);
  EXPECT_OK(Check(area));
}

TEST(CheckArea, WantsAgsAndArsToMeanTheSameGemeinde) {
  Area area = Gemeinde();
  area.mutable_keys(1)->set_value("051110000004");
  EXPECT_THAT(Check(area), HasViolation("keys[1].value", Reason::CONFLICTING_FIELDS));
}

TEST(CheckArea, WantsPostcodesOfFiveDigits) {
  Area area = Gemeinde();
  area.add_postcodes("40210");
  area.add_postcodes("4021");
  EXPECT_THAT(Check(area), HasViolation("postcodes[1]", Reason::MALFORMED));
  EXPECT_THAT(Check(area), testing::Not(HasViolation("postcodes[0]", Reason::MALFORMED)));
}

TEST(CheckArea, WantsPlacesOnEarth) {
  Area area = Gemeinde();
  area.mutable_point()->set_latitude(91);
  area.mutable_point()->set_longitude(-181);
  EXPECT_THAT(Check(area), HasViolation("point.latitude", Reason::OUT_OF_RANGE));
  EXPECT_THAT(Check(area), HasViolation("point.longitude", Reason::OUT_OF_RANGE));
  area.mutable_point()->set_latitude(std::numeric_limits<double>::quiet_NaN());
  EXPECT_THAT(Check(area), HasViolation("point.latitude", Reason::OUT_OF_RANGE));
}

TEST(CheckArea, WantsRingsOfThreePointsAndNoHoleInNothing) {
  Area area = Gemeinde();
  auto& ring = *area.mutable_outline()->add_rings();
  ring.add_points()->set_latitude(51);
  ring.add_points()->set_latitude(52);
  EXPECT_THAT(Check(area), HasViolation("outline.rings[0].points", Reason::OUT_OF_RANGE));
  ring.add_points()->set_longitude(7);
  EXPECT_OK(Check(area));
  ring.set_hole(true);
  EXPECT_THAT(Check(area), HasViolation("outline.rings[0].hole", Reason::CONFLICTING_FIELDS));
  ring.set_hole(false);
  ring.mutable_points(1)->set_latitude(520);
  EXPECT_THAT(Check(area), HasViolation("outline.rings[0].points[1].latitude", Reason::OUT_OF_RANGE));
}

TEST(CheckArea, BoundsAnOutline) {
  Area area = Gemeinde();
  auto& ring = *area.mutable_outline()->add_rings();
  for (int i = 0; i < 50'001; ++i) ring.add_points();
  EXPECT_THAT(Check(area), HasViolation("outline", Reason::OUT_OF_RANGE));
}

TEST(CheckArea, WantsAgeSpansThatDoNotOverlap) {
  Area area = Gemeinde();
  area.mutable_population()->set_total(100);
  const auto span = [&](int from, int to, int persons) {
    v1::AgeCount& count = *area.mutable_population()->add_by_age();
    count.set_from_years(from);
    count.set_to_years(to);
    count.set_persons(persons);
  };
  span(0, 6, 10);
  span(6, 18, 20);
  span(18, 0, 70);
  EXPECT_OK(Check(area));
  area.mutable_population()->mutable_by_age(1)->set_to_years(19);
  EXPECT_THAT(Check(area), HasViolation("population.by_age[2]", Reason::CONFLICTING_FIELDS));
  area.mutable_population()->mutable_by_age(1)->set_to_years(6);
  EXPECT_THAT(Check(area), HasViolation("population.by_age[1].to_years", Reason::CONFLICTING_FIELDS));
  area.mutable_population()->mutable_by_age(1)->set_to_years(18);
  area.mutable_population()->set_total(99);
  EXPECT_THAT(Check(area), HasViolation("population.by_age", Reason::CONFLICTING_FIELDS));
}

TEST(CheckArea, WantsNumbersOfPersonsThatCanBe) {
  Area area = Gemeinde();
  area.mutable_population()->set_total(-1);
  area.mutable_population()->mutable_as_of()->set_year(2024);
  EXPECT_THAT(Check(area), HasViolation("population.total", Reason::OUT_OF_RANGE));
  EXPECT_THAT(Check(area), HasViolation("population.as_of", Reason::MALFORMED));
  area.mutable_population()->set_total(100);
  area.mutable_population()->set_male(60);
  area.mutable_population()->set_female(60);
  EXPECT_THAT(Check(area), HasViolation("population.total", Reason::CONFLICTING_FIELDS));
  area.mutable_population()->add_by_age()->set_persons(-5);
  EXPECT_THAT(Check(area), HasViolation("population.by_age[0].persons", Reason::OUT_OF_RANGE));
}

TEST(CheckArea, WantsASizeThatCanBe) {
  Area area = Gemeinde();
  area.set_square_kilometres(-1);
  EXPECT_THAT(Check(area), HasViolation("square_kilometres", Reason::OUT_OF_RANGE));
  area.set_square_kilometres(std::nan(""));
  EXPECT_THAT(Check(area), HasViolation("square_kilometres", Reason::OUT_OF_RANGE));
}

TEST(CheckArea, SaysEverythingAtOnce) {
  Area area = Gemeinde();
  area.set_display_name(std::string(201, 'x'));
  area.add_postcodes("x");
  area.mutable_keys(0)->set_value("1");
  EXPECT_GE(DetailOf(Check(area)).violations_size(), 3);
}

TEST(CheckParent, KnowsWhatMayLieInWhat) {
  using enum AreaKind;
  EXPECT_TRUE(MayLieIn(GEMEINDE, KREIS));
  EXPECT_TRUE(MayLieIn(GEMEINDE, GEMEINDEVERBAND));
  EXPECT_TRUE(MayLieIn(GEMEINDE, LAND));
  EXPECT_TRUE(MayLieIn(GEMEINDEVERBAND, KREIS));
  EXPECT_TRUE(MayLieIn(KREIS, GOVERNMENT_REGION));
  EXPECT_TRUE(MayLieIn(KREIS, PLANNING_REGION));
  EXPECT_TRUE(MayLieIn(DISTRICT, GEMEINDE));
  EXPECT_TRUE(MayLieIn(DISTRICT, DISTRICT));
  EXPECT_TRUE(MayLieIn(DISTRICT, KREIS));
  EXPECT_TRUE(MayLieIn(SOCIAL_SPACE, DISTRICT));
  EXPECT_TRUE(MayLieIn(SOCIAL_SPACE, SOCIAL_SPACE));
  EXPECT_FALSE(MayLieIn(GEMEINDE, GEMEINDE));
  EXPECT_FALSE(MayLieIn(KREIS, GEMEINDE));
  EXPECT_FALSE(MayLieIn(LAND, LAND));
  EXPECT_FALSE(MayLieIn(DISTRICT, LAND));
  EXPECT_FALSE(MayLieIn(GEMEINDE, SOCIAL_SPACE));
}

TEST(CheckParent, WantsAParentOfAFittingKind) {
  Area parent = Gemeinde();
  parent.set_name("landscapes/x/areas/other");
  EXPECT_THAT(Check(Gemeinde(), parent), HasViolation("parent", Reason::CONFLICTING_FIELDS));
  EXPECT_THAT(Check(Gemeinde(), Gemeinde()), HasViolation("parent", Reason::CONFLICTING_FIELDS));
}

TEST(CheckParent, WantsTheKeyToContinueTheParents) {
  Area kreis;
  kreis.set_name("landscapes/x/areas/05112");
  kreis.set_display_name("Duisburg");
  kreis.set_kind(AreaKind::KREIS);
  AddKey(kreis, AreaKey::AGS, "05112");
  EXPECT_THAT(Check(Gemeinde(), kreis), HasViolation("keys[0].value", Reason::CONFLICTING_FIELDS));
  kreis.mutable_keys(0)->set_value("05111");
  EXPECT_OK(Check(Gemeinde(), kreis));
}

TEST(CheckParent, LeavesKeysOfThePastAlone) {
  Area kreis;
  kreis.set_kind(AreaKind::KREIS);
  AddKey(kreis, AreaKey::AGS, "05111");
  Area area = Gemeinde();
  AreaKey& old = AddKey(area, AreaKey::AGS, "05999001");
  *old.mutable_valid_to() = Day(1974, 12, 31);
  EXPECT_OK(Check(area, kreis));
}

}  // namespace
}  // namespace allmende::registry
