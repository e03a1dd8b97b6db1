// The lists of real offices (../shared/data), imported into a landscape on each kind of database: how many rows of each
// list are stored, why each other row is not, and that sending the same list again changes nothing.
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/support/import_scene.h"

namespace allmende {
namespace {

using registry::v1::Actor;
using registry::v1::Area;
using registry::v1::ImportCounts;
using registry::v1::ImportMapping;
using registry::v1::ImportRemark;
using registry::v1::ImportRequest;
using registry::v1::ImportResponse;

const std::filesystem::path kData = "../shared/data";

struct List {
  std::string preset;
  std::string file;
  ImportMapping::Target target;
  int rows;
  int operators;
  std::map<std::string, int> refused;  // "REASON column" -> rows
};

// In an order in which each finds what it refers to.
const std::vector<List>& Lists() {
  static const std::vector<List> lists = {
      {"destatis-municipalities", "municipalities/destatis_gv_auszug_4q2020.csv", ImportMapping::AREAS, 16'068, 0, {}},
      {"flensburg-population", "flensburg/population_by_district_and_age_2021.csv", ImportMapping::AREAS, 13, 0, {}},
      {"nrw-schools", "schools/schools_nrw_2024_25.csv", ImportMapping::ACTORS, 5'407, 0, {}},
      {"sh-schools", "schools/schools_schleswig_holstein.tsv", ImportMapping::ACTORS, 1'048, 0, {}},
      {"sh-kitas",
       "kitas/kitas_schleswig_holstein.csv",
       ImportMapping::ACTORS,
       1'870,
       771,
       {{"PLACEHOLDER_ROW name", 13}}},
      {"flensburg-kitas", "flensburg/kitas_flensburg_capacity.csv", ImportMapping::ACTORS, 70, 21, {}},
      {"flensburg-schools", "flensburg/schools_flensburg.csv", ImportMapping::ACTORS, 30, 4, {}},
      {"leipzig-actors", "leipzig/actors_a.csv", ImportMapping::ACTORS, 626, 0, {}},
  };
  return lists;
}

std::string ReadFile(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

std::map<std::string, int> Reasons(const google::protobuf::RepeatedPtrField<ImportRemark>& remarks) {
  std::map<std::string, int> reasons;
  for (const ImportRemark& remark : remarks) {
    ++reasons[type::v1::Reason_Name(remark.reason()) + " " + remark.column()];
    EXPECT_NE(remark.message(), "");
    EXPECT_NE(remark.remedy(), "");
    EXPECT_GT(remark.line(), 0);
  }
  return reasons;
}

class ImportLists : public ::testing::TestWithParam<DatabaseKind> {
 protected:
  void SetUp() override {
    ALLMENDE_SKIP_WITHOUT(GetParam());
    if (!std::filesystem::exists(kData)) GTEST_SKIP() << "NOT TESTED: the real lists (../shared/data) are not here";
    scene_ = std::make_unique<ImportScene>(GetParam());
  }

  ImportResponse Import(const List& list, bool dry_run = false) {
    ImportRequest first;
    first.set_preset(list.preset);
    first.set_dry_run(dry_run);
    auto response = scene_->Import(DocumentStream(first, ReadFile(kData / list.file)), list.target, scene_->Call());
    EXPECT_OK(response) << list.preset;
    return response.ok() ? *response : ImportResponse();
  }

  std::unique_ptr<ImportScene> scene_;
};

TEST_P(ImportLists, EveryRowIsStoredOrSaysWhyNot) {
  std::map<std::string, ImportResponse> first_answers;
  for (const List& list : Lists()) {
    const ImportResponse response = Import(list);
    const ImportCounts& counts = response.import().counts();
    int refused = 0;
    for (const auto& [reason, rows] : list.refused) refused += rows;
    EXPECT_EQ(counts.rows(), list.rows) << list.preset;
    EXPECT_EQ(counts.stored(), list.rows - refused) << list.preset;
    EXPECT_EQ(counts.updated(), 0) << list.preset;
    EXPECT_EQ(counts.unchanged(), 0) << list.preset;
    EXPECT_EQ(counts.refused(), refused) << list.preset;
    EXPECT_EQ(counts.operators(), list.operators) << list.preset;
    EXPECT_EQ(counts.repaired(), response.repaired_size()) << list.preset;
    EXPECT_EQ(Reasons(response.refused()), list.refused) << list.preset;
    EXPECT_FALSE(response.remarks_truncated());
    first_answers[list.preset] = response;
  }
  EXPECT_EQ(scene_->All(registry::kAreas).size(), 16'081U);
  // 5,407 + 1,048 + 1,857 + 70 + 30 + 626 rows and 796 operators.
  EXPECT_EQ(scene_->All(registry::kActors).size(), 9'834U);

  // The same lists again: nothing is written but that they were here.
  const auto areas = scene_->All(registry::kAreas);
  const auto actors = scene_->All(registry::kActors);
  const std::int64_t revision = scene_->Revision();
  for (const List& list : Lists()) {
    const ImportResponse response = Import(list);
    const ImportCounts& counts = response.import().counts();
    EXPECT_EQ(counts.unchanged(), counts.rows() - counts.refused()) << list.preset;
    EXPECT_EQ(counts.stored() + counts.updated() + counts.operators(), 0) << list.preset;
    EXPECT_EQ(Reasons(response.repaired()), Reasons(first_answers[list.preset].repaired())) << list.preset;
  }
  EXPECT_EQ(scene_->Revision(), revision + static_cast<std::int64_t>(Lists().size()));
  const auto areas_again = scene_->All(registry::kAreas);
  const auto actors_again = scene_->All(registry::kActors);
  ASSERT_EQ(areas_again.size(), areas.size());
  ASSERT_EQ(actors_again.size(), actors.size());
  for (std::size_t i = 0; i < areas.size(); ++i) ASSERT_EQ(areas_again[i].etag(), areas[i].etag());
  for (std::size_t i = 0; i < actors.size(); ++i) ASSERT_EQ(actors_again[i].etag(), actors[i].etag());
}

TEST_P(ImportLists, ADryRunSaysTheSameAndStoresNothing) {
  const List& municipalities = Lists().front();
  const std::int64_t revision = scene_->Revision();
  const ImportResponse dry = Import(municipalities, /*dry_run=*/true);
  EXPECT_EQ(scene_->Revision(), revision);
  EXPECT_EQ(dry.import().name(), "");
  EXPECT_EQ(dry.import().counts().stored(), municipalities.rows);
  EXPECT_EQ(dry.import().counts().refused(), 0);
  const ImportResponse real = Import(municipalities);
  EXPECT_THAT(real.import().counts(), EqualsProto(dry.import().counts()));
  const List& kitas = Lists()[4];
  const ImportResponse dry_kitas = Import(kitas, /*dry_run=*/true);
  EXPECT_THAT(Import(kitas).import().counts(), EqualsProto(dry_kitas.import().counts()));
}

INSTANTIATE_TEST_SUITE_P(EveryDatabase, ImportLists, ::testing::ValuesIn(DatabaseKinds()), NameOfKind);

}  // namespace
}  // namespace allmende
