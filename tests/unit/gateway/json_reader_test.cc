#include "services/gateway/transcode/json_reader.h"

#include <gtest/gtest.h>

#include "allmende/registry/v1/registry_service.pb.h"
#include "allmende/type/v1/changes.pb.h"
#include "common/testing/matchers.h"
#include "services/gateway/transcode/json_writer.h"
#include "tests/unit/gateway/everything_message.h"

namespace allmende::gateway {
namespace {

using registry::v1::Actor;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

absl::StatusOr<Actor> Read(std::string_view text) {
  Actor actor;
  Violations violations;
  RETURN_IF_ERROR(ReadJson(text, "actor", actor, violations));
  RETURN_IF_ERROR(violations.ToStatus());
  return actor;
}

std::vector<std::string> MaskOf(std::string_view text) {
  registry::v1::Landscape landscape;
  Violations violations;
  std::vector<std::string> present;
  EXPECT_OK(ReadJson(text, "landscape", landscape, violations, &present));
  return present;
}

TEST(JsonReader, TakesBothSpellingsOfNames) {
  EXPECT_THAT(Read(R"({"displayName": "Verein", "legal_form": "FOUNDATION_FORM", "kinds": ["SCHOOL", "OTHER"]})"),
              IsOkAndHolds(EqualsProto(R"pb(display_name: "Verein"
                                            legal_form: FOUNDATION_FORM
                                            kinds: SCHOOL
                                            kinds: OTHER)pb")));
}

TEST(JsonReader, TakesNumbersAsTextAndNull) {
  EXPECT_THAT(Read(R"({"revision": "9007199254740993", "description": null, "verifiedTime": "2024-01-31T12:00:00Z"})"),
              IsOkAndHolds(EqualsProto("revision: 9007199254740993 verified_time { seconds: 1706702400 }")));
  EXPECT_THAT(Read(R"({"revision": 5.0})"), IsOkAndHolds(EqualsProto("revision: 5")));
}

TEST(JsonReader, FindsEverythingThatIsWrongAtOnce) {
  const auto read = Read(R"({"displayNme": "x", "kinds": ["SCHOOL", "SHCOOL"], "description": 5, "revision": 1e30,
                             "channels": [{"value": "1"}, {"kind": "PHONE", "value": true}], "verifiedTime": "gestern",
                             "remarks": {"a b": 1}, "languages": "de", "sites": [null], "etag": {}})");
  EXPECT_THAT(read, HasViolation("actor.displayNme", Reason::UNKNOWN_FIELD));
  EXPECT_THAT(read, HasViolation("actor.kinds[1]", Reason::UNKNOWN_CODE));
  EXPECT_THAT(read, HasViolation("actor.description", Reason::WRONG_TYPE));
  EXPECT_THAT(read, HasViolation("actor.revision", Reason::OUT_OF_RANGE));
  EXPECT_THAT(read, HasViolation("actor.channels[1].value", Reason::WRONG_TYPE));
  EXPECT_THAT(read, HasViolation("actor.verified_time", Reason::MALFORMED));
  EXPECT_THAT(read, HasViolation("actor.remarks[\"a b\"]", Reason::WRONG_TYPE));
  EXPECT_THAT(read, HasViolation("actor.languages", Reason::WRONG_TYPE));
  EXPECT_THAT(read, HasViolation("actor.sites[0]", Reason::WRONG_TYPE));
  EXPECT_THAT(read, HasViolation("actor.etag", Reason::WRONG_TYPE));
  EXPECT_EQ(DetailOf(read.status()).violations_size(), 10);
}

TEST(JsonReader, HintsAtTheNearestName) {
  const ErrorDetail detail = DetailOf(Read(R"({"displayNme": "x"})").status());
  ASSERT_EQ(detail.violations_size(), 1);
  EXPECT_EQ(detail.violations(0).params().at("hint"), "displayName");
}

TEST(JsonReader, RefusesOneFieldInTwoSpellings) {
  EXPECT_THAT(Read(R"({"displayName": "a", "display_name": "b"})"),
              HasViolation("actor.display_name", Reason::CONFLICTING_FIELDS));
}

TEST(JsonReader, RefusesTextThatIsNoJson) {
  for (const std::string_view text :
       {"", "{", "{]", "{\"a\":}", "{} x", "{\"a\": 01}", "nul", "{'a': 1}", "{\"etag\": \"a\", \"etag\": \"b\"}"}) {
    EXPECT_THAT(Read(text), StatusIs(Reason::INVALID_JSON)) << text;
  }
  const ErrorDetail detail = DetailOf(Read("{\"etag\": ]").status());
  EXPECT_EQ(detail.params().at("position"), "10");
}

TEST(JsonReader, RefusesDepthAndBrokenText) {
  EXPECT_THAT(Read(std::string(100'000, '[')), StatusIs(Reason::INVALID_JSON));
  EXPECT_THAT(Read("{\"etag\": \"\xFF\"}"), StatusIs(Reason::INVALID_UTF8));
}

TEST(JsonReader, RefusesABodyThatIsNoObject) {
  EXPECT_THAT(Read("[]"), HasViolation("actor", Reason::WRONG_TYPE));
  EXPECT_THAT(Read("5"), HasViolation("actor", Reason::WRONG_TYPE));
}

TEST(JsonReader, RefusesBothSidesOfAChoice) {
  const std::unique_ptr<google::protobuf::Message> message(EverythingPrototype().New());
  Violations violations;
  EXPECT_OK(ReadJson(R"({"eitherText": "a", "orNumber": 1})", "", *message, violations));
  EXPECT_THAT(violations.ToStatus(), HasViolation("or_number", Reason::CONFLICTING_FIELDS));
}

TEST(JsonReader, TellsWhichFieldsTheTextMentions) {
  EXPECT_THAT(
      MaskOf(
          R"({"displayName": "a", "settings": {"language": "de", "territorialStatus": {"year": 2024}}, "topics": [{"code": "A"}], "keys": null})"),
      UnorderedElementsAre("display_name", "settings.language", "settings.territorial_status.year", "topics", "keys"));
  EXPECT_THAT(MaskOf(R"({"settings": {}})"), ElementsAre("settings"));
  EXPECT_THAT(MaskOf(R"({"settings": null})"), ElementsAre("settings"));
}

TEST(JsonReader, KeepsDoublesExact) {
  registry::v1::SitePlace place;
  Violations violations;
  ASSERT_OK(ReadJson(R"({"point": {"latitude": 51.1234567890123, "longitude": 7.1}})", "", place, violations));
  EXPECT_EQ(place.point().latitude(), 51.1234567890123);
  std::string text;
  WriteJson(place, text);
  EXPECT_EQ(text, R"({"point":{"latitude":51.1234567890123,"longitude":7.1}})");
}

TEST(JsonWriter, WritesTheSameBytesForTheSameContent) {
  Actor actor;
  actor.set_display_name("Grundschule \"Am Park\"\n");
  actor.set_revision(7);
  (*actor.mutable_remarks())["b"] = "2";
  (*actor.mutable_remarks())["a"] = "1";
  actor.add_kinds(registry::v1::SCHOOL);
  std::string text;
  WriteJson(actor, text);
  EXPECT_EQ(
      text,
      R"({"revision":"7","displayName":"Grundschule \"Am Park\"\n","kinds":["SCHOOL"],"remarks":{"a":"1","b":"2"}})");
}

TEST(JsonWriter, WritesAnUnknownTypeOfAnyAsItsBytes) {
  google::protobuf::Any any;
  any.set_type_url("type.googleapis.com/no.such.Type");
  any.set_value("abc");
  std::string text;
  WriteJson(any, text);
  EXPECT_EQ(text, R"({"@type":"type.googleapis.com/no.such.Type","value":"YWJj"})");
}

}  // namespace
}  // namespace allmende::gateway
