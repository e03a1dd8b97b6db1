// The same questions get the same JSON bytes on SQLite and PostgreSQL, with Redis and without; only times may differ.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "common/testing/temporary_postgres.h"
#include "common/testing/temporary_redis.h"
#include "tests/e2e/all_in_one.h"

namespace allmende::e2e {
namespace {

constexpr const char* kQuestions[] = {
    "/v1/landscapes",
    "/v1/landscapes/musterland",
    "/v1/landscapes/nowhere",
    "/v1/landscapes/musterland/areas?page_size=7",
    "/v1/landscapes/musterland/areas/99001001",
    "/v1/landscapes/musterland/areas/99001999",
    "/v1/landscapes/musterland/areas?filter=kind%20%3D%20%22GEMEINDE%22&order_by=display_name%20desc",
    "/v1/landscapes/musterland/actors?page_size=50",
    "/v1/landscapes/musterland/"
    "actors?page_size=25&order_by=display_name&filter=kinds%3ASCHOOL%20AND%20NOT%20topics%3AMINT",
    "/v1/landscapes/musterland/actors?filter=no_such_field%20%3D%201",
    "/v1/landscapes/musterland/actors?filter=kinds%3AGARDEN",
    "/v1/landscapes/musterland/actors:search?query=grundschule%20see&facets=kinds&facets=topics&page_size=20",
    "/v1/landscapes/musterland/actors:search?query=foerderverein&page_size=5",
    "/v1/landscapes/musterland/actors:search?query=musiks&prefix=true",
    "/v1/landscapes/musterland/actors:search?query=volkshochschuel",
    "/v1/landscapes/musterland/"
    "actors:search?center.latitude=52.4&center.longitude=12.2&radius_metres=6000&page_size=30",
    "/v1/landscapes/musterland/"
    "actors:search?query=kita&center.latitude=52.4&center.longitude=12.2&radius_metres=20000&facets=life_phases",
    "/v1/landscapes/musterland/sites?page_size=20",
    "/v1/landscapes/musterland/areas?read_revision=3&page_size=5",
    "/v1/landscapes/musterland/areas/99001:history",
    "/v1/importPresets",
    "/openapi.json",
};

// Times and what is made of them.
std::string WithoutTimes(const std::string& body) {
  static const std::regex kTime(R"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z)");
  static const std::regex kTrace(R"re("(traceId|etag)":"[^"]*")re");
  return std::regex_replace(std::regex_replace(body, kTime, "TIME"), kTrace, "\"$1\":\"\"");
}

std::vector<std::string> Answers(AllInOne& server) {
  std::vector<std::string> answers;
  for (const char* question : kQuestions) {
    const command::HttpReply cold = server.Get(question);
    EXPECT_NE(cold.status, 0) << question;
    EXPECT_LT(cold.status, 500) << question << ": " << cold.body;
    const command::HttpReply warm = server.Get(question);  // from a cache, where there is one
    EXPECT_EQ(WithoutTimes(cold.body), WithoutTimes(warm.body)) << question;
    answers.push_back(std::to_string(warm.status) + " " + WithoutTimes(warm.body));
  }
  return answers;
}

void ExpectSame(const std::vector<std::string>& expected, const std::vector<std::string>& found, const char* where) {
  ASSERT_EQ(expected.size(), found.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(expected[i], found[i]) << where << ": " << kQuestions[i];
}

TEST(SameBytes, OnBothEnginesWithAndWithoutRedis) {
  ALLMENDE_SKIP_WITHOUT_POSTGRES();
  ALLMENDE_SKIP_WITHOUT_REDIS();
  const TempDir folder;
  const std::string database = TemporaryPostgres::Shared().NewDatabase();
  ASSERT_EQ(Allmende({"demo", "--data", folder / "sqlite"}).exit_code, 0);
  ASSERT_EQ(Allmende({"demo", "--data", folder / "postgres", "--database", database}).exit_code, 0);
  TemporaryRedis redis;

  std::vector<std::string> expected;
  {
    AllInOne server({.data = folder / "sqlite"});
    expected = Answers(server);
    EXPECT_THAT(expected[4], testing::HasSubstr("Musterstadt"));
  }
  {
    AllInOne server({.data = folder / "sqlite", .redis = redis.url()});
    ExpectSame(expected, Answers(server), "SQLite with Redis");
  }
  for (const std::string& url : {std::string(), redis.url()}) {
    AllInOne server({.data = folder / "postgres", .database = database, .redis = url});
    ExpectSame(expected, Answers(server), url.empty() ? "PostgreSQL" : "PostgreSQL with Redis");
  }
}

}  // namespace
}  // namespace allmende::e2e
