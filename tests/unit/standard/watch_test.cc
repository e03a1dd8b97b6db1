#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "tests/unit/standard/scene.h"

namespace allmende::standard {
namespace {

using std::chrono::milliseconds;
using type::v1::WatchRequest;
using type::v1::WatchResponse;

// Keeps what is sent; the caller goes away after `limit` messages.
class Messages final : public rpc::Writer<WatchResponse> {
 public:
  explicit Messages(std::size_t limit) : limit_(limit) {}
  bool Write(const WatchResponse& message) override {
    const std::lock_guard lock(mutex_);
    sent_.push_back(message);
    return sent_.size() < limit_;
  }
  std::vector<WatchResponse> sent() const {
    const std::lock_guard lock(mutex_);
    return sent_;
  }

 private:
  std::size_t limit_;
  mutable std::mutex mutex_;
  std::vector<WatchResponse> sent_;
};

class Watch : public StandardTest {
 protected:
  static WatchRequest From(std::int64_t revision) {
    WatchRequest request;
    request.set_parent("landscapes/test");
    request.set_from_revision(revision);
    request.mutable_heartbeat()->set_seconds(1);
    return request;
  }

  // Watches until `messages` messages came.
  std::vector<WatchResponse> Watched(const WatchRequest& request, std::size_t messages,
                                     const std::vector<std::string>& collections = {}) {
    CallContext call;
    Messages writer(messages);
    EXPECT_OK(methods_->Watch(call, request, writer, collections));
    return writer.sent();
  }
};

TEST_F(Watch, SendsEachCommitOnceInOrder) {
  for (const char* id : {"a", "b", "c"}) ASSERT_OK(Create(id, id));
  const auto sent = Watched(From(0), 4);
  ASSERT_EQ(sent.size(), 4U);
  for (int i = 0; i < 4; ++i) {
    const WatchResponse& message = sent[static_cast<std::size_t>(i)];
    EXPECT_EQ(message.revision(), i + 1);
    ASSERT_EQ(message.changes_size(), 1);
    EXPECT_EQ(message.changes(0).revision(), i + 1);
    EXPECT_EQ(message.changes(0).kind(), type::v1::Change::CREATED);
  }
  EXPECT_EQ(sent[0].changes(0).resource_name(), "landscapes/test");
  EXPECT_EQ(sent[1].changes(0).resource_name(), ActorName("a"));
  Actor actor;
  ASSERT_TRUE(sent[1].changes(0).resource().UnpackTo(&actor));
  EXPECT_EQ(actor.display_name(), "a");
}

TEST_F(Watch, GoesOnWhereTheCallerLeftOff) {
  for (const char* id : {"a", "b", "c"}) ASSERT_OK(Create(id, id));
  const auto sent = Watched(From(3), 1);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].changes(0).resource_name(), ActorName("c"));
}

TEST_F(Watch, BeginsWithAHeartbeatWhereNothingIsToBeSent) {
  ASSERT_OK(Create("a", "a"));
  for (const std::int64_t from : {std::int64_t{-1}, std::int64_t{2}}) {
    const auto sent = Watched(From(from), 1);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].revision(), 2);
    EXPECT_EQ(sent[0].changes_size(), 0);
  }
}

TEST_F(Watch, SendsWhatHappensWhileItLasts) {
  Messages writer(21);  // a heartbeat to begin with, and twenty commits
  std::jthread watcher([&] {
    CallContext call;
    EXPECT_OK(methods_->Watch(call, From(-1), writer, {}));
  });
  while (writer.sent().empty()) std::this_thread::yield();
  for (int i = 0; i < 20; ++i) ASSERT_OK(Create("a" + std::to_string(i), "x"));
  watcher.join();
  const auto sent = writer.sent();
  for (std::size_t i = 1; i < sent.size(); ++i) {
    EXPECT_EQ(sent[i].revision(), static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(sent[i].changes(0).resource_name(), ActorName("a" + std::to_string(i - 1)));
  }
}

TEST_F(Watch, SendsOnlyTheCollectionsAskedForButSaysHowFarItIs) {
  ASSERT_OK(Create("a", "a"));
  ASSERT_OK(CreateOne(*store_, Areas(), "b", NewArea("b")));
  ASSERT_OK(CreateOne(*store_, Areas(), "c", NewArea("c")));
  const auto sent = Watched(From(0), 2, {"actors"});
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].changes(0).resource_name(), ActorName("a"));
  EXPECT_EQ(sent[0].revision(), 2);
  EXPECT_EQ(sent[1].changes_size(), 0);
  EXPECT_EQ(sent[1].revision(), 4);
}

TEST_F(Watch, SendsHeartbeats) {
  const auto begin = std::chrono::steady_clock::now();
  const auto sent = Watched(From(-1), 3);
  EXPECT_EQ(sent.size(), 3U);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, milliseconds(1'900));
  EXPECT_LE(took, milliseconds(4'000));
}

TEST_F(Watch, SplitsALargeCommitAndGivesItsRevisionOnlyAtTheEnd) {
  ASSERT_OK(Write(*store_, CallIn("test"), [&](store::Transaction& tx) -> absl::Status {
    for (int i = 0; i < 400; ++i) {
      Actor actor = NewActor("x");
      actor.set_description(std::string(9'000, 'd'));
      RETURN_IF_ERROR(tx.Create(Actors(), "a" + std::to_string(i), actor).status());
    }
    return absl::OkStatus();
  }));
  ASSERT_OK(Create("after", "x"));
  int changes = 0;
  const auto sent = Watched(From(1), 5);
  ASSERT_EQ(sent.size(), 5U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(sent[i].revision(), i == 3 ? 2 : 1);
    EXPECT_LE(sent[i].ByteSizeLong(), 2U << 20U);
    changes += sent[i].changes_size();
    for (const type::v1::Change& change : sent[i].changes()) EXPECT_EQ(change.revision(), 2);
  }
  EXPECT_EQ(changes, 400);
  EXPECT_EQ(sent[4].revision(), 3);
}

TEST_F(Watch, EndsWhenTheCallIsCancelled) {
  std::atomic<bool> cancelled = false;
  Messages writer(100);
  std::jthread watcher([&] {
    CallContext call;
    call.cancelled = [&] { return cancelled.load(); };
    WatchRequest request = From(-1);
    request.mutable_heartbeat()->set_seconds(60);
    EXPECT_OK(methods_->Watch(call, request, writer, {}));
  });
  while (writer.sent().empty()) std::this_thread::yield();
  const auto begin = std::chrono::steady_clock::now();
  cancelled = true;
  watcher.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(2'000));
}

TEST_F(Watch, SaysWhatIsWrong) {
  const auto watch = [this](const WatchRequest& request) {
    CallContext call;
    Messages writer(1);
    return methods_->Watch(call, request, writer, {});
  };
  EXPECT_THAT(watch(From(99)), StatusIs(Reason::REVISION_UNAVAILABLE));
  EXPECT_THAT(watch(From(-2)), HasViolation("from_revision", Reason::OUT_OF_RANGE));
  WatchRequest request = From(0);
  request.set_parent("landscapes/nowhere");
  EXPECT_THAT(watch(request), StatusIs(Reason::UNKNOWN_LANDSCAPE));
  request.set_parent("");
  EXPECT_THAT(watch(request), HasViolation("parent", Reason::FIELD_REQUIRED));
  for (const auto& [seconds, nanos] : {std::pair(0, 500'000'000), {61, 0}, {60, 1}, {-5, 0}, {1, -1}}) {
    request = From(0);
    request.mutable_heartbeat()->set_seconds(seconds);
    request.mutable_heartbeat()->set_nanos(nanos);
    EXPECT_THAT(watch(request), HasViolation("heartbeat", Reason::OUT_OF_RANGE));
  }
}

}  // namespace
}  // namespace allmende::standard
