// The parts that carry calls: executor and deadline watch, addresses and the client's service config.
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

#include "allmende/registry/v1/registry_service.pb.h"
#include "common/rpc/address.h"
#include "common/rpc/client.h"
#include "common/rpc/deadline_watch.h"
#include "common/rpc/executor.h"
#include "common/testing/matchers.h"

namespace allmende::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Executor, RunsEveryJobExactlyOnce) {
  Metrics metrics;
  std::atomic<int> ran = 0;
  {
    Executor executor(4, 10'000, metrics);
    for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(executor.Submit([&] { ++ran; }));
  }
  EXPECT_EQ(ran, 10'000);
}

TEST(Executor, SaysThatItIsFullInsteadOfWaiting) {
  Metrics metrics;
  std::promise<void> open;
  auto opened = open.get_future().share();
  std::promise<void> started;
  Executor executor(1, 2, metrics);
  EXPECT_TRUE(executor.Submit([&] {
    started.set_value();
    opened.wait();
  }));
  started.get_future().wait();
  EXPECT_TRUE(executor.Submit([] {}));
  EXPECT_TRUE(executor.Submit([] {}));
  EXPECT_FALSE(executor.Submit([] {}));
  EXPECT_FALSE(executor.Idle());
  EXPECT_THAT(metrics.Exposition(), HasSubstr("allmende_executor_waiting 2"));
  open.set_value();
  while (!executor.Idle()) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_TRUE(executor.Submit([] {}));
}

// Submits `count` jobs that each end only when all of them run; how long that took.
milliseconds TimeUntilAllRunAtOnce(Executor& executor, int count, JobKind kind) {
  std::latch all(count);
  const auto start = steady_clock::now();
  for (int i = 0; i < count; ++i) EXPECT_TRUE(executor.Submit([&] { all.arrive_and_wait(); }, kind));
  all.wait();
  const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
  while (!executor.Idle()) std::this_thread::sleep_for(milliseconds(1));
  return took;
}

TEST(Executor, BringsInAllThreadsWhenThoseAtWorkAreHeldUp) {
  Metrics metrics;
  Executor executor(64, 1'000, metrics);
  for (int round = 0; round < 5; ++round) EXPECT_LT(TimeUntilAllRunAtOnce(executor, 64, JobKind::kQuick), seconds(2));
}

TEST(Executor, GivesAJobThatIsKnownToWaitAThreadOfItsOwn) {
  Metrics metrics;
  Executor executor(64, 1'000, metrics);
  for (int round = 0; round < 5; ++round) EXPECT_LT(TimeUntilAllRunAtOnce(executor, 64, JobKind::kWaiting), seconds(2));
}

TEST(DeadlineWatch, CallsInTheOrderOfTheDeadlinesAndNotBefore) {
  DeadlineWatch watch;
  std::mutex mutex;
  std::vector<int> called;
  std::promise<void> last;
  const auto start = steady_clock::now();
  const auto note = [&](int number, milliseconds after) {
    watch.Add(start + after, [&, number, after] {
      EXPECT_GE(steady_clock::now() - start, after);
      EXPECT_LT(steady_clock::now() - start, after + seconds(1));
      const std::scoped_lock lock(mutex);
      called.push_back(number);
      if (number == 3) last.set_value();
    });
  };
  note(3, milliseconds(90));
  note(1, milliseconds(30));
  note(2, milliseconds(60));
  last.get_future().wait();
  EXPECT_THAT(called, testing::ElementsAre(1, 2, 3));
}

TEST(DeadlineWatch, DoesNotCallWhatWasTakenBack) {
  DeadlineWatch watch;
  std::atomic<bool> called = false;
  const auto token = watch.Add(steady_clock::now() + milliseconds(30), [&] { called = true; });
  watch.Remove(token);
  watch.Remove(token);
  std::promise<void> later;
  watch.Add(steady_clock::now() + milliseconds(60), [&] { later.set_value(); });
  later.get_future().wait();
  EXPECT_FALSE(called);
}

TEST(Address, IsReadAndWrittenTheSame) {
  for (const char* text : {"127.0.0.1:8080", "[::1]:8080", "localhost:0", "unix:/run/allmende.sock"}) {
    const auto address = ParseAddress(text);
    ASSERT_OK(address);
    EXPECT_EQ(address->ToString(), text);
  }
}

TEST(Address, IsRefusedWhereItCannotBeMeant) {
  for (const char* text :
       {"", "8080", ":8080", "host:", "host:x", "host:65536", "host:123456", "::1:8080", "[]:1", "unix:", "a[b:1"}) {
    EXPECT_THAT(ParseAddress(text), HasViolation("listen", Reason::MALFORMED)) << text;
  }
}

TEST(Address, KnowsWhatOnlyThisMachineReaches) {
  for (const char* text : {"127.0.0.1:1", "127.8.8.8:1", "[::1]:1", "localhost:1", "unix:/x"})
    EXPECT_TRUE(IsLoopback(*ParseAddress(text))) << text;
  for (const char* text : {"0.0.0.0:1", "[::]:1", "192.168.0.1:1", "no.such.host.invalid:1"})
    EXPECT_FALSE(IsLoopback(*ParseAddress(text))) << text;
}

// The config of one method, as JSON.
std::string ConfigOf(const std::string& method) {
  const auto* service =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName("allmende.registry.v1.RegistryService");
  google::protobuf::Struct config;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(ServiceConfig(*service), &config).ok());
  for (const auto& entry : config.fields().at("methodConfig").list_value().values()) {
    const auto& fields = entry.struct_value().fields();
    if (fields.at("name").list_value().values(0).struct_value().fields().at("method").string_value() != method)
      continue;
    std::string json;
    EXPECT_TRUE(google::protobuf::util::MessageToJsonString(entry, &json).ok());
    return json;
  }
  return "";
}

TEST(ServiceConfig, RepeatsOnlyWhatMayBeRepeated) {
  EXPECT_THAT(ConfigOf("GetActor"), HasSubstr("retryPolicy"));     // reads
  EXPECT_THAT(ConfigOf("CreateActor"), HasSubstr("retryPolicy"));  // idempotent by request id
  EXPECT_THAT(ConfigOf("ImportActors"), Not(HasSubstr("retryPolicy")));
}

TEST(ServiceConfig, HasTheDeadlineOfThePolicy) {
  EXPECT_THAT(ConfigOf("GetActor"), HasSubstr(R"("timeout":"2.000000000s")"));
  EXPECT_THAT(ConfigOf("WatchActors"), Not(HasSubstr("timeout")));
}

}  // namespace
}  // namespace allmende::rpc
