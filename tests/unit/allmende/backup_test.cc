// The archive of a backup and the survey that a restore is checked by.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "common/testing/matchers.h"
#include "common/testing/temporary.h"
#include "services/allmende/backup/archive.h"
#include "services/allmende/backup/survey.h"

namespace allmende::backup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

void Write(const std::filesystem::path& file, std::string_view text) { std::ofstream(file, std::ios::binary) << text; }
std::string Read(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

TEST(Archive, GivesBackEveryByteOfEveryFile) {
  TempDir dir;
  std::string large(3'000'000, 'x');
  large[1'500'000] = '\0';
  Write(dir / "a", large);
  Write(dir / "b", "");
  ASSERT_OK(Pack(dir / "backup", {{dir / "a", "registry.db"}, {dir / "b", "keys.json"}}));
  TempDir out;
  ASSERT_OK(Unpack(dir / "backup", out / "."));
  EXPECT_EQ(Read(out / "registry.db"), large);
  EXPECT_EQ(Read(out / "keys.json"), "");
}

TEST(Archive, IsReadableByItsOwnerAloneAndLeavesNothingHalfDone) {
  TempDir dir;
  Write(dir / "a", "text");
  ASSERT_OK(Pack(dir / "backup", {{dir / "a", "a"}}));
  struct stat info {};
  ASSERT_EQ(stat((dir / "backup").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_FALSE(Pack(dir / "other", {{dir / "missing", "a"}}).ok());
  EXPECT_FALSE(std::filesystem::exists(dir / "other"));
  EXPECT_FALSE(std::filesystem::exists(dir / "other.new"));
}

TEST(Archive, RefusesNamesThatLeadOutOfTheFolder) {
  TempDir dir;
  Write(dir / "a", "text");
  for (const char* name : {"../a", "/etc/a", "folder/a", ".."}) {
    ASSERT_OK(Pack(dir / "backup", {{dir / "a", name}}));
    TempDir out;
    EXPECT_EQ(ReasonOf(Unpack(dir / "backup", out / ".")), Reason::INVALID_FIELDS) << name;
    EXPECT_TRUE(std::filesystem::is_empty(out / ".")) << name;
  }
}

TEST(Archive, RefusesWhatIsNoArchive) {
  TempDir dir;
  Write(dir / "backup", "this is not a backup");
  EXPECT_EQ(ReasonOf(Unpack(dir / "backup", dir / ".")), Reason::INVALID_FIELDS);
  EXPECT_EQ(ReasonOf(Unpack(dir / "nothing", dir / ".")), Reason::TEMPORARILY_UNAVAILABLE);
}

TEST(Survey, SurvivesItsOwnJson) {
  const Survey survey{
      {"a-town", {.revision = 7, .changes = 9, .records = 3, .history_digest = "ab", .records_digest = "cd"}}};
  EXPECT_EQ(SurveyFromJson(ToJson(survey)), survey);
  EXPECT_EQ(SurveyFromJson(nlohmann::ordered_json("text")), std::nullopt);
}

TEST(Survey, NamesEveryDifference) {
  const LandscapeState state{.revision = 7, .changes = 9, .records = 3, .history_digest = "ab", .records_digest = "cd"};
  LandscapeState other = state;
  other.records = 2;
  other.records_digest = "ce";
  EXPECT_THAT(Differences({{"a", state}}, {{"a", state}}), IsEmpty());
  EXPECT_THAT(Differences({{"a", state}, {"b", state}}, {{"a", other}, {"c", state}}),
              ElementsAre(HasSubstr("a: records 2"), HasSubstr("a: records_digest"), HasSubstr("b: missing"),
                          HasSubstr("c: not in the backup")));
}

}  // namespace
}  // namespace allmende::backup
