#include "services/registry/importing/importer.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/testing/matchers.h"

namespace allmende::importing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int32_t kToday = 20240101;

constexpr std::string_view kMapping = R"({
  "target": "ACTORS",
  "key": [{"columns": ["Nr"]}],
  "placeholder": [{"column": "Name", "starts_with": ["Dummy"]}],
  "ignore": ["Intern"],
  "actor": {
    "display_name": [{"columns": ["Name"]}],
    "kinds": [{"columns": ["Art"], "codes": {"Schule": "SCHOOL", "Verein": "ASSOCIATION"}}],
    "channels": [{"kind": "PHONE", "value": [{"columns": ["Telefon"]}]}],
    "operator": {"display_name": [{"columns": ["Träger"]}], "kinds": [{"constant": "OTHER"}]},
    "site": {"street": [{"columns": ["Straße"]}], "postcode": [{"columns": ["PLZ"], "pad": 5}]}
  }})";
constexpr std::string_view kHeader = "Nr;Name;Art;Telefon;Träger;Straße;PLZ\n";

struct Result {
  absl::Status status;
  Batch batch;
  ImportResponse response;
  ImportCounts counts;
};

Result Import(const std::vector<std::string>& pieces, std::string_view mapping_json = kMapping,
              Language language = Language::kGerman) {
  auto mapping = ParseMapping(mapping_json);
  EXPECT_OK(mapping);
  Importer importer(*mapping, "musterland", "liste", AreaTable(kToday));
  Result result;
  for (const std::string& piece : pieces) {
    if (result.status.ok()) result.status = importer.Feed(piece);
  }
  if (result.status.ok()) result.status = importer.Finish();
  result.batch = importer.TakeBatch();
  result.counts = result.batch.ledger.counts();
  result.batch.ledger.WriteTo(result.response, language);
  return result;
}

Result ImportRowsOf(std::string_view rows, Language language = Language::kGerman) {
  return Import({std::string(kHeader) + std::string(rows)}, kMapping, language);
}

TEST(Importer, MakesAnActorItsSiteAndItsOperatorOfARow) {
  const Result result = ImportRowsOf("7;Schule am See;Schule;0461 12345;Stadt Musterstadt;Seeweg 3 a;1067\n");
  ASSERT_OK(result.status);
  ASSERT_THAT(result.batch.actors, SizeIs(1));
  const ActorEntry& entry = result.batch.actors.front();
  EXPECT_EQ(entry.line, 2);
  EXPECT_THAT(entry.actor, EqualsProto(R"pb(display_name: "Schule am See"
                                            kinds: SCHOOL
                                            channels { kind: PHONE value: "+4946112345" }
                                            source: "liste"
                                            source_key: "7"
                                            operator: "landscapes/musterland/actors/)pb" +
                                       entry.operator_id + "\""));
  ASSERT_TRUE(entry.site);
  EXPECT_THAT(*entry.site, EqualsProto(R"pb(address { street: "Seeweg" house_number: "3 a" postcode: "01067" }
                                            main: true
                                            source: "liste"
                                            actor: "landscapes/musterland/actors/)pb" +
                                       entry.id + "\""));
  ASSERT_TRUE(entry.runner);
  EXPECT_EQ(entry.runner->display_name(), "Stadt Musterstadt");
  EXPECT_THAT(entry.notes,
              ElementsAre(EqualsProto(R"pb(line: 2
                                           column: "PLZ"
                                           value: "1067"
                                           reason: VALUE_REPAIRED
                                           params { key: "field" value: "PLZ" }
                                           params { key: "stored" value: "01067" }
                                           params { key: "value" value: "1067" }
                                           params { key: "why.de" value: "führende Nullen waren verloren gegangen" }
                                           params { key: "why.en" value: "leading zeros had been lost" })pb")));
}

TEST(Importer, GivesTheSameIdsEveryTimeAndOthersForAnotherKey) {
  const Result first = ImportRowsOf("7;A;Schule;;X e.V.;W 1;\n8;B;Schule;;X e. V.;W 2;\n");
  const Result second = ImportRowsOf("7;A;Schule;;X e.V.;W 1;\n8;B;Schule;;X e. V.;W 2;\n");
  EXPECT_EQ(first.batch.actors[0].id, second.batch.actors[0].id);
  EXPECT_NE(first.batch.actors[0].id, first.batch.actors[1].id);
  EXPECT_EQ(first.batch.actors[0].operator_id, first.batch.actors[1].operator_id) << "the same name, folded";
  EXPECT_TRUE(first.batch.actors[0].runner);
  EXPECT_FALSE(first.batch.actors[1].runner) << "it came with the first row";
}

TEST(Importer, RefusesAPlaceholderAndSaysWhatToDo) {
  const Result result = ImportRowsOf("7;Dummy-Einrichtung;Schule;;;;\n");
  EXPECT_THAT(result.batch.actors, IsEmpty());
  EXPECT_EQ(result.counts.rows(), 1);
  EXPECT_EQ(result.counts.refused(), 1);
  ASSERT_THAT(result.response.refused(), SizeIs(1));
  const ImportRemark& remark = result.response.refused(0);
  EXPECT_EQ(remark.line(), 2);
  EXPECT_EQ(remark.column(), "Name");
  EXPECT_EQ(remark.value(), "Dummy-Einrichtung");
  EXPECT_EQ(remark.reason(), Reason::PLACEHOLDER_ROW);
  EXPECT_THAT(remark.message(), HasSubstr("erkennbar ein Platzhalter"));
  EXPECT_THAT(remark.remedy(), HasSubstr("von Hand"));
}

TEST(Importer, SpeaksTheLanguageOfTheCaller) {
  const Result result = ImportRowsOf("7;Dummy;Schule;;;;\n;A;Schule;;;;\n", Language::kEnglish);
  EXPECT_THAT(result.response.refused(0).message(), HasSubstr("visibly a placeholder"));
  EXPECT_EQ(result.response.refused(1).message(), "“Nr” must not be empty.");
  EXPECT_THAT(result.response.refused(1).remedy(), HasSubstr("import the list again"));
}

TEST(Importer, RefusesRowsWithoutKeyNameOrKnownKind) {
  const Result result = ImportRowsOf(";A;Schule;;;;\n2;;Schule;;;;\n3;C;Zoo;;;;\n4;D;Verein;;;;\n");
  EXPECT_THAT(result.batch.actors, SizeIs(1));
  EXPECT_EQ(result.counts.refused(), 3);
  EXPECT_EQ(result.response.refused(0).reason(), Reason::FIELD_REQUIRED);
  EXPECT_EQ(result.response.refused(0).column(), "Nr");
  EXPECT_EQ(result.response.refused(1).column(), "Name");
  EXPECT_EQ(result.response.refused(2).column(), "Art");
}

TEST(Importer, TakesARepeatedRowOnceAndRefusesAContradictingOne) {
  const Result result = ImportRowsOf("7;A;Schule;;;;\n7;A;Schule;;;;\n7;B;Schule;;;;\n");
  EXPECT_THAT(result.batch.actors, SizeIs(1));
  EXPECT_EQ(result.counts.unchanged(), 1);
  ASSERT_THAT(result.response.refused(), SizeIs(1));
  EXPECT_EQ(result.response.refused(0).reason(), Reason::DUPLICATE_SOURCE_KEY);
  EXPECT_EQ(result.response.refused(0).line(), 4);
  EXPECT_THAT(result.response.refused(0).message(), HasSubstr("Zeile 2"));
}

TEST(Importer, ReadsWindows1252AndSaysSoOnce) {
  const Result result =
      Import({"Nr;Name;Art;Telefon;Tr\xE4ger;Stra\xDF"
              "e;PLZ\n7;Sch\xF6n \x96 Haus;Schule;;;;\n8;\xC4;Schule;;;;\n"});
  ASSERT_OK(result.status);
  ASSERT_THAT(result.batch.actors, SizeIs(2));
  EXPECT_EQ(result.batch.actors[0].actor.display_name(), "Schön – Haus");
  ASSERT_THAT(result.response.repaired(), SizeIs(1));
  EXPECT_EQ(result.response.repaired(0).value(), "Windows-1252");
  EXPECT_EQ(result.counts.repaired(), 1);
}

TEST(Importer, SkipsTheByteOrderMarkAndRefusesUtf16) {
  EXPECT_THAT(Import({"\xEF", "\xBB\xBF" + std::string(kHeader) + "7;A;Schule;;;;\n"}).batch.actors, SizeIs(1));
  EXPECT_THAT(Import({std::string("\xFF\xFEN\0r\0", 6)}).status, HasViolation("document", Reason::MALFORMED));
}

TEST(Importer, RefusesADocumentThatIsNoList) {
  EXPECT_THAT(Import({""}).status, HasViolation("document", Reason::MALFORMED));
  EXPECT_THAT(Import({"a,b\n1,2\n"}).status, HasViolation("mapping", Reason::INVALID_MAPPING));
}

TEST(Importer, RefusesRowsWhoseCellsDoNotFitTheHeader) {
  const Result result = ImportRowsOf("7;A;Schule;;;;;zu viel\n8;B;Schule\n9;C;Schule;;;;;;\n;;;;;;\n");
  ASSERT_THAT(result.response.refused(), SizeIs(1));
  EXPECT_EQ(result.response.refused(0).reason(), Reason::MALFORMED);
  EXPECT_EQ(result.response.refused(0).value(), "zu viel");
  ASSERT_THAT(result.batch.actors, SizeIs(2));
  EXPECT_THAT(result.batch.actors[0].notes, SizeIs(1)) << "fewer cells are told";
  EXPECT_THAT(result.batch.actors[1].notes, IsEmpty()) << "surplus empty cells are not";
  EXPECT_EQ(result.counts.rows(), 1) << "a row of empty cells is no row";
}

TEST(Importer, KeepsColumnsThatTheMappingDoesNotNameUnlessTheyAreIgnored) {
  const Result result = Import({"Nr;Name;Art;Telefon;Träger;Straße;PLZ;Plätze;Intern\n7;A;Schule;;;;;60;geheim\n"});
  ASSERT_THAT(result.batch.actors, SizeIs(1));
  EXPECT_EQ(result.batch.actors[0].actor.remarks().at("Plätze"), "60");
  EXPECT_EQ(result.batch.actors[0].actor.remarks().count("Intern"), 0U);
}

TEST(Importer, DropsAChannelThatCannotBeUsedAndSaysSo) {
  const Result result = ImportRowsOf("7;A;Schule;siehe Aushang;;;\n");
  ASSERT_THAT(result.batch.actors, SizeIs(1));
  EXPECT_THAT(result.batch.actors[0].actor.channels(), IsEmpty());
  ASSERT_THAT(result.batch.actors[0].notes, SizeIs(1));
  EXPECT_EQ(result.batch.actors[0].notes[0].reason(), Reason::VALUE_DROPPED);
}

TEST(Importer, TakesRowsGivenAsValues) {
  auto mapping = ParseMapping(kMapping);
  ASSERT_OK(mapping);
  Importer importer(*mapping, "musterland", "liste", AreaTable(kToday));
  ImportRow row;
  (*row.mutable_values())["Nr"] = "7";
  (*row.mutable_values())["Name"] = " A ";
  (*row.mutable_values())["Art"] = "Schule";
  (*row.mutable_values())["Plätze"] = "60";
  importer.Take(row);
  ASSERT_OK(importer.Finish());
  const Batch batch = importer.TakeBatch();
  ASSERT_THAT(batch.actors, SizeIs(1));
  EXPECT_EQ(batch.actors[0].actor.display_name(), "A");
  EXPECT_EQ(batch.actors[0].actor.remarks().at("Plätze"), "60");
  EXPECT_EQ(batch.actors[0].line, 1);
}

TEST(Ledger, LeavesRemarksOutBeyondAHundredThousandButCountsExactly) {
  Ledger ledger;
  for (int i = 0; i < 100'010; ++i) {
    ImportRemark remark;
    remark.set_line(i);
    ledger.Refused({remark});
  }
  ImportResponse response;
  EXPECT_EQ(ledger.counts().refused(), 100'010);
  ledger.WriteTo(response, Language::kGerman);
  EXPECT_EQ(response.refused_size(), 100'000);
  EXPECT_TRUE(response.remarks_truncated());
}

RC_GTEST_PROP(Importer, GivesTheSameEntriesHoweverTheDocumentIsCut, ()) {
  std::string document = "\xEF\xBB\xBF" + std::string(kHeader);
  const int rows = *rc::gen::inRange(0, 6);
  for (int i = 0; i < rows; ++i) {
    document += *rc::gen::element<std::string>("1;Ä;Schule;;;;\n", "2;\"B\nC\";Verein;0461 99999;T;Weg 1;24937\r\n",
                                               "3;D\xE4;Schule;;;;\n", ";;;\n", "4;\"offen;Schule;;;;\n", "\n");
  }
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < document.size();) {
    const auto size = static_cast<std::size_t>(*rc::gen::inRange(1, 20));
    pieces.push_back(document.substr(at, size));
    at += size;
  }
  const Result whole = Import({document});
  const Result cut = Import(pieces);
  RC_ASSERT(whole.batch.actors.size() == cut.batch.actors.size());
  for (std::size_t i = 0; i < whole.batch.actors.size(); ++i) {
    RC_ASSERT(whole.batch.actors[i].line == cut.batch.actors[i].line);
    RC_ASSERT(
        google::protobuf::util::MessageDifferencer::Equals(whole.batch.actors[i].actor, cut.batch.actors[i].actor));
  }
  RC_ASSERT(google::protobuf::util::MessageDifferencer::Equals(whole.response, cut.response));
}

}  // namespace
}  // namespace allmende::importing
