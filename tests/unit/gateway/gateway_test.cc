// What becomes of requests, from the socket to a registry and back.
#include <google/protobuf/text_format.h>
#include <zlib.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "tests/unit/gateway/fake_registry.h"

namespace allmende::gateway {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kActor = "/v1/landscapes/m/actors/a";
constexpr const char* kJson = "Content-Type: application/json";

Actor MakeActor(const std::string& id = "a", const std::string& display_name = "Verein") {
  Actor actor;
  actor.set_name("landscapes/m/actors/" + id);
  actor.set_display_name(display_name);
  return actor;
}

std::string Unzipped(const std::string& bytes) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  std::string out(1U << 20U, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

class GatewayReads : public GatewayTest {
 protected:
  void SetUp() override {
    GatewayTest::SetUp();
    registry_.Put(MakeActor());
  }
};

TEST_F(GatewayReads, AnswerAResourceAsJsonWithTagAndRevision) {
  const RawAnswer answer = Get(kActor);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"name":"landscapes/m/actors/a","revision":"1","etag":"e1","displayName":"Verein"})");
  EXPECT_EQ(answer.headers.at("etag"), "\"e1\"");
  EXPECT_EQ(answer.headers.at("content-type"), "application/json");
  EXPECT_EQ(answer.headers.at("x-revision"), "1");
  EXPECT_FALSE(answer.headers.at("x-request-id").empty());
}

TEST_F(GatewayReads, AnswerNotModifiedToThoseWhoHaveIt) {
  for (const char* tag : {"\"e1\"", "W/\"e1\"", "\"x\", \"e1\"", "*"}) {
    const RawAnswer answer = Get(kActor, {std::string("If-None-Match: ") + tag});
    EXPECT_EQ(answer.status, 304) << tag;
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.headers.at("etag"), "\"e1\"");
    EXPECT_EQ(answer.headers.at("x-revision"), "1");
  }
  EXPECT_EQ(Get(kActor, {"If-None-Match: \"other\""}).status, 200);
}

TEST_F(GatewayReads, TagAListByItsBytes) {
  const RawAnswer first = Get("/v1/landscapes/m/actors");
  EXPECT_EQ(Get("/v1/landscapes/m/actors", {"If-None-Match: " + first.headers.at("etag")}).status, 304);
  registry_.Put(MakeActor("b"));
  EXPECT_EQ(Get("/v1/landscapes/m/actors", {"If-None-Match: " + first.headers.at("etag")}).status, 200);
}

TEST_F(GatewayReads, LinkToTheNextPage) {
  EXPECT_EQ(Get("/v1/landscapes/m/actors?page_size=1&filter=a%3Db").headers.at("link"),
            "</v1/landscapes/m/actors?page_size=1&filter=a%3Db&page_token=tok%3Dn%2F1>; rel=\"next\"");
  EXPECT_FALSE(Get("/v1/landscapes/m/actors").headers.contains("link"));
}

TEST_F(GatewayReads, PassFieldsAndQueryOn) {
  Get("/v1/landscapes/m/actors/a?fields=displayName,sites.address&min_revision=1");
  EXPECT_EQ(
      registry_.LastRequest(),
      R"(name: "landscapes/m/actors/a" read_mask { paths: "display_name" paths: "sites.address" } min_revision: 1)");
}

TEST_F(GatewayReads, AnswerHeadLikeGet) {
  const RawAnswer answer = Ask("HEAD", kActor);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("etag"), "\"e1\"");
  EXPECT_GT(std::stoi(answer.headers.at("content-length")), 0);
}

TEST_F(GatewayReads, CompressLargeAnswersForThoseWhoTakeIt) {
  for (int i = 0; i < 50; ++i) registry_.Put(MakeActor("a" + std::to_string(i)));
  const RawAnswer plain = Get("/v1/landscapes/m/actors");
  const RawAnswer zipped = Get("/v1/landscapes/m/actors", {"Accept-Encoding: gzip, deflate"});
  EXPECT_EQ(zipped.headers.at("content-encoding"), "gzip");
  EXPECT_LT(zipped.body.size(), plain.body.size() / 3);
  EXPECT_EQ(Unzipped(zipped.body), plain.body);
  EXPECT_EQ(zipped.headers.at("etag"), "W/" + plain.headers.at("etag"));
  EXPECT_THAT(zipped.headers.at("vary"), HasSubstr("Accept-Encoding"));
  EXPECT_FALSE(Get(kActor, {"Accept-Encoding: gzip"}).headers.contains("content-encoding"))
      << "too small to be worth it";
}

TEST_F(GatewayReads, ForwardCredentialTraceAndIds) {
  Get(kActor, {"Authorization: Bearer k", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
               "X-Request-Id: r-1", "Accept-Language: en"});
  const auto metadata = registry_.Metadata();
  EXPECT_EQ(metadata.at("authorization"), "Bearer k");
  EXPECT_THAT(metadata.at("traceparent"), StartsWith("00-0af7651916cd43dd8448eb211c80319c-"));
  EXPECT_THAT(metadata.at("traceparent"), ::testing::Not(HasSubstr("b7ad6b7169203331")))
      << "the gateway has a span of its own";
  EXPECT_EQ(metadata.at("x-request-id"), "r-1");
  EXPECT_EQ(metadata.at("accept-language"), "en");
}

class GatewayProblems : public GatewayReads {
 protected:
  static json Problem(const RawAnswer& answer) {
    EXPECT_EQ(answer.headers.at("content-type"), "application/problem+json");
    return json::parse(answer.body);
  }
};

TEST_F(GatewayProblems, AreToldInTheLanguageOfTheCaller) {
  const RawAnswer german = Get("/v1/landscapes/m/actors/none");
  EXPECT_EQ(german.status, 404);
  const json problem = Problem(german);
  EXPECT_EQ(problem["type"], "/problems/not-found");
  EXPECT_EQ(problem["title"], "Nicht gefunden");
  EXPECT_EQ(problem["status"], 404);
  EXPECT_EQ(problem["reason"], "NOT_FOUND");
  EXPECT_EQ(problem["detail"], "„landscapes/m/actors/none“ gibt es nicht.");
  EXPECT_EQ(problem["traceId"].get<std::string>().size(), 32U);
  EXPECT_EQ(german.headers.at("content-language"), "de");
  EXPECT_EQ(Problem(Get("/v1/landscapes/m/actors/none", {"Accept-Language: en-GB,en;q=0.9,de;q=0.1"}))["title"],
            "Not found");
}

TEST_F(GatewayProblems, NameUnknownAddressesAndVerbs) {
  const RawAnswer unknown = Get("/v1/nothing");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(Problem(unknown)["reason"], "UNKNOWN_ROUTE");
  const RawAnswer verb = Ask("PUT", kActor, {kJson}, "{}");
  EXPECT_EQ(verb.status, 405);
  EXPECT_EQ(verb.headers.at("allow"), "DELETE, GET, HEAD, PATCH, OPTIONS");
  EXPECT_EQ(Problem(verb)["reason"], "METHOD_NOT_ALLOWED");
  EXPECT_EQ(Ask("POST", "/healthz").status, 405);
}

TEST_F(GatewayProblems, PointIntoTheBody) {
  const json problem = Problem(Ask("POST", "/v1/landscapes/m/actors?actorId=x&nonsense=1", {kJson},
                                   R"({"displayNme":"x","channels":[{},{"kind":"FON"}],"description":5})"));
  EXPECT_EQ(problem["status"], 400);
  EXPECT_EQ(problem["reason"], "INVALID_FIELDS");
  std::map<std::string, std::string> reasons;
  for (const json& error : problem["errors"]) {
    reasons[error.contains("pointer") ? error["pointer"].get<std::string>()
                                      : "?" + error["parameter"].get<std::string>()] = error["reason"];
  }
  EXPECT_EQ(reasons, (std::map<std::string, std::string>{{"/displayNme", "UNKNOWN_FIELD"},
                                                         {"/channels/1/kind", "UNKNOWN_CODE"},
                                                         {"/description", "WRONG_TYPE"},
                                                         {"?nonsense", "UNKNOWN_FIELD"}}));
  EXPECT_THAT(problem["errors"].dump(), HasSubstr("Gemeint sein könnte „displayName“"));
}

TEST_F(GatewayProblems, PointIntoTheBodyForWhatTheServiceFinds) {
  registry_.FailWith(FieldError("actor.channels[2].value", Reason::MALFORMED, {{"value", "x"}, {"expected", "E.164"}}));
  const json problem = Problem(Ask("POST", "/v1/landscapes/m/actors", {kJson}, R"({"displayName":"x"})"));
  EXPECT_EQ(problem["errors"][0]["pointer"], "/channels/2/value");
  EXPECT_EQ(problem["errors"][0]["field"], "actor.channels[2].value");
}

TEST_F(GatewayProblems, SayWhenToComeBackAndWhoToAsk) {
  registry_.FailWith(ErrorWithRetry(Reason::TOO_MANY_REQUESTS, 7, {{"limit", "landscape"}}));
  const RawAnswer busy = Get(kActor);
  EXPECT_EQ(busy.status, 429);
  EXPECT_EQ(busy.headers.at("retry-after"), "7");
  registry_.FailWith(Error(Reason::NOT_AUTHENTICATED));
  EXPECT_EQ(Get(kActor).headers.at("www-authenticate"), "Bearer");
  registry_.FailWith(absl::InternalError("SELECT secret FROM driver"));
  const RawAnswer broken = Get(kActor);
  EXPECT_EQ(broken.status, 500);
  EXPECT_THAT(broken.body, ::testing::Not(HasSubstr("SELECT")));
  EXPECT_THAT(Problem(broken)["detail"].get<std::string>(), HasSubstr(Problem(broken)["traceId"].get<std::string>()));
}

TEST_F(GatewayProblems, TellOfAServiceThatIsAway) {
  grpc_server_->Shutdown(std::chrono::system_clock::now());
  EXPECT_EQ(Get(kActor).status, 503);
}

TEST_F(GatewayProblems, RefuseWhatIsNotJson) {
  EXPECT_EQ(Ask("POST", "/v1/landscapes/m/actors", {"Content-Type: text/plain"}, "{}").status, 415);
  EXPECT_EQ(Ask("POST", "/v1/landscapes/m/actors", {}, "{}").status, 415);
  EXPECT_EQ(Problem(Ask("POST", "/v1/landscapes/m/actors", {kJson}, "{"))["reason"], "INVALID_JSON");
  EXPECT_EQ(Problem(Ask("POST", "/v1/landscapes/m/actors", {kJson}, "{\"etag\":\"\xFF\"}"))["reason"], "INVALID_UTF8");
  EXPECT_EQ(Problem(Ask("DELETE", kActor, {kJson, "If-Match: *"}, "{}"))["reason"], "BAD_REQUEST");
  const RawAnswer large =
      Ask("POST", "/v1/landscapes/m/actors", {kJson, "Accept-Language: en"}, std::string((1U << 20U) + 1, ' '));
  EXPECT_EQ(large.status, 413);
  EXPECT_EQ(Problem(large)["title"], "Too large");
}

TEST_F(GatewayProblems, HaveAPageForEachType) {
  const json page = json::parse(Get("/problems/unknown-field").body);
  EXPECT_EQ(page["reason"], "UNKNOWN_FIELD");
  EXPECT_EQ(Get("/problems/nonsense").status, 404);
}

class GatewayChanges : public GatewayReads {};

TEST_F(GatewayChanges, AnswerANewResourceWithItsPlace) {
  const RawAnswer answer = Ask("POST", "/v1/landscapes/m/actors?actor_id=neu", {kJson}, R"({"displayName":"Neu"})");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.headers.at("location"), "/v1/landscapes/m/actors/neu");
  EXPECT_EQ(answer.headers.at("etag"), "\"e2\"");
  EXPECT_EQ(answer.headers.at("x-revision"), "2");
}

TEST_F(GatewayChanges, DoNotClaimToHaveMadeWhatWasOnlyChecked) {
  const RawAnswer answer =
      Ask("POST", "/v1/landscapes/m/actors?validate_only=true", {kJson}, R"({"displayName":"Neu"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.headers.contains("location"));
}

TEST_F(GatewayChanges, TakeTheFieldsOfTheBodyAsMask) {
  const RawAnswer answer = Ask("PATCH", kActor, {kJson, "If-Match: \"e1\""},
                               R"({"displayName":"Neu","description":null,"etag":"old","name":"x"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(
      registry_.LastRequest(),
      HasSubstr(
          R"(actor { name: "landscapes/m/actors/a" etag: "e1" display_name: "Neu" } update_mask { paths: "description" paths: "display_name" })"));
}

TEST_F(GatewayChanges, TakeTheMaskThatIsGiven) {
  Ask("PATCH", "/v1/landscapes/m/actors/a?update_mask=displayName", {kJson, "If-Match: *"},
      R"({"displayName":"Neu","description":"b"})");
  EXPECT_THAT(registry_.LastRequest(), HasSubstr(R"(update_mask { paths: "display_name" })"));
}

TEST_F(GatewayChanges, NeedTheStateTheyStartFrom) {
  EXPECT_EQ(Ask("PATCH", kActor, {kJson}, R"({"displayName":"Neu"})").status, 428);
  EXPECT_EQ(Ask("DELETE", kActor).status, 428);
  EXPECT_EQ(Ask("PATCH", kActor, {kJson, "If-Match: \"e0\""}, R"({"displayName":"Neu"})").status, 412);
  EXPECT_EQ(Ask("PATCH", kActor, {kJson, "If-Match: e1"}, R"({})").status, 400) << "without quotes";
  EXPECT_EQ(Ask("PATCH", kActor, {kJson, "If-Match: \"e1\", \"e2\""}, R"({})").status, 400);
  EXPECT_EQ(Ask("PATCH", kActor, {kJson, "If-Match: W/\"e1\""}, R"({"displayName":"Neu"})").status, 200)
      << "weakened by a proxy";
  EXPECT_EQ(Ask("PATCH", kActor, {kJson, "If-Match: *"}, R"({"displayName":"Neu"})").status, 200);
}

TEST_F(GatewayChanges, AnswerARemovalWithNothing) {
  const RawAnswer answer = Ask("DELETE", kActor, {"If-Match: \"e1\""});
  EXPECT_EQ(answer.status, 204);
  EXPECT_FALSE(answer.headers.contains("content-length"));
  EXPECT_THAT(registry_.LastRequest(), HasSubstr(R"(etag: "e1")"));
}

TEST_F(GatewayChanges, TakeTheIdempotencyKeyAsRequestId) {
  Ask("POST", "/v1/landscapes/m/actors", {kJson, "Idempotency-Key: \"k 1\""}, R"({"displayName":"Neu"})");
  EXPECT_THAT(registry_.LastRequest(), HasSubstr(R"(request_id: "k 1")"));
  const RawAnswer both =
      Ask("POST", "/v1/landscapes/m/actors?request_id=k2", {kJson, "Idempotency-Key: k1"}, R"({"displayName":"Neu"})");
  EXPECT_EQ(both.status, 400);
  EXPECT_EQ(json::parse(both.body)["errors"][0]["reason"], "CONFLICTING_FIELDS");
}

class GatewayPages : public GatewayReads {};

TEST_F(GatewayPages, TellHealthReadinessAndNumbers) {
  EXPECT_EQ(Get("/healthz").status, 200);
  EXPECT_TRUE(Eventually([this] { return Get("/readyz").status == 200; }));
  EXPECT_THAT(Get("/metrics").body, HasSubstr("allmende_gateway_answers_total{status=\"2xx\"}"));
  grpc_server_->GetHealthCheckService()->SetServingStatus("allmende.registry.v1.RegistryService", false);
  EXPECT_TRUE(Eventually([this] { return Get("/readyz").status == 503; }));
  EXPECT_EQ(Get("/healthz").status, 200) << "the process itself is well";
}

TEST_F(GatewayPages, ServeTheDocumentWithATag) {
  const RawAnswer answer = Get("/openapi.json");
  EXPECT_EQ(answer.body, R"({"openapi":"3.1.0"})");
  EXPECT_EQ(Get("/openapi.json", {"If-None-Match: " + answer.headers.at("etag")}).status, 304);
}

TEST_F(GatewayPages, Welcome) {
  EXPECT_THAT(Get("/", {"Accept: text/html"}).body, HasSubstr("Schnittstelle"));
  EXPECT_THAT(Get("/", {"Accept: text/html", "Accept-Language: en"}).body, HasSubstr("interface"));
  EXPECT_EQ(json::parse(Get("/").body)["openapi"], "/openapi.json");
}

TEST_F(GatewayPages, AnswerOptionsWithoutOpeningToOtherOrigins) {
  const RawAnswer answer = Ask("OPTIONS", kActor, {"Origin: https://evil.example"});
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.headers.at("allow"), "DELETE, GET, HEAD, PATCH, OPTIONS");
  EXPECT_FALSE(answer.headers.contains("access-control-allow-origin"));
  EXPECT_EQ(Ask("OPTIONS", "*").status, 204);
}

class GatewayEvents : public GatewayReads {};

TEST_F(GatewayEvents, ComeAsTheyHappenWithTheRevisionAsId) {
  RawClient client(Port());
  client.Send(Request("GET", "/v1/landscapes/m/actors:watch?from_revision=0", {"Accept: text/event-stream"}));
  const std::string first = client.ReadUntil("\"kind\":\"UPDATED\"");
  EXPECT_THAT(first, HasSubstr("Content-Type: text/event-stream"));
  EXPECT_THAT(first, HasSubstr("id: 1\nevent: changes\ndata: {"));
  registry_.Put(MakeActor("b"));
  EXPECT_THAT(client.ReadUntil("actors/b"), HasSubstr("id: 2\n"));
}

TEST_F(GatewayEvents, GoOnAfterTheLastEventId) {
  registry_.Put(MakeActor("b"));
  RawClient client(Port());
  client.Send(Request("GET", "/v1/landscapes/m/actors:watch", {"Last-Event-ID: 1"}));
  const std::string events = client.ReadUntil("actors/b");
  EXPECT_THAT(events, ::testing::Not(HasSubstr("actors/a")));
  EXPECT_EQ(Get("/v1/landscapes/m/actors:watch", {"Last-Event-ID: x"}).status, 400);
}

TEST_F(GatewayEvents, SendHeartbeatsAsComments) {
  RawClient client(Port());
  client.Send(Request("GET", "/v1/landscapes/m/actors:watch?from_revision=-1&heartbeat=1s"));
  EXPECT_THAT(client.ReadUntil(": heartbeat\n\n"), HasSubstr("id: 1\n: heartbeat"));
}

TEST_F(GatewayEvents, AreNotOpenedForHead) {
  const RawAnswer answer = Ask("HEAD", "/v1/landscapes/m/actors:watch");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-type"), "text/event-stream");
  EXPECT_EQ(registry_.calls(), 0);
}

TEST_F(GatewayEvents, AreAProblemWhereTheStreamIsRefused) {
  registry_.FailWith(Error(Reason::NOT_ALLOWED, {{"scope", "REGISTRY_READ"}, {"landscape", "m"}}));
  EXPECT_EQ(Get("/v1/landscapes/m/actors:watch").status, 403);
  EXPECT_EQ(Get("/v1/landscapes/m/actors:watch?from_revision=x").status, 400);
}

TEST_F(GatewayEvents, EndCleanlyWhenTheServerDrains) {
  RawClient client(Port());
  client.Send(Request("GET", "/v1/landscapes/m/actors:watch?from_revision=0"));
  client.ReadUntil("\"kind\":\"UPDATED\"");
  const auto start = std::chrono::steady_clock::now();
  server_->Drain(5s);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
  EXPECT_THAT(client.ReadUntil("\r\n0\r\n\r\n"), ::testing::EndsWith("0\r\n\r\n"));
}

class GatewayUploads : public GatewayTest {};

TEST_F(GatewayUploads, GoToTheServicePieceByPiece) {
  const std::string list(5'000'000, 'x');
  const RawAnswer answer = Ask("POST", "/v1/landscapes/m/actors:import?preset=nrw-schools&dryRun=true",
                               {"Content-Type: text/csv; charset=utf-8"}, list);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json::parse(answer.body)["import"]["counts"]["rows"], "5000000");
  EXPECT_EQ(registry_.uploaded, list);
  EXPECT_GT(registry_.upload_messages, 10);
}

TEST_F(GatewayUploads, BringPathAndQueryInTheFirstMessage) {
  Ask("POST", "/v1/landscapes/m/actors:import?preset=nrw-schools&dryRun=true",
      {"Content-Type: text/csv", "Idempotency-Key: k"}, "a;b\n");
  EXPECT_EQ(
      registry_.LastRequest(),
      R"(parent: "landscapes/m" preset: "nrw-schools" dry_run: true document { content_type: "text/csv" data: "a;b\n" } request_id: "k")");
}

TEST_F(GatewayUploads, AreRefusedInOtherTypesAndSizes) {
  EXPECT_EQ(Ask("POST", "/v1/landscapes/m/actors:import", {kJson}, "{}").status, 415);
  RawClient client(Port());
  client.Send(
      "POST /v1/landscapes/m/actors:import HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: "
      "67108865\r\n\r\n");
  EXPECT_EQ(client.Read().status, 413);
}

TEST_F(GatewayUploads, EndEarlyWithTheServicesReason) {
  registry_.give_up_after = 100'000;
  RawClient client(Port());
  client.Send(
      "POST /v1/landscapes/m/actors:import HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: "
      "60000000\r\n\r\n");
  for (int i = 0; i < 10; ++i) client.Send(std::string(100'000, 'x'));
  const RawAnswer answer = client.Read();
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(json::parse(answer.body)["errors"][0]["pointer"], "");
}

TEST_F(GatewayUploads, TakeAnEmptyBody) {
  EXPECT_EQ(Ask("POST", "/v1/landscapes/m/actors:import", {"Content-Type: text/csv", "Content-Length: 0"}).status, 200);
}

TEST_F(GatewayUploads, AreGivenUpWhenTheCallerIs) {
  {
    RawClient client(Port());
    client.Send(
        "POST /v1/landscapes/m/actors:import HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: "
        "1000\r\n\r\nabc");
    EXPECT_TRUE(Eventually([this] { return registry_.calls() == 1; }));
  }
  EXPECT_TRUE(Eventually([this] { return server_->connections() == 0; }));
}

}  // namespace
}  // namespace allmende::gateway
