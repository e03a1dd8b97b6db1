#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <thread>

#include "common/testing/child_process.h"
#include "common/testing/temporary.h"
#include "common/testing/temporary_postgres.h"
#include "common/testing/temporary_redis.h"

namespace allmende {
namespace {

TEST(TempDir, IsGoneAfterwardsWithEverythingInIt) {
  std::filesystem::path path;
  {
    const TempDir folder;
    path = folder.path();
    std::filesystem::create_directories(folder / "a/b");
    EXPECT_TRUE(std::filesystem::exists(path / "a"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ChildProcess, OutlivesTheThreadThatStartedIt) {
  std::unique_ptr<ChildProcess> child;
  std::jthread([&] { child = std::make_unique<ChildProcess>(ChildOptions{.command = {"/bin/sleep", "60"}}); }).join();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_TRUE(child->Running());
  child->Signal(SIGTERM);
  EXPECT_EQ(child->Wait(), 128 + SIGTERM);
}

TEST(TemporaryPostgres, GivesEachTestADatabaseOfItsOwn) {
  ALLMENDE_SKIP_WITHOUT_POSTGRES();
  TemporaryPostgres& server = TemporaryPostgres::Shared();
  const std::string one = TemporaryPostgres::DatabaseOf(server.NewDatabase());
  const std::string other = TemporaryPostgres::DatabaseOf(server.NewDatabase());
  server.Execute(one, "CREATE TABLE t (x int)");
  EXPECT_EQ(server.Execute(other, "SELECT count(*) FROM pg_tables WHERE tablename = 't'"), "0");
}

TEST(TemporaryPostgres, KeepsWhatWasCommittedWhenKilledAndStartedAgain) {
  ALLMENDE_SKIP_WITHOUT_POSTGRES();
  TemporaryPostgres server;
  const std::string database = TemporaryPostgres::DatabaseOf(server.NewDatabase());
  server.Execute(database, "CREATE TABLE t AS SELECT 42 AS x");
  server.Kill();
  server.Start();
  EXPECT_EQ(server.Execute(database, "SELECT x FROM t"), "42");
  server.Restart();
  EXPECT_EQ(server.Execute(database, "SELECT x FROM t"), "42");
  EXPECT_EQ(server.Execute(database, "SHOW fsync"), "on");
}

using Context = std::unique_ptr<redisContext, decltype(&redisFree)>;

std::string Ask(const TemporaryRedis& server, const char* command) {
  const Context context(redisConnectWithTimeout("127.0.0.1", server.port(), {.tv_sec = 1, .tv_usec = 0}), &redisFree);
  redisSetTimeout(context.get(), {.tv_sec = 0, .tv_usec = 300'000});
  const std::unique_ptr<void, decltype(&freeReplyObject)> reply(redisCommand(context.get(), command), &freeReplyObject);
  if (reply == nullptr) return "no answer";
  const auto* answer = static_cast<const redisReply*>(reply.get());
  return answer->str == nullptr ? "nothing" : answer->str;
}

TEST(TemporaryRedis, CanBePausedWipedAndKilled) {
  ALLMENDE_SKIP_WITHOUT_REDIS();
  TemporaryRedis server;
  ASSERT_EQ(Ask(server, "SET k v"), "OK");
  server.Pause();
  EXPECT_EQ(Ask(server, "GET k"), "no answer");
  server.Resume();
  EXPECT_EQ(Ask(server, "GET k"), "v");
  server.Flush();
  EXPECT_EQ(Ask(server, "GET k"), "nothing");
  ASSERT_EQ(Ask(server, "SET k v"), "OK");
  server.Kill();
  EXPECT_EQ(Ask(server, "GET k"), "no answer");
  server.Start();
  EXPECT_EQ(Ask(server, "GET k"), "nothing");
}

}  // namespace
}  // namespace allmende
