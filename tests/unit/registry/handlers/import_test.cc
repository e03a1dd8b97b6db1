#include "services/registry/handlers/import.h"

#include <gmock/gmock.h>

#include "tests/support/import_scene.h"

namespace allmende::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using v1::Actor;
using v1::Import;
using v1::ImportMapping;
using v1::ImportRequest;
using v1::ImportResponse;

constexpr std::string_view kMapping = R"({
  "target": "ACTORS",
  "key": [{"columns": ["Nr"]}],
  "actor": {
    "display_name": [{"columns": ["Name"]}],
    "kinds": [{"constant": "SCHOOL"}],
    "life_phases": [{"columns": ["Phase"]}],
    "operator": {"display_name": [{"columns": ["Träger"]}], "kinds": [{"constant": "OTHER"}]},
    "site": {"street": [{"columns": ["Straße"]}], "locality": [{"columns": ["Ort"]}]}
  }})";
constexpr std::string_view kHeader = "Nr;Name;Phase;Träger;Straße;Ort\n";

class ImportTest : public ::testing::Test {
 protected:
  static ImportRequest First() {
    ImportRequest first;
    first.set_source("liste");
    first.set_mapping(std::string(kMapping));
    return first;
  }

  absl::StatusOr<ImportResponse> Send(std::string_view rows, ImportRequest first = First()) {
    first.set_request_id(request_id_);
    return scene_.Import(DocumentStream(std::move(first), std::string(kHeader) + std::string(rows), 7),
                         ImportMapping::ACTORS, scene_.Call());
  }

  Actor Named(std::string_view name) {
    for (Actor& actor : scene_.All(kActors)) {
      if (actor.display_name() == name) return std::move(actor);
    }
    ADD_FAILURE() << name << " is not there";
    return {};
  }

  void Change(const Actor& actor) {
    CallContext call = scene_.Call();
    const std::string id = actor.name().substr(actor.name().rfind('/') + 1);
    EXPECT_OK(scene_.store().Transact(call, [&](store::Transaction& tx) -> absl::StatusOr<std::string> {
      RETURN_IF_ERROR(tx.Replace(kActors, id, actor).status());
      return std::string();
    }));
  }

  ImportScene scene_{DatabaseKinds().front()};
  std::string request_id_;
};

TEST_F(ImportTest, StoresActorsWithTheirSitesAndOperators) {
  ASSERT_OK_AND_ASSIGN(const ImportResponse response, Send("1;Seeschule;PRIMARY;Stadt;Weg 3;Musterstadt\n"));
  EXPECT_EQ(response.import().counts().stored(), 1);
  EXPECT_EQ(response.import().counts().operators(), 1);
  EXPECT_EQ(response.import().state(), Import::DONE);
  EXPECT_EQ(response.import().mapping(), "custom");
  const Actor school = Named("Seeschule");
  EXPECT_EQ(school.operator_(), Named("Stadt").name());
  ASSERT_THAT(school.sites(), SizeIs(1));
  EXPECT_EQ(school.sites(0).address().locality(), "Musterstadt");
  ASSERT_THAT(scene_.All(kImports), SizeIs(1));
  EXPECT_THAT(scene_.All(kImports)[0].counts(), EqualsProto(response.import().counts()));
}

TEST_F(ImportTest, RefusesARowThatBreaksARuleAndStoresTheOthers) {
  ASSERT_OK_AND_ASSIGN(const ImportResponse response, Send("1;A;PRIMARY;;;\n2;B;KINDERGARTEN;;;\n3;C;;;;\n"));
  EXPECT_EQ(response.import().counts().stored(), 2);
  ASSERT_THAT(response.refused(), SizeIs(1));
  EXPECT_EQ(response.refused(0).line(), 3);
  EXPECT_EQ(response.refused(0).reason(), Reason::UNKNOWN_CODE);
  EXPECT_EQ(response.refused(0).value(), "KINDERGARTEN");
  EXPECT_THAT(scene_.All(kActors), SizeIs(2));
}

TEST_F(ImportTest, ChangesOnlyWhatTheListSaysAnew) {
  ASSERT_OK(Send("1;A;PRIMARY;T;Weg 1;X\n2;B;PRIMARY;T;Weg 2;X\n"));
  Actor enriched = Named("A");
  enriched.add_topics("MUSIC");
  enriched.set_description("von Hand");
  Change(enriched);
  ASSERT_OK_AND_ASSIGN(const ImportResponse response, Send("1;A;PRIMARY;T;Weg 9;X\n2;B;PRIMARY;T;Weg 2;X\n"));
  EXPECT_EQ(response.import().counts().updated(), 1);
  EXPECT_EQ(response.import().counts().unchanged(), 1);
  const Actor after = Named("A");
  EXPECT_EQ(after.topics(0), "MUSIC");
  EXPECT_EQ(after.description(), "von Hand");
  EXPECT_EQ(after.sites(0).address().house_number(), "9");
}

TEST_F(ImportTest, ADryRunLeavesNothingBehindAndSeesItsOwnEarlierRows) {
  std::string rows;
  for (int i = 0; i < 2'500; ++i)
    rows += std::to_string(i) + ";Schule;PRIMARY;Träger " + std::to_string(i % 3) + ";;\n";
  ImportRequest first = First();
  first.set_dry_run(true);
  const std::int64_t revision = scene_.Revision();
  ASSERT_OK_AND_ASSIGN(const ImportResponse dry, Send(rows, first));
  EXPECT_EQ(dry.import().counts().stored(), 2'500);
  EXPECT_EQ(dry.import().counts().operators(), 3);
  EXPECT_EQ(dry.import().name(), "");
  EXPECT_EQ(scene_.Revision(), revision);
  ASSERT_OK_AND_ASSIGN(const ImportResponse real, Send(rows));
  EXPECT_THAT(real.import().counts(), EqualsProto(dry.import().counts()));
  EXPECT_EQ(real.import().last_revision(), scene_.Revision());
}

TEST_F(ImportTest, ARepeatedRequestIdGetsTheFirstCounts) {
  request_id_ = "first-try";
  ASSERT_OK_AND_ASSIGN(const ImportResponse first, Send("1;A;PRIMARY;;;\n"));
  EXPECT_EQ(first.import().name(), "landscapes/musterland/imports/first-try");
  const std::int64_t revision = scene_.Revision();
  ASSERT_OK_AND_ASSIGN(const ImportResponse again, Send("1;A;PRIMARY;;;\n"));
  EXPECT_THAT(again.import().counts(), EqualsProto(first.import().counts()));
  EXPECT_EQ(scene_.Revision(), revision);
  ImportRequest other = First();
  other.set_source("andere");
  EXPECT_THAT(Send("1;A;PRIMARY;;;\n", other), StatusIs(Reason::REQUEST_ID_REUSED));
}

TEST_F(ImportTest, AStreamThatBreaksOffKeepsWhatWasStoredAndSaysSo) {
  std::string rows(kHeader);
  for (int i = 0; i < 1'500; ++i) rows += std::to_string(i) + ";Schule;PRIMARY;;Straße " + std::to_string(i) + ";X\n";
  CallContext call = scene_.Call();
  call.cancelled = [] { return true; };
  EXPECT_THAT(scene_.Import(DocumentStream(First(), rows, 5'000), ImportMapping::ACTORS, call),
              StatusIs(Reason::CALL_CANCELLED));
  ASSERT_THAT(scene_.All(kImports), SizeIs(1));
  const Import broken = scene_.All(kImports)[0];
  EXPECT_EQ(broken.state(), Import::BROKEN_OFF);
  EXPECT_EQ(broken.counts().stored(), static_cast<std::int64_t>(scene_.All(kActors).size()));
  EXPECT_GE(broken.counts().stored(), 1'000);
  EXPECT_LT(broken.counts().stored(), 1'500);
  ASSERT_OK_AND_ASSIGN(const ImportResponse again,
                       scene_.Import(DocumentStream(First(), rows), ImportMapping::ACTORS, scene_.Call()));
  EXPECT_EQ(again.import().counts().unchanged(), broken.counts().stored());
  EXPECT_EQ(again.import().counts().stored(), 1'500 - broken.counts().stored());
}

TEST_F(ImportTest, RefusesBeforeAnythingIsStored) {
  ImportRequest first = First();
  first.set_preset("nrw-schools");
  EXPECT_THAT(Send("", first), HasViolation("mapping", Reason::CONFLICTING_FIELDS));
  EXPECT_THAT(Send("", ImportRequest()), HasViolation("preset", Reason::FIELD_REQUIRED));
  ImportRequest unknown;
  unknown.set_preset("nrw-school");
  EXPECT_THAT(Send("", unknown), HasViolation("preset", Reason::UNKNOWN_CODE));
  ImportRequest areas;
  areas.set_preset("destatis-municipalities");
  EXPECT_THAT(Send("", areas), HasViolation("mapping", Reason::CONFLICTING_FIELDS));
  ImportRequest nameless = First();
  nameless.clear_source();
  EXPECT_THAT(Send("", nameless), HasViolation("source", Reason::FIELD_REQUIRED));
  ImportRequest misnamed = First();
  misnamed.set_source("Meine Liste");
  EXPECT_THAT(Send("", misnamed), HasViolation("source", Reason::MALFORMED));
  ImportRequest other;
  other.set_preset("nrw-schools");
  EXPECT_THAT(Send("1;A;PRIMARY;;;\n", other), HasViolation("mapping", Reason::INVALID_MAPPING));
  EXPECT_THAT(scene_.Import({}, ImportMapping::ACTORS, scene_.Call()), HasViolation("parent", Reason::FIELD_REQUIRED));
  EXPECT_THAT(scene_.All(kImports), SizeIs(0));
}

TEST_F(ImportTest, TakesRowsInPlaceOfADocumentButNotBoth) {
  ImportRequest first = First();
  first.set_parent("landscapes/musterland");
  auto& values = *first.add_rows()->mutable_values();
  values["Nr"] = "1";
  values["Name"] = "A";
  ASSERT_OK_AND_ASSIGN(const ImportResponse response, scene_.Import({first}, ImportMapping::ACTORS, scene_.Call()));
  EXPECT_EQ(response.import().counts().stored(), 1);
  first.mutable_document()->set_data("Nr;Name\n");
  EXPECT_THAT(scene_.Import({first}, ImportMapping::ACTORS, scene_.Call()),
              HasViolation("rows", Reason::CONFLICTING_FIELDS));
}

TEST_F(ImportTest, SaysThatThereIsNoSuchLandscape) {
  CallContext call = scene_.Call();
  call.landscape = "nirgendwo";
  EXPECT_THAT(scene_.Import({First()}, ImportMapping::ACTORS, call), StatusIs(Reason::UNKNOWN_LANDSCAPE));
}

// As services/allmende/command/export_command.cc writes them.
constexpr std::string_view kExportedActors =
    "name,display_name,other_names,kinds,sphere,sector,legal_form,identifiers,description,life_phases,topics,"
    "target_groups,languages,phone,fax,email,website,social,area,operator,site,street,house_number,postcode,locality,"
    "district,addition,country,latitude,longitude,source,source_key,verified_time,update_time\r\n"
    "landscapes/old/actors/stadt,Stadt,,MEMBER_MUNICIPALITY,INTERNAL,PUBLIC,,,,,,,,,,,,,,,,,,,,,,,,,manual,,,\r\n"
    "landscapes/old/actors/seeschule,Seeschule,Schule am See|GS See,SCHOOL|FAMILY_CENTRE,EXTERNAL,PUBLIC,AUTHORITY,"
    "school-number=NRW=1|wikidata==Q1,\"Zwei\r\nZeilen\",PRIMARY,MUSIC|STEM,,de|da,+4946112345|+4946112346,,"
    "a@example.de,https://example.de,,,landscapes/old/actors/stadt,landscapes/old/sites/haus,Seeweg,3,24937,Flensburg,"
    "Mitte,Hinterhaus,,54.5,9.5,nrw-schools,1,,2024-01-01T00:00:00Z\r\n";

TEST_F(ImportTest, TakesAnExportBackWithItsIds) {
  ImportRequest first;
  first.set_preset("allmende-actors");
  ASSERT_OK_AND_ASSIGN(const ImportResponse response,
                       scene_.Import(DocumentStream(first, kExportedActors), ImportMapping::ACTORS, scene_.Call()));
  EXPECT_EQ(response.import().counts().stored(), 2);
  EXPECT_EQ(response.import().counts().refused(), 0);
  EXPECT_EQ(response.import().counts().repaired(), 1) << "the line break in the description";
  Actor school = Named("Seeschule");
  for (const char* field : {"revision", "etag", "create_time", "update_time"}) {
    school.GetReflection()->ClearField(&school, Actor::descriptor()->FindFieldByName(field));
  }
  EXPECT_THAT(school, EqualsProto(R"pb(name: "landscapes/musterland/actors/seeschule"
                                       display_name: "Seeschule"
                                       other_names: "Schule am See"
                                       other_names: "GS See"
                                       kinds: SCHOOL
                                       kinds: FAMILY_CENTRE
                                       sphere: EXTERNAL
                                       sector: PUBLIC
                                       legal_form: AUTHORITY
                                       identifiers { scheme: "school-number" agency: "NRW" value: "1" }
                                       identifiers { scheme: "wikidata" value: "Q1" }
                                       description: "Zwei Zeilen"
                                       life_phases: "PRIMARY"
                                       topics: "MUSIC"
                                       topics: "STEM"
                                       languages: "de"
                                       languages: "da"
                                       channels { kind: PHONE value: "+4946112345" }
                                       channels { kind: PHONE value: "+4946112346" }
                                       channels { kind: EMAIL value: "a@example.de" }
                                       channels { kind: WEBSITE value: "https://example.de" }
                                       operator: "landscapes/musterland/actors/stadt"
                                       sites {
                                         site: "landscapes/musterland/sites/haus"
                                         address {
                                           street: "Seeweg"
                                           house_number: "3"
                                           postcode: "24937"
                                           locality: "Flensburg"
                                           district: "Mitte"
                                           addition: "Hinterhaus"
                                         }
                                         point { latitude: 54.5 longitude: 9.5 }
                                       }
                                       source: "nrw-schools"
                                       source_key: "1")pb"));
  ASSERT_OK_AND_ASSIGN(const ImportResponse again,
                       scene_.Import(DocumentStream(first, kExportedActors), ImportMapping::ACTORS, scene_.Call()));
  EXPECT_EQ(again.import().counts().unchanged(), 2);
}

TEST_F(ImportTest, TakesExportedAreasBackWithTheirIds) {
  constexpr std::string_view kExported =
      "name,display_name,other_names,kind,parent,ags,ars,local_key,postcodes,population,male,female,population_as_of,"
      "square_kilometres,latitude,longitude,source\r\n"
      "landscapes/old/areas/01,Schleswig-Holstein,,LAND,,01,01,,,,,,,,,,manual\r\n"
      "landscapes/old/areas/01001000,Flensburg,\"Flensburg, Stadt\",GEMEINDE,landscapes/old/areas/01,01001000,"
      "010010000000,,24937|24939,90164,44904,45260,2019-12-31,53.02,54.78,9.43,manual\r\n";
  ImportRequest first;
  first.set_preset("allmende-areas");
  for (const int stored : {2, 0}) {
    ASSERT_OK_AND_ASSIGN(const ImportResponse response,
                         scene_.Import(DocumentStream(first, kExported), ImportMapping::AREAS, scene_.Call()));
    EXPECT_EQ(response.import().counts().stored(), stored);
    EXPECT_EQ(response.import().counts().unchanged(), 2 - stored);
    EXPECT_EQ(response.import().counts().repaired(), 0);
  }
  const std::vector<v1::Area> areas = scene_.All(kAreas);
  ASSERT_THAT(areas, SizeIs(2));
  EXPECT_EQ(areas[1].parent(), "landscapes/musterland/areas/01");
  EXPECT_EQ(areas[1].population().as_of().day(), 31);
  EXPECT_THAT(areas[1].postcodes(), SizeIs(2));
}

TEST_F(ImportTest, ListsThePresetsPageByPage) {
  CallContext call = scene_.Call();
  call.language = Language::kEnglish;
  v1::ListImportPresetsRequest request;
  request.set_page_size(4);
  std::vector<std::string> names;
  do {
    ASSERT_OK_AND_ASSIGN(const v1::ListImportPresetsResponse page, scene_.handlers().ListImportPresets(call, request));
    EXPECT_LE(page.import_presets_size(), 4);
    for (const v1::ImportPreset& preset : page.import_presets()) {
      names.push_back(preset.name());
      EXPECT_THAT(preset.mapping(), HasSubstr("\"target\""));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ::testing::AllOf(::testing::Contains("nrw-schools"), ::testing::Contains("allmende-actors")));
  EXPECT_TRUE(std::ranges::is_sorted(names));
}

}  // namespace
}  // namespace allmende::registry
