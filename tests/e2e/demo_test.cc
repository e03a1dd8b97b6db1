// The demo landscape as it arrives: the same for the same seed, whichever way it goes in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/testing/temporary_postgres.h"
#include "tests/e2e/all_in_one.h"

namespace allmende::e2e {
namespace {

using nlohmann::json;

// Everything of a collection without what depends on when it was written.
std::string Content(const AllInOne& server, const std::string& collection) {
  const Outcome outcome = Allmende({"export", "--server", server.url(), "--landscape", "musterland", "--format",
                                    "jsonl", "--collection", collection});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  std::istringstream lines(outcome.out);
  std::string content;
  for (std::string line; std::getline(lines, line);) {
    json resource = json::parse(line);
    for (const char* field : {"revision", "etag", "createTime", "updateTime"}) resource.erase(field);
    content += resource.dump() + "\n";
  }
  return content;
}

TEST(Demo, IsTheSameThroughEveryDoor) {
  const TempDir folder;
  ASSERT_EQ(Allmende({"demo", "--data", folder / "data", "--truth", folder / "a.csv"}).exit_code, 0);
  AllInOne first({.data = folder / "data"});
  AllInOne second;
  const Outcome outcome = Allmende({"demo", "--server", second.url(), "--truth", folder / "b.csv"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  for (const char* collection : {"areas", "actors", "sites"}) {
    const std::string content = Content(first, collection);
    EXPECT_GT(std::count(content.begin(), content.end(), '\n'), 50);
    EXPECT_EQ(content, Content(second, collection)) << collection;
  }
  EXPECT_EQ(ReadFile(folder / "a.csv"), ReadFile(folder / "b.csv"));
  EXPECT_THAT(ReadFile(folder / "a.csv"), testing::StartsWith("first,second,why\nlandscapes/musterland/actors/"));
}

TEST(Demo, IsTheSameOnPostgres) {
  ALLMENDE_SKIP_WITHOUT_POSTGRES();
  const std::string database = TemporaryPostgres::Shared().NewDatabase();
  const TempDir folder;
  ASSERT_EQ(Allmende({"demo", "--data", folder / "sqlite"}).exit_code, 0);
  const Outcome outcome = Allmende({"demo", "--data", folder / "postgres", "--database", database});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  AllInOne sqlite({.data = folder / "sqlite"});
  AllInOne postgres({.data = folder / "postgres", .database = database});
  for (const char* collection : {"areas", "actors", "sites"}) {
    EXPECT_EQ(Content(sqlite, collection), Content(postgres, collection)) << collection;
  }
}

TEST(Demo, OfAnotherSeedIsAnother) {
  const TempDir folder;
  for (const char* seed : {"1", "2"}) {
    const std::string data = folder / seed;
    ASSERT_EQ(Allmende({"demo", "--data", data, "--seed", seed, "--truth", data + ".csv"}).exit_code, 0);
  }
  EXPECT_NE(ReadFile(folder / "1.csv"), ReadFile(folder / "2.csv"));
}

}  // namespace
}  // namespace allmende::e2e
