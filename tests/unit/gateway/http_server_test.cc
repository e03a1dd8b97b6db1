// The HTTP server alone, with a handler that echoes: framing, limits, and what attackers send.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <future>
#include <mutex>
#include <thread>

#include "common/testing/matchers.h"
#include "services/gateway/http/gzip.h"
#include "services/gateway/http/server.h"
#include "tests/unit/gateway/raw_client.h"

namespace allmende::gateway {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

// Answers with verb, target and body. "/later" is answered from another thread, "/pieces" in pieces until the caller
// goes, bodies to "/upload" are read in pieces.
class Echo final : public Handler {
 public:
  BodyMode ModeOf(const RequestHead& head) const override {
    return head.path() == "/upload" ? BodyMode::kPieces : BodyMode::kWhole;
  }

  void Handle(std::shared_ptr<Exchange> exchange) override {
    const std::string path(exchange->head().path());
    if (path == "/later") {
      helpers_.push_back(std::async(std::launch::async, [exchange] {
        std::this_thread::sleep_for(30ms);
        exchange->Respond(Answer("later"));
      }));
    } else if (path == "/never") {
      const std::scoped_lock lock(mutex_);
      waiting_.push_back(std::move(exchange));
    } else if (path == "/pieces") {
      exchange->BeginPieces(Response{});
      exchange->OnGone([this, exchange] {
        gone_.set_value();
        exchange->EndPieces();
      });
      exchange->SendPiece("first\n", [exchange](bool) { exchange->SendPiece("second\n", [](bool) {}); });
    } else if (path == "/upload") {
      ReadOn(std::move(exchange), 0);
    } else if (path == "/large") {
      exchange->Respond(Answer(std::string(8U << 20U, 'x')));
    } else {
      exchange->Respond(Answer(std::string(exchange->head().verb()) + " " + std::string(exchange->head().target()) +
                               " " + std::string(exchange->body())));
    }
  }

  Response Refuse(int status, std::string_view) override {
    Response response = Answer("refused");
    response.status = status;
    return response;
  }

  std::future<void> Gone() { return gone_.get_future(); }

 private:
  static Response Answer(std::string body) {
    Response response;
    response.body = std::move(body);
    return response;
  }
  static void ReadOn(std::shared_ptr<Exchange> exchange, std::size_t sum) {
    Exchange& reader = *exchange;
    reader.ReadPiece([exchange = std::move(exchange), sum](bool ok, std::string piece) mutable {
      if (!ok || piece.empty()) return exchange->Respond(Answer((ok ? "read " : "broken ") + std::to_string(sum)));
      ReadOn(std::move(exchange), sum + piece.size());
    });
  }

  std::promise<void> gone_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Exchange>> waiting_;
  std::vector<std::future<void>> helpers_;
};

class HttpServer : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.limits = {.head_bytes = 4096, .body_bytes = 10'000, .upload_bytes = 3'000'000};
    options_.head_timeout = 300ms;
    options_.body_timeout = 300ms;
    options_.idle_timeout = 30s;
    options_.max_connections = 40;
    Restart();
  }
  void Restart() {
    server_.reset();
    ASSERT_OK_AND_ASSIGN(server_, Server::Start(options_, handler_));
  }
  int Port() const { return server_->port(); }

  ServerOptions options_;
  Echo handler_;
  std::unique_ptr<Server> server_;
};

TEST_F(HttpServer, AnswersOneRequestAfterTheOtherOnAConnection) {
  RawClient client(Port());
  for (int i = 0; i < 3; ++i) {
    const RawAnswer answer = client.Ask("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "GET /a?b=c ");
  }
}

TEST_F(HttpServer, KeepsTheOrderOfPipelinedRequests) {
  RawClient client(Port());
  client.Send(
      "GET /later HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /3 "
      "HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.Read().body, "later");
  EXPECT_EQ(client.Read().body, "POST /2 abc");
  EXPECT_EQ(client.Read().body, "GET /3 ");
}

TEST_F(HttpServer, ReadsRequestsThatComeByteByByte) {
  options_.head_timeout = 30s;
  options_.body_timeout = 30s;
  Restart();
  RawClient client(Port());
  for (const char c : std::string_view(
           "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;e=1\r\nde\r\n0\r\n\r\n")) {
    client.Send({&c, 1});
    if (c == '\n') std::this_thread::sleep_for(1ms);
  }
  EXPECT_EQ(client.Read().body, "POST /x abcde");
}

TEST_F(HttpServer, SendsSecurityHeadersAndADate) {
  const RawAnswer answer = RawClient(Port()).Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");
  EXPECT_THAT(answer.headers.at("content-security-policy"), ::testing::HasSubstr("default-src 'none'"));
  EXPECT_THAT(answer.headers.at("date"), ::testing::EndsWith(" GMT"));
}

TEST_F(HttpServer, AnswersHeadWithoutABody) {
  RawClient client(Port());
  client.Send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  const RawAnswer answer = client.Read(/*with_body=*/false);
  EXPECT_EQ(answer.headers.at("content-length"), "8");
  EXPECT_EQ(client.Ask("GET /b HTTP/1.1\r\nHost: x\r\n\r\n").body, "GET /b ") << "the next answer starts right behind";
}

TEST_F(HttpServer, ClosesWhenAskedTo) {
  RawClient client(Port());
  const RawAnswer answer = client.Ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_TRUE(client.ClosedWithin(2s));
}

TEST_F(HttpServer, TakesTheAbsoluteFormOfATarget) {
  EXPECT_EQ(RawClient(Port()).Ask("GET http://x/a/b?c HTTP/1.1\r\nHost: x\r\n\r\n").body, "GET /a/b?c ");
}

TEST_F(HttpServer, SaysContinueToThoseWhoWaitForIt) {
  RawClient client(Port());
  client.Send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("abc");
  EXPECT_EQ(client.Read().body, "POST /x abc");
}

struct Bad {
  std::string_view name;
  std::string request;
  int status;
};
class BadRequests : public HttpServer, public ::testing::WithParamInterface<Bad> {};
TEST_P(BadRequests, AreRefusedAndTheConnectionIsClosed) {
  RawClient client(Port());
  EXPECT_EQ(client.Ask(GetParam().request).status, GetParam().status);
  EXPECT_TRUE(client.ClosedWithin(4s));
  EXPECT_EQ(RawClient(Port()).Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200) << "others are still served";
}
INSTANTIATE_TEST_SUITE_P(
    Smuggling, BadRequests,
    ::testing::Values(
        Bad{"TwoLengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
        Bad{"TwoEqualLengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
        Bad{"LengthAndChunked",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Bad{"ChunkedAndLength",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400},
        Bad{"ChunkedTwice",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
            400},
        Bad{"OtherCoding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
        Bad{"HiddenChunked", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
        Bad{"ChunkedInOldVersion", "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Bad{"BlankBeforeColon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
        Bad{"TwoHosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
        Bad{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400}, Bad{"NoHttp", "\x16\x03\x01 hello\r\n\r\n", 400},
        Bad{"NegativeLength", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
        Bad{"HugeLength", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
        Bad{"BadChunkSize", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        Bad{"NulInHeader", std::string("GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n"sv), 400},
        Bad{"RelativeTarget", "GET a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        Bad{"NewerVersion", "GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505}),
    [](const auto& info) { return std::string(info.param.name); });
INSTANTIATE_TEST_SUITE_P(
    Size, BadRequests,
    ::testing::Values(Bad{"LongTarget", "GET /" + std::string(5000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
                      Bad{"LongHeader", "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(5000, 'a') + "\r\n\r\n", 431},
                      Bad{"LongBody", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10001\r\n\r\n", 413},
                      Bad{"LongChunkedBody",
                          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2711\r\n" +
                              std::string(10'001, 'a'),
                          413}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(HttpServer, RefusesHeadersWithoutEnd) {
  RawClient client(Port());
  client.Send("GET / HTTP/1.1\r\nHost: x\r\n");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "A" + std::to_string(i) + ": b\r\n";
  client.Send(many);
  EXPECT_EQ(client.Read().status, 431);
}

TEST_F(HttpServer, ClosesOnThoseWhoSendTheirHeadTooSlowly) {
  RawClient client(Port());
  client.Send("GET / HTTP/1.1\r\nHos");
  EXPECT_TRUE(client.ClosedWithin(3s));
}

TEST_F(HttpServer, ClosesOnThoseWhoSendTheirBodyTooSlowly) {
  RawClient client(Port());
  client.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_TRUE(client.ClosedWithin(3s));
}

TEST_F(HttpServer, RefusesOneConnectionTooManyAndServesAgainAfterwards) {
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(std::make_unique<RawClient>(Port()));
    ASSERT_EQ(clients.back()->Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  }
  EXPECT_EQ(RawClient(Port()).Read().status, 503);
  clients.clear();
  for (int i = 0; i < 200 && server_->connections() > 0; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(RawClient(Port()).Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(HttpServer, AcceptsAgainAfterDescriptorsRanOut) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  RawClient first(Port());
  ASSERT_EQ(first.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  RawClient unlucky(Port());  // its own descriptor is taken before the limit falls
  ASSERT_EQ(unlucky.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  std::vector<int> taken;
  rlimit low = before;
  low.rlim_cur = 200;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  for (int copy = dup(0); copy >= 0; copy = dup(0)) taken.push_back(copy);
  close(taken.back());
  taken.pop_back();
  RawClient cut_off(Port());  // takes the last descriptor, so that the server has none to accept with
  EXPECT_TRUE(cut_off.ClosedWithin(5s)) << "accepted with the spare descriptor and closed";
  EXPECT_EQ(first.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200) << "those who are connected are served";
  for (const int copy : taken) close(copy);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(RawClient(Port()).Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(HttpServer, WritesLargeAnswersToSlowReaders) {
  RawClient client(Port());
  client.Send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(client.Read().body.size(), 8U << 20U);
}

TEST_F(HttpServer, ReadsUploadsInPieces) {
  RawClient client(Port());
  client.Send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n");
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(client.Send(std::string(100'000, 'a')));
  EXPECT_EQ(client.Read().body, "read 2000000");
  EXPECT_EQ(client.Ask("GET /next HTTP/1.1\r\nHost: x\r\n\r\n").body, "GET /next ");
}

TEST_F(HttpServer, TellsAnUploadThatItsCallerBrokeOff) {
  RawClient client(Port());
  client.Send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
  client.ShutdownWrite();
  EXPECT_EQ(client.Read().body, "broken 3");
}

TEST_F(HttpServer, RefusesUploadsThatAreTooLarge) {
  RawClient client(Port());
  EXPECT_EQ(client.Ask("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 3000001\r\n\r\n").status, 413);
}

TEST_F(HttpServer, SendsPiecesAndNoticesThatTheCallerWent) {
  auto gone = handler_.Gone();
  {
    RawClient client(Port());
    client.Send("GET /pieces HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(client.ReadUntil("second\n"), ::testing::HasSubstr("first\n"));
    EXPECT_EQ(gone.wait_for(0s), std::future_status::timeout);
  }
  EXPECT_EQ(gone.wait_for(5s), std::future_status::ready);
}

TEST_F(HttpServer, DrainsWithoutCuttingAnybodyOff) {
  auto gone = handler_.Gone();
  RawClient idle(Port());
  RawClient busy(Port());
  RawClient streaming(Port());
  ASSERT_EQ(idle.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  streaming.Send("GET /pieces HTTP/1.1\r\nHost: x\r\n\r\n");
  streaming.ReadUntil("second\n");
  busy.Send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  std::this_thread::sleep_for(5ms);
  const auto start = std::chrono::steady_clock::now();
  server_->Drain(5s);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
  const RawAnswer answer = busy.Read();
  EXPECT_EQ(answer.body, "later");
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_TRUE(idle.ClosedWithin(1s));
  EXPECT_THAT(streaming.ReadUntil("0\r\n\r\n"), ::testing::EndsWith("0\r\n\r\n"))
      << "the stream ends as one that is complete";
}

TEST_F(HttpServer, ClosesThoseWhoAreLeftAfterTheDrain) {
  RawClient client(Port());
  client.Send("GET /never HTTP/1.1\r\nHost: x\r\n\r\n");
  std::this_thread::sleep_for(20ms);
  server_->Drain(50ms);
  EXPECT_TRUE(client.ClosedWithin(1s));
}

TEST(AcceptsGzip, ReadsQualities) {
  EXPECT_TRUE(AcceptsGzip("gzip"));
  EXPECT_TRUE(AcceptsGzip("br;q=1.0, gzip;q=0.5"));
  EXPECT_TRUE(AcceptsGzip("*"));
  EXPECT_FALSE(AcceptsGzip(""));
  EXPECT_FALSE(AcceptsGzip("gzip;q=0, *"));
  EXPECT_FALSE(AcceptsGzip("br"));
  EXPECT_FALSE(AcceptsGzip("*;q=0.0"));
}

}  // namespace
}  // namespace allmende::gateway
