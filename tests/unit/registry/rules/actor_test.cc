// The rules of an actor, sentence by sentence.
#include "services/registry/rules/actor.h"

#include <gtest/gtest.h>

#include <string>

#include "common/testing/matchers.h"
#include "services/registry/rules/landscape.h"

namespace allmende::registry {
namespace {

using testing::HasSubstr;
using testing::Not;
using type::v1::Channel;

Actor School() {
  Actor actor;
  actor.set_name("landscapes/x/actors/ggs-am-park");
  actor.set_display_name("GGS Am Park");
  actor.add_kinds(v1::SCHOOL);
  actor.add_life_phases("PRIMARY");
  actor.add_topics("LANGUAGE");
  actor.add_target_groups("CHILDREN");
  actor.add_languages("de");
  return actor;
}

absl::Status Check(const Actor& actor, const Actor* before = nullptr) {
  static const Landscape landscape = [] {
    Landscape made;
    FillDefaults(made);
    return made;
  }();
  Violations found;
  CheckActor(actor, before, landscape, found);
  return found.ToStatus();
}

void AddChannel(Actor& actor, Channel::Kind kind, std::string value) {
  Channel& channel = *actor.add_channels();
  channel.set_kind(kind);
  channel.set_value(std::move(value));
}

TEST(CheckActor, AcceptsASchool) { EXPECT_OK(Check(School())); }

TEST(CheckActor, WantsANameOfAtMost300Characters) {
  Actor actor = School();
  actor.set_display_name(std::string(301, 'x'));
  EXPECT_THAT(Check(actor), HasViolation("display_name", Reason::OUT_OF_RANGE));
}

TEST(CheckActor, WantsEachKindOnceAndNoneUnspecified) {
  Actor actor = School();
  actor.add_kinds(v1::FAMILY_CENTRE);
  EXPECT_OK(Check(actor));
  actor.add_kinds(v1::SCHOOL);
  actor.add_kinds(v1::ACTOR_KIND_UNSPECIFIED);
  EXPECT_THAT(Check(actor), HasViolation("kinds[2]", Reason::CONFLICTING_FIELDS));
  EXPECT_THAT(Check(actor), HasViolation("kinds[3]", Reason::FIELD_REQUIRED));
}

TEST(CheckActor, KnowsOnlyTheCodesOfItsLandscapeAndNamesTheNearest) {
  Actor actor = School();
  actor.set_life_phases(0, "PRIMAR");
  actor.add_topics("LANGUAGES");
  actor.add_target_groups("DOGS");
  const absl::Status status = Check(actor);
  EXPECT_THAT(status, HasViolation("life_phases[0]", Reason::UNKNOWN_CODE));
  EXPECT_THAT(status, HasViolation("topics[1]", Reason::UNKNOWN_CODE));
  EXPECT_THAT(status, HasViolation("target_groups[1]", Reason::UNKNOWN_CODE));
  const ErrorDetail detail = DetailOf(status);
  EXPECT_EQ(MessageOf(detail.violations(0), Language::kGerman),
            "„PRIMAR“ ist kein Wert von life_phases. Gemeint sein könnte PRIMARY.");
  EXPECT_EQ(MessageOf(detail.violations(0), Language::kEnglish),
            "“PRIMAR” is not a value of life_phases. Could PRIMARY be meant?");
  EXPECT_EQ(MessageOf(detail.violations(2), Language::kGerman), "„DOGS“ ist kein Wert von target_groups.");
}

TEST(CheckActor, LetsACodeStandThatWasFineWhenItWasEntered) {
  Actor actor = School();
  actor.add_topics("ABOLISHED");
  Actor before = actor;
  before.set_description("older");
  EXPECT_OK(Check(actor, &before));
  before.clear_topics();
  EXPECT_THAT(Check(actor, &before), HasViolation("topics[1]", Reason::UNKNOWN_CODE));
}

TEST(CheckActor, WantsEachCodeOnce) {
  Actor actor = School();
  actor.add_topics("LANGUAGE");
  EXPECT_THAT(Check(actor), HasViolation("topics[1]", Reason::CONFLICTING_FIELDS));
}

TEST(CheckActor, WantsLanguageTags) {
  Actor actor = School();
  for (const char* good : {"tr", "pt-BR", "zh-Hant-TW", "sr-Latn", "es-419", "nds"}) actor.add_languages(good);
  EXPECT_OK(Check(actor));
  actor.add_languages("Deutsch");
  actor.add_languages("de_DE");
  actor.add_languages("");
  EXPECT_THAT(Check(actor), HasViolation("languages[7]", Reason::MALFORMED));
  EXPECT_THAT(Check(actor), HasViolation("languages[8]", Reason::MALFORMED));
  EXPECT_THAT(Check(actor), HasViolation("languages[9]", Reason::MALFORMED));
}

TEST(CheckActor, WantsIdentifiersWithSchemeAndValueAndEachOnce) {
  Actor actor = School();
  actor.add_identifiers()->set_scheme("school-number");
  actor.add_identifiers()->set_value("123456");
  EXPECT_THAT(Check(actor), HasViolation("identifiers[0].value", Reason::FIELD_REQUIRED));
  EXPECT_THAT(Check(actor), HasViolation("identifiers[1].scheme", Reason::FIELD_REQUIRED));
  *actor.add_identifiers() = actor.identifiers(1);
  EXPECT_THAT(Check(actor), HasViolation("identifiers[2]", Reason::CONFLICTING_FIELDS));
}

TEST(CheckActor, WantsNumbersThatCanBeDialled) {
  Actor actor = School();
  AddChannel(actor, Channel::PHONE, "+4946112345");
  AddChannel(actor, Channel::FAX, "0461 / 123 45");
  AddChannel(actor, Channel::PHONE, "auf Anfrage");
  const absl::Status status = Check(actor);
  EXPECT_THAT(status, Not(HasViolation("channels[0].value", Reason::MALFORMED)));
  EXPECT_THAT(status, HasViolation("channels[1].value", Reason::MALFORMED));
  EXPECT_THAT(status, HasViolation("channels[2].value", Reason::MALFORMED));
  // Where the number can be read, its proper form is the remedy.
  EXPECT_THAT(MessageOf(DetailOf(status).violations(0), Language::kGerman), HasSubstr("+4946112345"));
  EXPECT_THAT(MessageOf(DetailOf(status).violations(1), Language::kEnglish), HasSubstr("an E.164 number"));
}

TEST(CheckActor, WantsAddressesThatCanBeFollowed) {
  Actor actor = School();
  AddChannel(actor, Channel::EMAIL, "info@example.de");
  AddChannel(actor, Channel::WEBSITE, "https://example.de/schule");
  AddChannel(actor, Channel::SOCIAL, "https://social.example.de/@schule");
  EXPECT_OK(Check(actor));
  actor.mutable_channels(0)->set_value("info(at)example.de");
  actor.mutable_channels(1)->set_value("ftp://example.de");
  actor.mutable_channels(2)->set_value("javascript:alert(1)");
  EXPECT_THAT(Check(actor), HasViolation("channels[0].value", Reason::MALFORMED));
  EXPECT_THAT(Check(actor), HasViolation("channels[1].value", Reason::MALFORMED));
  EXPECT_THAT(Check(actor), HasViolation("channels[2].value", Reason::MALFORMED));
}

TEST(CheckActor, WantsChannelsWithKindAndValue) {
  Actor actor = School();
  AddChannel(actor, Channel::KIND_UNSPECIFIED, "+4946112345");
  AddChannel(actor, Channel::PHONE, "");
  EXPECT_THAT(Check(actor), HasViolation("channels[0].kind", Reason::FIELD_REQUIRED));
  EXPECT_THAT(Check(actor), HasViolation("channels[1].value", Reason::FIELD_REQUIRED));
}

TEST(CheckActor, BoundsDescriptionAndRemarks) {
  Actor actor = School();
  actor.set_description(std::string(10'001, 'x'));
  for (int i = 0; i < 51; ++i) (*actor.mutable_remarks())["column " + std::to_string(i)] = "text";
  EXPECT_THAT(Check(actor), HasViolation("description", Reason::OUT_OF_RANGE));
  EXPECT_THAT(Check(actor), HasViolation("remarks", Reason::OUT_OF_RANGE));
  (*actor.mutable_remarks())["column 1"] = std::string(2001, 'x');
  EXPECT_THAT(Check(actor), HasViolation("remarks[\"column 1\"]", Reason::OUT_OF_RANGE));
}

TEST(CheckActor, KeepsAnActorFromRunningItself) {
  Actor actor = School();
  actor.set_operator_(actor.name());
  EXPECT_THAT(Check(actor), HasViolation("operator", Reason::CONFLICTING_FIELDS));
}

}  // namespace
}  // namespace allmende::registry
