// Redis is killed, stopped and wiped while the whole program reads and writes: no read fails, none is wrong or older
// than what the reader has written itself.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common/testing/temporary_redis.h"
#include "tests/e2e/all_in_one.h"

namespace allmende::e2e {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kReaders = 4;

// Sends a PATCH, a method that the client of the command line does not know. The landscape's revision that it made.
std::string Rename(const AllInOne& server, const std::string& actor, const std::string& name) {
  const json body = {{"displayName", name}};
  const Outcome done = RunProgram({"curl", "-s", "--fail", "-o", "/dev/null", "-w", "%header{x-revision}", "-X",
                                   "PATCH", "-H", "If-Match: *", "-H", "Content-Type: application/json", "--data",
                                   body.dump(), server.url() + "/v1/" + actor});
  return done.out;
}

// Each of several readers renames its own actor now and then and reads it all the time, while `harm` happens.
void ReadAndWriteWhile(AllInOne& server, const std::function<void()>& harm) {
  std::atomic<bool> stop{false};
  std::atomic<int> reads{0};
  std::vector<std::thread> readers;
  for (int reader = 0; reader < kReaders; ++reader) {
    readers.emplace_back([&, reader] {
      const command::Console console(Language::kEnglish);
      command::HttpClient client({.url = server.url()}, console);
      const std::string actor = fmt::format("landscapes/musterland/actors/verein-{}", reader);
      for (int round = 0; !stop; ++round) {
        const std::string name =
            fmt::format("Verein {} in Fassung {}", reader, steady_clock::now().time_since_epoch().count());
        const std::string revision = Rename(server, actor, name);
        ASSERT_NE(revision, "");
        for (int i = 0; i < 20 && !stop; ++i, ++reads) {
          const command::HttpReply reply = client.Get("/v1/" + actor + "?min_revision=" + revision);
          ASSERT_EQ(reply.status, 200) << reply.body;
          ASSERT_EQ(json::parse(reply.body)["displayName"], name);
        }
      }
    });
  }
  std::this_thread::sleep_for(milliseconds(300));
  harm();
  std::this_thread::sleep_for(milliseconds(1500));
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_GT(reads, kReaders * 20);
}

class RedisHurt : public testing::Test {
 protected:
  void SetUp() override {
    ALLMENDE_SKIP_WITHOUT_REDIS();
    redis_ = std::make_unique<TemporaryRedis>();
    server_ = std::make_unique<AllInOne>(ServerSettings{.redis = redis_->url()});
    ASSERT_TRUE(server_->Post("/v1/landscapes?landscapeId=musterland", {{"displayName", "Landkreis Musterland"}}).ok());
    for (int reader = 0; reader < kReaders; ++reader) {
      ASSERT_TRUE(server_
                      ->Post(fmt::format("/v1/landscapes/musterland/actors?actorId=verein-{}", reader),
                             {{"displayName", "Verein"}, {"kinds", {"ASSOCIATION"}}})
                      .ok());
    }
  }

  std::unique_ptr<TemporaryRedis> redis_;
  std::unique_ptr<AllInOne> server_;
};

TEST_F(RedisHurt, KilledAndStartedAgain) {
  ReadAndWriteWhile(*server_, [this] {
    redis_->Kill();
    std::this_thread::sleep_for(milliseconds(500));
    redis_->Start();
  });
}

TEST_F(RedisHurt, StoppedAndGoingOn) {
  ReadAndWriteWhile(*server_, [this] {
    redis_->Pause();
    std::this_thread::sleep_for(milliseconds(500));
    redis_->Resume();
  });
}

TEST_F(RedisHurt, Wiped) {
  ReadAndWriteWhile(*server_, [this] { redis_->Flush(); });
}

TEST_F(RedisHurt, GoneForGood) {
  redis_->Kill();
  ReadAndWriteWhile(*server_, [] {});
}

}  // namespace
}  // namespace allmende::e2e
