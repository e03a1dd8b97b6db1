// How the process comes and goes: orderly ends, clear refusals, and nobody else in its house.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "tests/e2e/all_in_one.h"

namespace allmende::e2e {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

TEST(StartStop, EndsByItselfWithinTenSecondsWhenAsked) {
  for (const int signal : {SIGTERM, SIGINT}) {
    AllInOne server;
    const auto start = std::chrono::steady_clock::now();
    server.process().Signal(signal);
    EXPECT_EQ(server.process().Wait(), 0) << server.Log();
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  }
}

TEST(StartStop, EndsWhileSomebodyWatches) {
  AllInOne server;
  ASSERT_TRUE(server.Post("/v1/landscapes?landscape_id=a-town", {{"displayName", "A"}}).ok());
  ChildProcess watcher({.command = {"/usr/bin/curl", "-sN", server.url() + "/v1/landscapes/a-town/actors:watch"}});
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(server.Stop(), 0) << server.Log();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  watcher.Wait();
}

TEST(StartStop, KeepsWhatWasAcknowledged) {
  const TempDir folder;
  {
    AllInOne server({.data = folder / "data"});
    ASSERT_TRUE(server.Post("/v1/landscapes?landscape_id=a-town", {{"displayName", "A"}}).ok());
    server.process().Signal(SIGKILL);
    server.process().Wait();
  }
  AllInOne server({.data = folder / "data"});
  EXPECT_EQ(server.GetJson("/v1/landscapes/a-town")["displayName"], "A");
}

TEST(StartStop, LetsNoSecondProcessIntoItsData) {
  AllInOne server;
  const Outcome second = Allmende(
      {"serve", "--data", server.data(), "--listen", "127.0.0.1:" + std::to_string(FreePort()), "--development"},
      {"LC_ALL=en_GB.UTF-8"});
  EXPECT_NE(second.exit_code, 0);
  EXPECT_THAT(second.err, HasSubstr(server.data().string()));
}

TEST(StartStop, RefusesAPortThatIsTaken) {
  AllInOne server;
  const TempDir folder;
  const Outcome second =
      Allmende({"serve", "--data", folder / "data", "--listen", server.url().substr(7), "--development"});
  EXPECT_NE(second.exit_code, 0);
  EXPECT_THAT(second.err, HasSubstr(server.url().substr(7)));
}

TEST(StartStop, RefusesToGoWithoutIdentityWhereOthersCouldCall) {
  const TempDir folder;
  const Outcome outcome = Allmende(
      {"serve", "--data", folder / "data", "--listen", "0.0.0.0:" + std::to_string(FreePort()), "--development"});
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("development"));
}

TEST(StartStop, SaysHowItIsOnItsHealthPages) {
  AllInOne server;
  EXPECT_EQ(server.Get("/healthz").status, 200);
  EXPECT_EQ(server.Get("/readyz").status, 200);
  EXPECT_THAT(server.Get("/metrics").body, HasSubstr("# TYPE"));
  EXPECT_EQ(server.GetJson("/openapi.json")["openapi"], "3.1.0");
}

TEST(StartStop, WritesJsonLinesAsItsLog) {
  AllInOne server;
  server.Get("/v1/landscapes");
  server.Stop();
  std::istringstream lines(server.Log());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(entry.is_object()) << line;
    EXPECT_TRUE(entry.contains("time") && entry.contains("level") && entry.contains("message")) << line;
  }
  EXPECT_GT(count, 0);
}

}  // namespace
}  // namespace allmende::e2e
