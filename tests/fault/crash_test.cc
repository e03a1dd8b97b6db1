// kill -9 in the middle of writing, again and again: nothing that was acknowledged is lost, nothing takes effect twice,
// and the database opens again without help.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "common/testing/child_process.h"
#include "common/testing/temporary.h"
#include "tests/fault/crash_story.h"

namespace allmende {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr int kKills = 50;
constexpr int kThreads = 8;

std::set<CrashRequest> ReadAcknowledged(const std::filesystem::path& file) {
  std::set<CrashRequest> acknowledged;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    CrashRequest request;
    const int read = std::sscanf(line.c_str(), "%d %d %d", &request.round, &request.thread, &request.number);
    if (read == 3) acknowledged.insert(request);  // else a line of the log
  }
  return acknowledged;
}

class Crash : public ::testing::TestWithParam<DatabaseKind> {};
INSTANTIATE_TEST_SUITE_P(EveryDatabase, Crash, ::testing::ValuesIn(DatabaseKinds()), NameOfKind);

// Sends again what each thread may have been waiting for when it was killed.
std::set<CrashRequest> RepeatUnanswered(store::Store& store, int round, const std::set<CrashRequest>& acknowledged) {
  std::map<int, int> next;
  for (int thread = 0; thread < kThreads; ++thread) next[thread] = 0;
  for (const CrashRequest& request : acknowledged) {
    if (request.round == round) next[request.thread] = std::max(next[request.thread], request.number + 1);
  }
  std::set<CrashRequest> repeated;
  for (const auto& [thread, number] : next) {
    const CrashRequest request{round, thread, number};
    EXPECT_OK(Send(store, request));
    repeated.insert(request);
  }
  return repeated;
}

void ExpectEachOnce(store::Store& store, const std::set<CrashRequest>& requests, std::int64_t& verified) {
  EXPECT_EQ(ReadOne(store, Actors(), "counter")->source_key(), std::to_string(requests.size()));
  std::set<std::string> created;
  CallContext call = CallIn("test");
  const std::int64_t head = store.Revision(call).value_or(0);
  while (verified < head) {
    const auto commits = store.Changes(call, verified, 1000, {});
    ASSERT_OK(commits);
    ASSERT_FALSE(commits->empty());
    for (const store::Commit& commit : *commits) {
      EXPECT_EQ(commit.revision, ++verified);
      EXPECT_EQ(commit.changes.size(), 2U);
      EXPECT_TRUE(created.insert(commit.request_id).second) << commit.request_id << " took effect twice";
    }
  }
  for (const std::string& id : created) {
    EXPECT_THAT(ReadOne(store, Actors(), id), IsOk());
  }
  EXPECT_EQ(store.Revision(call).value_or(0), static_cast<std::int64_t>(requests.size()) + 2);
}

TEST_P(Crash, LosesNothingThatWasAcknowledgedAndDoublesNothing) {
  ALLMENDE_SKIP_WITHOUT(GetParam());
  const auto database = GetParam().create();
  {
    ASSERT_OK_AND_ASSIGN(auto store, store::sql::OpenSqlStore(*database->Open(), TestTypes(), {}));
    ASSERT_OK(CreateLandscape(*store, "test"));
    Actor counter = NewActor("counter");
    counter.set_source_key("0");
    ASSERT_OK(CreateOne(*store, Actors(), "counter", counter));
  }
  const TempDir folder;
  const auto said = folder / "acknowledged";
  std::minstd_rand random(20240101);
  std::set<CrashRequest> requests;
  std::int64_t verified = 2;
  std::size_t acknowledged_before = 0;
  for (int round = 0; round < kKills; ++round) {
    ChildProcess writer(
        {.command = {CRASH_WRITER, database->Address(), std::to_string(round), std::to_string(kThreads)},
         .output = said});
    const auto give_up = steady_clock::now() + 20s;
    while (ReadAcknowledged(said).size() == acknowledged_before) {
      ASSERT_LT(steady_clock::now(), give_up) << "the writer writes nothing";
      ASSERT_TRUE(writer.Running());
      std::this_thread::sleep_for(2ms);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 60'000));
    writer.Signal(SIGKILL);
    EXPECT_EQ(writer.Wait(), 128 + SIGKILL);

    const std::set<CrashRequest> acknowledged = ReadAcknowledged(said);
    acknowledged_before = acknowledged.size();
    auto engine = database->Open();
    ASSERT_OK(engine);
    ASSERT_OK_AND_ASSIGN(auto store, store::sql::OpenSqlStore(*std::move(engine), TestTypes(), {}));
    requests.insert(acknowledged.begin(), acknowledged.end());
    requests.merge(RepeatUnanswered(*store, round, acknowledged));
    ExpectEachOnce(*store, requests, verified);
    if (HasFailure()) FAIL() << "after kill " << round + 1;
  }
  EXPECT_GT(requests.size(), static_cast<std::size_t>(kKills * kThreads));
  RecordProperty("requests", static_cast<int>(requests.size()));
}

}  // namespace
}  // namespace allmende
