#include "services/registry/importing/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/testing/matchers.h"
#include "services/registry/importing/presets.h"

namespace allmende::importing {
namespace {

constexpr std::string_view kSmallest =
    R"({"target": "ACTORS", "key": [{"columns": ["id"]}],
        "actor": {"display_name": [{"columns": ["name"]}], "kinds": [{"constant": "SCHOOL"}]}})";

std::string WhyNot(std::string_view json, Language language = Language::kGerman) {
  const auto mapping = ParseMapping(json);
  if (mapping.ok()) return "it is fine";
  EXPECT_THAT(mapping.status(), HasViolation("mapping", Reason::INVALID_MAPPING));
  return MessageOf(DetailOf(mapping.status()).violations(0), language);
}

TEST(ParseMapping, TakesTheSmallestMapping) {
  ASSERT_OK_AND_ASSIGN(const ImportMapping mapping, ParseMapping(kSmallest));
  EXPECT_EQ(mapping.target(), ImportMapping::ACTORS);
}

TEST(ParseMapping, NamesAWordItDoesNotKnow) {
  EXPECT_THAT(WhyNot(R"({"target": "ACTORS", "keys": []})"), ::testing::HasSubstr("„keys“"));
  EXPECT_THAT(WhyNot(R"({"target": "ACTORS", "actor": {"site": {"stret": []}}})", Language::kEnglish),
              ::testing::HasSubstr("there is no field “actor.site.stret”"));
  EXPECT_THAT(WhyNot(R"({"target": "ACTORS", "key": [{"pad": "x"}]})"),
              ::testing::HasSubstr("„key[0].pad“ hat den falschen"));
}

TEST(ParseMapping, RefusesWhatIsNoMapping) {
  EXPECT_THAT(WhyNot("{"), ::testing::HasSubstr("kein gültiges JSON"));
  EXPECT_THAT(WhyNot(""), ::testing::HasSubstr("Zuordnung"));
  EXPECT_THAT(WhyNot(std::string(300'000, ' ')), ::testing::HasSubstr("256 KiB"));
  EXPECT_THAT(WhyNot(R"({"target": "ACTORS", "key": 5})"), ::testing::HasSubstr("Zuordnung"));
}

TEST(ParseMapping, RefusesAMappingWithoutWhatItNeeds) {
  EXPECT_THAT(WhyNot(R"({"key": [{"columns": ["id"]}]})"), ::testing::HasSubstr("„target“"));
  EXPECT_THAT(WhyNot(R"({"target": "ACTORS", "key": [{"columns": ["id"]}], "area": {}})"),
              ::testing::HasSubstr("„actor“ oder „area“"));
  EXPECT_THAT(WhyNot(R"({"target": "ACTORS", "actor": {"display_name": [{"constant": "x"}]}})"),
              ::testing::HasSubstr("„key“ fehlt"));
  EXPECT_THAT(WhyNot(R"({"target": "ACTORS", "key": [{}], "actor": {}})"),
              ::testing::HasSubstr("„columns“ oder „constant“"));
  EXPECT_THAT(WhyNot(R"({"target": "ACTORS", "key": [{"columns": ["id"], "when": [{"column": "x"}]}], "actor": {}})"),
              ::testing::HasSubstr("Prüfung"));
}

TEST(CheckHeader, NamesTheColumnThatIsMissingAndThoseThatAreThere) {
  ASSERT_OK_AND_ASSIGN(const ImportMapping mapping, ParseMapping(kSmallest));
  const Columns columns(mapping);
  EXPECT_OK(CheckHeader(columns, {"id", "name", "other"}));
  const absl::Status missing = CheckHeader(columns, {"id", "Name"});
  EXPECT_THAT(missing, HasViolation("mapping", Reason::INVALID_MAPPING));
  EXPECT_EQ(MessageOf(DetailOf(missing).violations(0), Language::kGerman),
            "Die Zuordnung passt nicht: die Spalte „name“ fehlt. Vorhandene Spalten: id, Name.");
  EXPECT_THAT(CheckHeader(columns, {"id", "name", "name"}), HasViolation("mapping", Reason::INVALID_MAPPING));
}

TEST(Presets, AllOfThemAreMappingsWithBothDescriptions) {
  EXPECT_GE(Presets().size(), 10U);
  for (const Preset& preset : Presets()) {
    const auto mapping = ParseMapping(preset.json);
    EXPECT_THAT(mapping, IsOk()) << preset.name;
    if (!mapping.ok()) continue;
    EXPECT_NE(mapping->description().de(), "") << preset.name;
    EXPECT_NE(mapping->description().en(), "") << preset.name;
    EXPECT_EQ(FindPreset(preset.name), &preset);
  }
  EXPECT_EQ(FindPreset("none"), nullptr);
}

}  // namespace
}  // namespace allmende::importing
