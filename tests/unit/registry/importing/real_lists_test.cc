// The lists of real offices (../shared/data), through the engine: how many rows become entries, and what is said about
// each kind of defect. The counts are exact, so that nothing is ever swallowed unnoticed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "common/testing/matchers.h"
#include "services/registry/importing/importer.h"
#include "services/registry/importing/presets.h"

namespace allmende::importing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr std::int32_t kToday = 20240101;
const std::filesystem::path kData = "../shared/data";

struct Read {
  std::vector<ActorEntry> actors;
  std::vector<AreaEntry> areas;
  ImportCounts counts;                 // of rows that did not become entries
  std::map<std::string, int> refused;  // "REASON column" -> how often
  std::map<std::string, int> remarks;
};

std::string KindOf(const ImportRemark& remark) {
  return type::v1::Reason_Name(remark.reason()) + " " + remark.column();
}

AreaTable TableOf(const std::vector<AreaEntry>& areas) {
  AreaTable table(kToday);
  for (const AreaEntry& entry : areas) table.Add(entry.id, entry.area);
  return table;
}

Read ReadList(std::string_view preset, const std::filesystem::path& file, AreaTable areas) {
  std::ifstream in(kData / file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  auto mapping = ParseMapping(FindPreset(preset)->json);
  EXPECT_OK(mapping);
  Importer importer(*mapping, "musterland", std::string(preset), std::move(areas));
  EXPECT_OK(importer.Feed(text.str()));
  EXPECT_OK(importer.Finish());
  Batch batch = importer.TakeBatch();
  Read read{std::move(batch.actors), std::move(batch.areas), batch.ledger.counts(), {}, {}};
  for (const ActorEntry& entry : read.actors) {
    for (const ImportRemark& remark : entry.notes) ++read.remarks[KindOf(remark)];
  }
  for (const AreaEntry& entry : read.areas) {
    for (const ImportRemark& remark : entry.notes) ++read.remarks[KindOf(remark)];
  }
  ImportResponse response;
  batch.ledger.WriteTo(response, Language::kGerman);
  for (const ImportRemark& remark : response.refused()) ++read.refused[KindOf(remark)];
  for (const ImportRemark& remark : response.repaired()) ++read.remarks[KindOf(remark)];
  return read;
}

class RealLists : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kData)) GTEST_SKIP() << "the real lists (../shared/data) are not on this machine";
  }

  static const std::vector<AreaEntry>& Municipalities() {
    static const std::vector<AreaEntry> areas =
        ReadList("destatis-municipalities", "municipalities/destatis_gv_auszug_4q2020.csv", AreaTable(kToday)).areas;
    return areas;
  }
};

TEST_F(RealLists, TheMunicipalityListBecomesTheWholeHierarchy) {
  const Read read =
      ReadList("destatis-municipalities", "municipalities/destatis_gv_auszug_4q2020.csv", AreaTable(kToday));
  // 16 Länder, 29 Regierungsbezirke, 12 Regionen, 401 Kreise, 4,606 Gemeindeverbände, 11,004 Gemeinden.
  ASSERT_THAT(read.areas, SizeIs(16'068));
  EXPECT_THAT(read.refused, IsEmpty());
  EXPECT_THAT(read.remarks, UnorderedElementsAre(Pair("VALUE_DROPPED breitengrad", 1),      // 0 / 0
                                                 Pair("VALUE_REPAIRED gemeindename", 2)));  // double blanks
  std::int64_t population = 0;
  std::map<AreaKind, int> kinds;
  int orphans = 0;
  for (const AreaEntry& entry : read.areas) {
    population += entry.area.population().total();
    ++kinds[entry.area.kind()];
    orphans += entry.area.parent().empty() ? 1 : 0;
  }
  EXPECT_EQ(population, 83'166'711);
  EXPECT_EQ(orphans, 16) << "only the Länder lie in nothing";
  EXPECT_THAT(kinds, UnorderedElementsAre(Pair(AreaKind::LAND, 16), Pair(AreaKind::GOVERNMENT_REGION, 29),
                                          Pair(AreaKind::PLANNING_REGION, 12), Pair(AreaKind::KREIS, 401),
                                          Pair(AreaKind::GEMEINDEVERBAND, 4'606), Pair(AreaKind::GEMEINDE, 11'004)));
}

TEST_F(RealLists, AMunicipalityHasItsNameKeysPlaceAndParent) {
  const auto found = std::ranges::find(Municipalities(), "01001000", &AreaEntry::id);
  ASSERT_NE(found, Municipalities().end());
  EXPECT_THAT(found->area, EqualsProto(R"pb(display_name: "Flensburg"
                                            other_names: "Flensburg, Stadt"
                                            kind: GEMEINDE
                                            parent: "landscapes/musterland/areas/010010000"
                                            keys { scheme: AGS value: "01001000" }
                                            keys { scheme: ARS value: "010010000000" }
                                            point { latitude: 54.78252 longitude: 9.43751 }
                                            square_kilometres: 53.02
                                            population {
                                              as_of { year: 2019 month: 12 day: 31 }
                                              total: 90164
                                              male: 44904
                                              female: 45260
                                            }
                                            postcodes: "24937"
                                            source: "destatis-municipalities")pb"));
  const auto kreis = std::ranges::find(Municipalities(), "08111", &AreaEntry::id);
  ASSERT_NE(kreis, Municipalities().end());
  EXPECT_EQ(kreis->area.parent(), "landscapes/musterland/areas/0811") << "Stuttgart lies in the Region Stuttgart";
}

TEST_F(RealLists, EverySchoolOfNorthRhineWestphaliaIsTakenOver) {
  const Read read = ReadList("nrw-schools", "schools/schools_nrw_2024_25.csv", TableOf(Municipalities()));
  ASSERT_THAT(read.actors, SizeIs(5'407));
  EXPECT_THAT(read.refused, IsEmpty());
  EXPECT_THAT(read.remarks,
              UnorderedElementsAre(Pair("VALUE_REPAIRED Amtlicher Gemeindeschlüssel", 5'407),  // leading zero lost
                                   Pair("VALUE_REPAIRED Telefonnummer Vorwahl", 5'402),        // "211.0"; 5 have none
                                   Pair("VALUE_REPAIRED Faxnummer Vorwahl", 5'138),
                                   Pair("VALUE_DROPPED Faxnummer Vorwahl", 2),        // 16 digits
                                   Pair("VALUE_DROPPED latitude", 5),                 // in France, Ohio ...
                                   Pair("VALUE_REPAIRED Amtliche Bezeichnung 1", 8),  // surplus blanks
                                   Pair("VALUE_REPAIRED Amtliche Bezeichnung 2", 19),
                                   Pair("VALUE_REPAIRED Amtliche Bezeichnung 3", 103)));
  int with_area = 0;
  int with_point = 0;
  for (const ActorEntry& entry : read.actors) {
    with_area += entry.actor.area().empty() ? 0 : 1;
    with_point += entry.site && entry.site->has_point() ? 1 : 0;
  }
  EXPECT_EQ(with_area, 5'407);
  EXPECT_EQ(with_point, 5'400) << "2 have none, 5 lie elsewhere";
  EXPECT_EQ(read.actors[0].actor.area(), "landscapes/musterland/areas/05111000");
  EXPECT_EQ(read.actors[0].actor.channels(0).value(), "+492114791163");
}

TEST_F(RealLists, WithoutTheMunicipalitiesTheKeyOfASchoolIsReportedAndKept) {
  const Read read = ReadList("nrw-schools", "schools/schools_nrw_2024_25.csv", AreaTable(kToday));
  ASSERT_THAT(read.actors, SizeIs(5'407));
  EXPECT_EQ(read.remarks.at("UNKNOWN_AREA_KEY Amtlicher Gemeindeschlüssel"), 5'407);
  EXPECT_EQ(read.actors[0].actor.remarks().at("Amtlicher Gemeindeschlüssel"), "05111000");
}

TEST_F(RealLists, BranchSitesOfSchleswigHolsteinShareTheirSchoolNumber) {
  const Read read = ReadList("sh-schools", "schools/schools_schleswig_holstein.tsv", TableOf(Municipalities()));
  ASSERT_THAT(read.actors, SizeIs(1'048));
  EXPECT_THAT(read.refused, IsEmpty());
  EXPECT_THAT(read.remarks, UnorderedElementsAre(
                                Pair("SHARED_IDENTIFIER agency_number", 75),
                                Pair("AMBIGUOUS_AREA city", 4),     // such as Garding, which are two
                                Pair("UNKNOWN_REFERENCE city", 1),  // Pansdorf is no municipality
                                Pair("VALUE_REPAIRED fax", 2),      // "++49"
                                Pair("VALUE_REPAIRED telephone", 2), Pair("VALUE_REPAIRED name", 26),  // surplus blanks
                                Pair("VALUE_REPAIRED street", 12)));  // 11 with the house number, 1 blanks
  int with_area = 0;
  int with_point = 0;
  int without_number = 0;
  for (const ActorEntry& entry : read.actors) {
    with_area += entry.actor.area().empty() ? 0 : 1;
    with_point += entry.site && entry.site->has_point() ? 1 : 0;
    without_number += entry.actor.identifiers().empty() ? 1 : 0;
  }
  EXPECT_EQ(with_area, 1'043);
  EXPECT_EQ(with_point, 989);
  EXPECT_EQ(without_number, 59);
}

TEST_F(RealLists, KitasOfSchleswigHolsteinComeWithTheirOperators) {
  const Read read = ReadList("sh-kitas", "kitas/kitas_schleswig_holstein.csv", TableOf(Municipalities()));
  ASSERT_THAT(read.actors, SizeIs(1'857));
  EXPECT_THAT(read.refused, ElementsAre(Pair("PLACEHOLDER_ROW name", 13)));
  EXPECT_EQ(read.counts.refused(), 13);
  EXPECT_THAT(
      read.remarks,
      UnorderedElementsAre(
          Pair("AMBIGUOUS_AREA town", 8), Pair("UNKNOWN_REFERENCE town", 2),  // Pansdorf; Hamburg is not in the Land
          Pair("VALUE_DROPPED languages", 19),                                // of one row that ticked every language
          Pair("VALUE_DROPPED latitude", 1),                                  // a longitude without a latitude
          Pair("VALUE_DROPPED number", 13),                                   // "0", "." and "---" are no house numbers
          Pair("VALUE_REPAIRED number", 8),  // 5 blanks; "Parkplatz", "Hof Vilica" and "Wrangelstr" are additions
          Pair("VALUE_REPAIRED name", 50), Pair("VALUE_REPAIRED institution", 9), Pair("VALUE_REPAIRED bureau", 40),
          Pair("VALUE_REPAIRED street", 119), Pair("VALUE_REPAIRED town", 1), Pair("VALUE_REPAIRED postalcode", 69)));
  int operators = 0;
  int run = 0;
  int with_point = 0;
  for (const ActorEntry& entry : read.actors) {
    operators += entry.runner ? 1 : 0;
    run += entry.actor.operator_().empty() ? 0 : 1;
    with_point += entry.site && entry.site->has_point() ? 1 : 0;
  }
  EXPECT_EQ(run, 1'857);
  EXPECT_EQ(operators, 771);
  EXPECT_EQ(with_point, 1'758);
}

TEST_F(RealLists, DistrictsOfFlensburgHaveExactAgeSpans) {
  const Read read =
      ReadList("flensburg-population", "flensburg/population_by_district_and_age_2021.csv", TableOf(Municipalities()));
  ASSERT_THAT(read.areas, SizeIs(13));
  EXPECT_THAT(read.remarks, ElementsAre(Pair("CONFLICTING_FIELDS gesamt", 2),   // Neustadt and Sandberg do not add up
                                        Pair("VALUE_REPAIRED stadtteil", 2)));  // "Westliche_Höhe", "Friesischer_Berg"
  int sums = 0;
  for (const AreaEntry& entry : read.areas) {
    EXPECT_EQ(entry.area.parent(), "landscapes/musterland/areas/01001000");
    std::int64_t persons = 0;
    for (const auto& span : entry.area.population().by_age()) persons += span.persons();
    EXPECT_EQ(entry.area.population().by_age_size(), 8);
    sums += persons == entry.area.population().total() ? 1 : 0;
  }
  EXPECT_EQ(sums, 11);
}

TEST_F(RealLists, KitasOfFlensburgLieInTheirDistricts) {
  AreaTable areas = TableOf(Municipalities());
  for (const AreaEntry& entry :
       ReadList("flensburg-population", "flensburg/population_by_district_and_age_2021.csv", TableOf(Municipalities()))
           .areas) {
    areas.Add(entry.id, entry.area);
  }
  const Read read = ReadList("flensburg-kitas", "flensburg/kitas_flensburg_capacity.csv", std::move(areas));
  ASSERT_THAT(read.actors, SizeIs(70));
  EXPECT_THAT(read.refused, IsEmpty());
  EXPECT_THAT(read.remarks, IsEmpty());
  int places = 0;
  for (const ActorEntry& entry : read.actors) {
    EXPECT_TRUE(entry.actor.area().starts_with("landscapes/musterland/areas/01001000-")) << entry.actor.display_name();
    EXPECT_NE(entry.site->address().house_number(), "") << entry.site->address().street();
    places += std::stoi(entry.actor.remarks().at("childcare_places"));
  }
  EXPECT_EQ(places, 4'475);
}

TEST_F(RealLists, SchoolsOfFlensburgAreTakenOverWithoutRemark) {
  const Read read = ReadList("flensburg-schools", "flensburg/schools_flensburg.csv", TableOf(Municipalities()));
  ASSERT_THAT(read.actors, SizeIs(30));
  EXPECT_THAT(read.refused, IsEmpty());
  EXPECT_THAT(read.remarks, IsEmpty());
  for (const ActorEntry& entry : read.actors) EXPECT_EQ(entry.actor.area(), "landscapes/musterland/areas/01001000");
}

TEST_F(RealLists, ActorsOfLeipzigAreTakenOver) {
  const Read read = ReadList("leipzig-actors", "leipzig/actors_a.csv", AreaTable(kToday));
  EXPECT_THAT(read.actors, SizeIs(626));
  EXPECT_THAT(read.refused, IsEmpty());
  EXPECT_THAT(read.remarks, ElementsAre(Pair("VALUE_DROPPED website", 1)));  // a file:// address
}

}  // namespace
}  // namespace allmende::importing
