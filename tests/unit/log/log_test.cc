#include "common/log/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

namespace allmende::log {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kTime = "2024-01-01T00:00:00.000000Z";

google::protobuf::Struct Parse(const std::string& line) {
  google::protobuf::Struct parsed;
  const auto status = google::protobuf::util::JsonStringToMessage(line, &parsed);
  EXPECT_TRUE(status.ok()) << line;
  return parsed;
}

TEST(Log, WritesOneJsonObjectWithTimeLevelMessageAndFields) {
  const std::string line = Format(Level::kInfo, kTime, "listening",
                                  {{"address", "127.0.0.1:1"}, {"port", 1}, {"share", 0.5}, {"tls", false}});
  EXPECT_EQ(line, R"({"time":"2024-01-01T00:00:00.000000Z","level":"info","message":"listening",)"
                  R"("address":"127.0.0.1:1","port":1,"share":0.5,"tls":false})");
}

TEST(Log, KeepsGermanLetters) {
  EXPECT_THAT(Format(Level::kInfo, kTime, "x", {{"name", "Straße in Köln"}}), HasSubstr("Straße in Köln"));
}

TEST(Log, LetsNoKindOfLineBreakThrough) {
  const std::string line = Format(Level::kInfo, kTime, "x", {{"value", "a\nb\rc\u2028d\u0085e\x1b[0m\x7f"}});
  for (const char* breaking : {"\n", "\r", "\u2028", "\u0085", "\x1b", "\x7f"})
    EXPECT_THAT(line, Not(HasSubstr(breaking)));
  EXPECT_THAT(line, HasSubstr("a\\u000ab\\u000dc"));
}

RC_GTEST_PROP(Log, MakesValidJsonOfAnyBytes, (const std::string& bytes)) {
  const std::string line = Format(Level::kError, kTime, "x", {{"value", bytes}});
  RC_ASSERT(line.find('\n') == std::string::npos);
  RC_ASSERT(Parse(line).fields().contains("value"));
}

TEST(Log, ReplacesBrokenUtf8) {
  for (const char* broken : {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe0\x80\x80"}) {
    EXPECT_THAT(Parse(Format(Level::kInfo, kTime, "x", {{"v", broken}})).fields().at("v").string_value(),
                HasSubstr("\uFFFD"));
  }
}

TEST(Log, CutsLongValuesAndNeverExceedsWhatAPipeTakesAtOnce) {
  const std::string huge(100'000, 'x');
  const std::string line = Format(Level::kInfo, kTime, "x",
                                  {{"a", huge},
                                   {"b", huge},
                                   {"c", huge},
                                   {"d", huge},
                                   {"e", huge},
                                   {"f", huge},
                                   {"g", huge},
                                   {"h", huge},
                                   {"i", huge},
                                   {"j", huge}});
  EXPECT_LE(line.size() + 1, 4096U);
  EXPECT_THAT(Parse(line).fields().at("a").string_value().size(), testing::Eq(503U));
}

TEST(Log, LeavesOutWhatIsLessUrgentThanTheLevel) {
  std::vector<std::string> lines;
  SetSink([&](std::string_view line) { lines.emplace_back(line); });
  SetLevel(Level::kWarning);
  Debug("debug");
  Info("info");
  Warning("warning");
  Error("error");
  SetLevel(Level::kInfo);
  SetSink(nullptr);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], HasSubstr(R"("level":"warning","message":"warning")"));
  EXPECT_THAT(lines[1], HasSubstr(R"("level":"error","message":"error")"));
}

TEST(Log, KnowsItsLevelsByName) {
  for (const Level level : {Level::kDebug, Level::kInfo, Level::kWarning, Level::kError}) {
    EXPECT_EQ(LevelFromName(NameOf(level)), level);
  }
  EXPECT_EQ(LevelFromName("loud"), std::nullopt);
}

// stderr becomes a pipe that nobody reads: the process must go on, and say afterwards how much was lost.
TEST(Log, DropsLinesRatherThanWaitForAReaderThatStopped) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const int saved = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 5000; ++i) Info("a line that nobody reads", {{"number", i}});
  const auto took = std::chrono::steady_clock::now() - start;
  std::string read_back(1 << 20, '\0');
  const ssize_t first = read(ends[0], read_back.data(), read_back.size());
  Info("the reader is back");
  std::string rest(4096, '\0');
  const ssize_t second = read(ends[0], rest.data(), rest.size());
  dup2(saved, STDERR_FILENO);
  for (const int descriptor : {saved, ends[0], ends[1]}) close(descriptor);

  EXPECT_LT(took, std::chrono::seconds(2));
  ASSERT_GT(first, 0);
  ASSERT_GT(second, 0);
  EXPECT_THAT(rest, HasSubstr("log lines were dropped"));
  EXPECT_THAT(rest, HasSubstr("the reader is back"));
}

}  // namespace
}  // namespace allmende::log
