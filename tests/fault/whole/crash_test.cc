// The whole program is killed under load, again and again: what it acknowledged is there, and nothing is there twice.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/testing/temporary_postgres.h"
#include "tests/e2e/all_in_one.h"

namespace allmende::e2e {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr int kKills = 50;
constexpr int kWriters = 8;
constexpr char kActors[] = "/v1/landscapes/musterland/actors";

// What the writers know: every name they sent, and those that were acknowledged.
struct Ledger {
  std::mutex mutex;
  std::set<std::string> acknowledged;
  std::vector<std::string> open;  // sent without an answer; sent again with the same request id

  std::string Next(int writer, int number) {
    const std::lock_guard lock(mutex);
    if (open.empty()) return fmt::format("Verein-{}-{}", writer, number);
    std::string name = open.back();
    open.pop_back();
    return name;
  }
  void Note(const std::string& name, bool answered) {
    const std::lock_guard lock(mutex);
    if (answered) {
      acknowledged.insert(name);
    } else {
      open.push_back(name);
    }
  }
};

// Creates one actor after the other until there is no answer any more. The name is the request id, too.
void WriteUntilItDies(const std::string& url, int writer, std::atomic<int>& number, Ledger& ledger) {
  const command::Console console(Language::kEnglish);
  command::HttpClient client({.url = url}, console);
  while (true) {
    const std::string name = ledger.Next(writer, number++);
    const json actor = {{"displayName", name}, {"kinds", {"ASSOCIATION"}}};
    const command::HttpReply reply = client.Post(kActors + command::QueryString({{"requestId", name}}), actor.dump());
    ledger.Note(name, reply.ok());
    if (reply.ok()) continue;
    EXPECT_TRUE(reply.status == 0 || reply.status >= 500) << name << ": " << reply.status << " " << reply.body;
    return;
  }
}

std::map<std::string, int> CountByName(AllInOne& server) {
  std::map<std::string, int> counts;
  std::string token;
  do {
    const auto page = server.GetJson(
        kActors + command::QueryString({{"pageSize", "1000"}, {"fields", "display_name"}, {"pageToken", token}}));
    for (const auto& actor : page.value("actors", json::array())) ++counts[actor["displayName"].get<std::string>()];
    token = page.value("nextPageToken", "");
  } while (!token.empty());
  return counts;
}

void KillAgainAndAgain(const ServerSettings& settings) {
  std::mt19937 chance(7);
  Ledger ledger;
  std::atomic<int> number{0};
  for (int kill = 0; kill < kKills; ++kill) {
    AllInOne server(settings);
    if (kill == 0) {
      ASSERT_TRUE(server.Post("/v1/landscapes?landscapeId=musterland", {{"displayName", "Landkreis Musterland"}}).ok());
    }
    std::vector<std::thread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back(WriteUntilItDies, server.url(), writer, std::ref(number), std::ref(ledger));
    }
    std::this_thread::sleep_for(milliseconds(std::uniform_int_distribution<>(20, 250)(chance)));
    server.process().Signal(SIGKILL);
    server.process().Wait();
    for (std::thread& writer : writers) writer.join();
  }

  AllInOne server(settings);
  const std::map<std::string, int> counts = CountByName(server);
  EXPECT_GT(ledger.acknowledged.size(), static_cast<std::size_t>(kKills));
  for (const std::string& name : ledger.acknowledged) EXPECT_EQ(counts.count(name), 1U) << "lost: " << name;
  for (const auto& [name, count] : counts) EXPECT_EQ(count, 1) << "doubled: " << name;
  // Every revision is one commit: as many as there are actors, and the landscape itself.
  const auto landscape = server.Get("/v1/landscapes/musterland");
  EXPECT_EQ(landscape.headers.at("x-revision"), std::to_string(counts.size() + 1));
}

TEST(Crash, NoAcknowledgedWriteIsLostOrDoubledOnSqlite) {
  const TempDir folder;
  KillAgainAndAgain({.data = folder.path()});
}

TEST(Crash, NoAcknowledgedWriteIsLostOrDoubledOnPostgres) {
  ALLMENDE_SKIP_WITHOUT_POSTGRES();
  const TempDir folder;
  KillAgainAndAgain({.data = folder.path(), .database = TemporaryPostgres::Shared().NewDatabase()});
}

}  // namespace
}  // namespace allmende::e2e
