#include "common/rpc/stream_call.h"

#include <gmock/gmock.h>

#include <atomic>

#include "tests/unit/rpc/fake_registry.h"

namespace allmende::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Streams : public FakeRegistry {
 protected:
  struct Watching {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<WatchResponse>> reader;
  };
  std::unique_ptr<Watching> Watch() {
    auto watching = std::make_unique<Watching>();
    WatchRequest request;
    request.set_parent("landscapes/musterland");
    watching->reader = stub_->WatchActors(&watching->context, request);
    return watching;
  }
  static ImportRequest Row(const std::string& source) {
    ImportRequest request;
    request.set_parent("landscapes/musterland");
    request.set_source(source);
    return request;
  }
  double Open() { return metrics_.Gauge("allmende_streams", "Streams that are open").Value(); }
};

TEST_F(Streams, SendEveryMessageInOrderAndEndWithTheHandler) {
  handlers_.watch_actors = [](CallContext& call, const WatchRequest&, Writer<WatchResponse>& writer) {
    WatchResponse response;
    for (int i = 1; i <= 1000; ++i) {
      response.set_revision(i);
      if (!writer.Write(response)) return absl::InternalError("cut off");
    }
    call.revision = 1000;
    return absl::OkStatus();
  };
  Start();
  auto watching = Watch();
  WatchResponse response;
  int expected = 0;
  while (watching->reader->Read(&response)) EXPECT_EQ(response.revision(), ++expected);
  EXPECT_EQ(expected, 1000);
  EXPECT_TRUE(watching->reader->Finish().ok());
  EXPECT_EQ(watching->context.GetServerTrailingMetadata().find("x-revision")->second, "1000");
  EXPECT_TRUE(Eventually([&] { return Open() == 0; }));
}

TEST_F(Streams, GoThroughTheChain) {
  Start();
  auto watching = std::make_unique<Watching>();
  watching->reader = stub_->WatchActors(&watching->context, WatchRequest());
  WatchResponse response;
  EXPECT_FALSE(watching->reader->Read(&response));
  EXPECT_THAT(FromGrpc(watching->reader->Finish()), HasViolation("parent", Reason::FIELD_REQUIRED));
}

TEST_F(Streams, EndWhenTheCallerGoes) {
  std::promise<bool> cancelled;
  handlers_.watch_actors = [&](CallContext& call, const WatchRequest&, Writer<WatchResponse>& writer) {
    while (writer.Write(WatchResponse())) std::this_thread::sleep_for(milliseconds(1));
    cancelled.set_value(call.cancelled());
    return absl::OkStatus();
  };
  Start();
  auto watching = Watch();
  WatchResponse response;
  EXPECT_TRUE(watching->reader->Read(&response));
  watching->context.TryCancel();
  EXPECT_TRUE(cancelled.get_future().get());
  EXPECT_TRUE(Eventually([&] { return Open() == 0; }));
}

// The memory that a caller costs who opens a stream and reads nothing: what fits into the sockets and one message.
TEST_F(Streams, WaitForASlowReaderAndLoseItWhenItsPatienceIsOver) {
  std::atomic<int> written = 0;
  handlers_.watch_actors = [&](CallContext&, const WatchRequest&, Writer<WatchResponse>& writer) {
    WatchResponse response;
    response.add_changes()->set_principal(std::string(100'000, 'x'));
    while (writer.Write(response)) ++written;
    return absl::OkStatus();
  };
  Start({.admission = {}, .stream_patience = milliseconds(300)});
  auto watching = Watch();
  EXPECT_TRUE(Eventually([&] { return written > 0; }));
  EXPECT_TRUE(Eventually([&] { return Open() == 0; }));
  EXPECT_LT(written, 200);  // 20 MB
  WatchResponse response;
  while (watching->reader->Read(&response)) continue;
  EXPECT_FALSE(watching->reader->Finish().ok());
}

TEST_F(Streams, AreBoundedInNumber) {
  handlers_.watch_actors = [&](CallContext& call, const WatchRequest&, Writer<WatchResponse>& writer) {
    writer.Write(WatchResponse());
    while (!call.cancelled()) std::this_thread::sleep_for(milliseconds(1));
    return absl::OkStatus();
  };
  Start({.streams = 2, .admission = {}});
  auto one = Watch();
  auto two = Watch();
  WatchResponse response;
  EXPECT_TRUE(one->reader->Read(&response));
  EXPECT_TRUE(two->reader->Read(&response));
  auto three = Watch();
  EXPECT_FALSE(three->reader->Read(&response));
  EXPECT_THAT(FromGrpc(three->reader->Finish()), StatusIs(Reason::TOO_MANY_REQUESTS));
  one->context.TryCancel();
  EXPECT_TRUE(Eventually([&] { return Open() == 1; }));
  auto four = Watch();
  EXPECT_TRUE(four->reader->Read(&response));
  two->context.TryCancel();
  four->context.TryCancel();
}

TEST_F(Streams, LetUnaryCallsThroughWhileAllOfThemAreOpen) {
  handlers_.watch_actors = [&](CallContext& call, const WatchRequest&, Writer<WatchResponse>& writer) {
    writer.Write(WatchResponse());
    while (!call.cancelled()) std::this_thread::sleep_for(milliseconds(1));
    return absl::OkStatus();
  };
  Start({.threads = 1, .streams = 20, .admission = {}});
  std::vector<std::unique_ptr<Watching>> open;
  WatchResponse response;
  for (int i = 0; i < 20; ++i) {
    open.push_back(Watch());
    EXPECT_TRUE(open.back()->reader->Read(&response));
  }
  EXPECT_OK(GetActor());
  for (auto& watching : open) watching->context.TryCancel();
}

TEST_F(Streams, TellACallerToComeBackWhenTheServerDrains) {
  handlers_.watch_actors = [&](CallContext&, const WatchRequest&, Writer<WatchResponse>& writer) {
    while (writer.Write(WatchResponse())) std::this_thread::sleep_for(milliseconds(1));
    return absl::OkStatus();
  };
  Start();
  auto watching = Watch();
  WatchResponse response;
  EXPECT_TRUE(watching->reader->Read(&response));
  auto draining = std::async(std::launch::async, [&] { return host_->Drain(); });
  while (watching->reader->Read(&response)) continue;
  EXPECT_THAT(FromGrpc(watching->reader->Finish()), StatusIs(Reason::TEMPORARILY_UNAVAILABLE));
  EXPECT_TRUE(draining.get());
}

TEST_F(Streams, ReadEveryMessageInOrder) {
  handlers_.import_actors = [](CallContext& call, Reader<ImportRequest>& reader) -> absl::StatusOr<ImportResponse> {
    ImportResponse response;
    ImportRequest request;
    while (reader.Read(&request)) response.add_refused()->set_value(request.source());
    EXPECT_FALSE(call.cancelled());
    EXPECT_EQ(call.landscape, "musterland");
    return response;
  };
  Start();
  grpc::ClientContext context;
  ImportResponse response;
  auto writer = stub_->ImportActors(&context, &response);
  for (int i = 0; i < 500; ++i) EXPECT_TRUE(writer->Write(Row(std::to_string(i))));
  writer->WritesDone();
  ASSERT_TRUE(writer->Finish().ok());
  ASSERT_EQ(response.refused_size(), 500);
  for (int i = 0; i < 500; ++i) EXPECT_EQ(response.refused(i).value(), std::to_string(i));
}

TEST_F(Streams, JudgeAClientStreamByItsFirstMessage) {
  Start();
  grpc::ClientContext context;
  ImportResponse response;
  auto writer = stub_->ImportActors(&context, &response);
  EXPECT_TRUE(writer->Write(ImportRequest()));
  EXPECT_THAT(FromGrpc(writer->Finish()), HasViolation("parent", Reason::FIELD_REQUIRED));
}

TEST_F(Streams, MayBeAnsweredBeforeTheCallerIsDone) {
  handlers_.import_actors = [](CallContext&, Reader<ImportRequest>& reader) -> absl::StatusOr<ImportResponse> {
    ImportRequest request;
    reader.Read(&request);
    return FieldError("mapping", Reason::FIELD_REQUIRED);
  };
  Start();
  grpc::ClientContext context;
  ImportResponse response;
  auto writer = stub_->ImportActors(&context, &response);
  while (writer->Write(Row("x"))) continue;
  EXPECT_THAT(FromGrpc(writer->Finish()), HasViolation("mapping", Reason::FIELD_REQUIRED));
}

TEST_F(Streams, TellTheHandlerWhenTheCallerBreaksOff) {
  std::promise<bool> cancelled;
  handlers_.import_actors = [&](CallContext& call, Reader<ImportRequest>& reader) -> absl::StatusOr<ImportResponse> {
    ImportRequest request;
    while (reader.Read(&request)) continue;
    cancelled.set_value(Eventually([&] { return call.cancelled(); }));
    return ImportResponse();
  };
  Start();
  grpc::ClientContext context;
  ImportResponse response;
  auto writer = stub_->ImportActors(&context, &response);
  EXPECT_TRUE(writer->Write(Row("x")));
  EXPECT_TRUE(Eventually([&] { return Open() == 1; }));
  context.TryCancel();
  EXPECT_TRUE(cancelled.get_future().get());
  EXPECT_FALSE(writer->Finish().ok());
}

TEST_F(Streams, GiveUpOnACallerThatNeverSaysWhatItWants) {
  Start({.admission = {}, .first_message = milliseconds(100)});
  grpc::ClientContext context;
  ImportResponse response;
  auto writer = stub_->ImportActors(&context, &response);
  EXPECT_THAT(FromGrpc(writer->Finish()), StatusIs(Reason::DEADLINE_PASSED));
  EXPECT_EQ(Open(), 0);
}

}  // namespace
}  // namespace allmende::rpc
