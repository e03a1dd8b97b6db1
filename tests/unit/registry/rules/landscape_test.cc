// The rules of a landscape, sentence by sentence.
#include "services/registry/rules/landscape.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "common/testing/matchers.h"

namespace allmende::registry {
namespace {

Landscape Usual() {
  Landscape landscape;
  landscape.set_display_name("Landkreis Musterland");
  FillDefaults(landscape);
  return landscape;
}

absl::Status Check(const Landscape& landscape) {
  Violations found;
  CheckLandscape(landscape, found);
  return found.ToStatus();
}

TEST(LandscapeDefaults, AreValid) { EXPECT_OK(Check(Usual())); }

TEST(LandscapeDefaults, HaveTheNinePhasesOfLifeWithTheirAges) {
  const Landscape landscape = Usual();
  ASSERT_EQ(landscape.life_phases_size(), 9);
  std::map<std::string, std::pair<int, int>> years;
  for (const auto& phase : landscape.life_phases()) {
    years[phase.code()] = {phase.ages().from_months() / 12, phase.ages().to_months() / 12};
  }
  const std::map<std::string, std::pair<int, int>> expected = {{"EARLY_CHILDHOOD", {0, 6}},
                                                               {"PRIMARY", {6, 10}},
                                                               {"SECONDARY", {10, 19}},
                                                               {"SCHOOL_TO_WORK", {15, 25}},
                                                               {"VOCATIONAL_TRAINING", {16, 25}},
                                                               {"HIGHER_EDUCATION", {18, 30}},
                                                               {"ADULT_LEARNING", {18, 65}},
                                                               {"SENIORS", {60, 0}},
                                                               {"FAMILY", {0, 0}}};
  EXPECT_EQ(years, expected);
}

TEST(LandscapeDefaults, NameEveryCodeInBothLanguages) {
  const Landscape landscape = Usual();
  const auto named = [](const auto& list) {
    for (const auto& entry : list) {
      EXPECT_FALSE(entry.label().de().empty()) << entry.code();
      EXPECT_FALSE(entry.label().en().empty()) << entry.code();
    }
  };
  named(landscape.life_phases());
  named(landscape.topics());
  named(landscape.target_groups());
  EXPECT_GE(landscape.topics_size(), 25);
  EXPECT_GE(landscape.target_groups_size(), 12);
}

TEST(LandscapeDefaults, LeaveWhatTheCallerChose) {
  Landscape landscape;
  landscape.add_topics()->set_code("SAILING");
  landscape.mutable_settings()->set_language("da");
  FillDefaults(landscape);
  ASSERT_EQ(landscape.topics_size(), 1);
  EXPECT_EQ(landscape.topics(0).code(), "SAILING");
  EXPECT_EQ(landscape.settings().language(), "da");
  EXPECT_EQ(landscape.settings().time_zone(), "Europe/Berlin");
}

TEST(CheckLandscape, WantsANameOfAtMost200Characters) {
  Landscape landscape = Usual();
  landscape.set_display_name(std::string(200, 'a'));
  EXPECT_OK(Check(landscape));
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "ü";  // characters count, not bytes
  landscape.set_display_name(umlauts);
  EXPECT_OK(Check(landscape));
  landscape.set_display_name(umlauts + "x");
  EXPECT_THAT(Check(landscape), HasViolation("display_name", Reason::OUT_OF_RANGE));
}

TEST(CheckLandscape, WantsEveryCodeOnce) {
  Landscape landscape = Usual();
  *landscape.add_topics() = landscape.topics(3);
  const std::string field = "topics[" + std::to_string(landscape.topics_size() - 1) + "].code";
  EXPECT_THAT(Check(landscape), HasViolation(field, Reason::CONFLICTING_FIELDS));
}

TEST(CheckLandscape, WantsCodesInCapitals) {
  Landscape landscape = Usual();
  landscape.mutable_life_phases(0)->set_code("early childhood");
  EXPECT_THAT(Check(landscape), HasViolation("life_phases[0].code", Reason::MALFORMED));
}

TEST(CheckLandscape, WantsAGermanLabel) {
  Landscape landscape = Usual();
  landscape.mutable_target_groups(1)->mutable_label()->clear_de();
  EXPECT_THAT(Check(landscape), HasViolation("target_groups[1].label.de", Reason::FIELD_REQUIRED));
}

TEST(CheckLandscape, WantsParentsThatAreInTheList) {
  Landscape landscape = Usual();
  landscape.mutable_topics(0)->set_parent("NOWHERE");
  EXPECT_THAT(Check(landscape), HasViolation("topics[0].parent", Reason::UNKNOWN_CODE));
}

TEST(CheckLandscape, KeepsACodeFromLyingAboveItself) {
  Landscape landscape = Usual();
  landscape.mutable_topics(0)->set_parent(landscape.topics(3).code());
  landscape.mutable_topics(3)->set_parent(landscape.topics(0).code());
  EXPECT_THAT(Check(landscape), HasViolation("topics[0].parent", Reason::CONFLICTING_FIELDS));
  landscape.mutable_topics(3)->set_parent(landscape.topics(3).code());
  EXPECT_THAT(Check(landscape), HasViolation("topics[3].parent", Reason::CONFLICTING_FIELDS));
}

TEST(CheckLandscape, WantsAgesThatGoForward) {
  Landscape landscape = Usual();
  landscape.mutable_life_phases(1)->mutable_ages()->set_to_months(12);
  EXPECT_THAT(Check(landscape), HasViolation("life_phases[1].ages.to_months", Reason::CONFLICTING_FIELDS));
  landscape.mutable_life_phases(1)->mutable_ages()->set_from_months(-1);
  EXPECT_THAT(Check(landscape), HasViolation("life_phases[1].ages.from_months", Reason::OUT_OF_RANGE));
  landscape.mutable_life_phases(1)->mutable_ages()->set_to_months(131 * 12);
  EXPECT_THAT(Check(landscape), HasViolation("life_phases[1].ages.to_months", Reason::OUT_OF_RANGE));
}

TEST(CheckLandscape, ChecksItsSettings) {
  Landscape landscape = Usual();
  landscape.mutable_settings()->set_language("deutsch!");
  landscape.mutable_settings()->set_time_zone("Berlin");
  landscape.mutable_settings()->set_calls_per_second(-1);
  landscape.mutable_settings()->mutable_territorial_status()->set_year(2024);
  const absl::Status status = Check(landscape);
  EXPECT_THAT(status, HasViolation("settings.language", Reason::MALFORMED));
  EXPECT_THAT(status, HasViolation("settings.time_zone", Reason::MALFORMED));
  EXPECT_THAT(status, HasViolation("settings.calls_per_second", Reason::OUT_OF_RANGE));
  EXPECT_THAT(status, HasViolation("settings.territorial_status", Reason::MALFORMED));
}

TEST(CheckLandscape, WantsKeysWithSchemeAndValue) {
  Landscape landscape = Usual();
  landscape.add_keys();
  EXPECT_THAT(Check(landscape), HasViolation("keys[0].scheme", Reason::FIELD_REQUIRED));
  EXPECT_THAT(Check(landscape), HasViolation("keys[0].value", Reason::FIELD_REQUIRED));
}

TEST(CheckLandscape, BoundsItsLists) {
  Landscape landscape = Usual();
  for (int i = 0; i < 501; ++i) {
    landscape.add_topics()->set_code("T" + std::to_string(i));
    landscape.mutable_topics()->rbegin()->mutable_label()->set_de("Thema");
  }
  EXPECT_THAT(Check(landscape), HasViolation("topics", Reason::OUT_OF_RANGE));
}

}  // namespace
}  // namespace allmende::registry
