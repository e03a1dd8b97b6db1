// Answers from the near cache: fast where they are true, never where they are not, and only for those who may see them.
#include <nlohmann/json.hpp>
#include <thread>

#include "common/identity/key_file.h"
#include "tests/unit/gateway/fake_registry.h"

namespace allmende::gateway {
namespace {

using namespace std::chrono_literals;

constexpr const char* kActor = "/v1/landscapes/mus/actors/a";

Actor MakeActor(const std::string& id = "a", const std::string& display_name = "Verein") {
  Actor actor;
  actor.set_name("landscapes/mus/actors/" + id);
  actor.set_display_name(display_name);
  return actor;
}

// "editor" reads in landscape m, "stranger" only in another one, "representative" speaks for actor a.
class Keys final : public identity::Authenticator {
 public:
  absl::StatusOr<Principal> Authenticate(std::string_view authorization) const override {
    Principal principal;
    if (authorization.empty()) return principal;
    principal.kind = Principal::Kind::kKey;
    principal.subject = authorization;
    if (authorization == "Bearer editor") {
      principal.roles["mus"] = {Role::kEditor};
    } else if (authorization == "Bearer stranger") {
      principal.roles["other"] = {Role::kEditor};
    } else if (authorization.starts_with("Bearer representative")) {
      principal.roles["mus"] = {Role::kRepresentative};
    } else {
      return Error(Reason::NOT_AUTHENTICATED);
    }
    return principal;
  }
};

class NearAnswers : public GatewayTest {
 protected:
  void SetUp() override {
    registry_.Put(MakeActor());
    Start({}, &keys_);
    Warm(kActor);
  }
  RawAnswer GetAs(std::string_view who, std::string_view target, std::vector<std::string> headers = {}) {
    headers.push_back("Authorization: Bearer " + std::string(who));
    return Get(target, headers);
  }
  // Asks until the service is not asked any more.
  void Warm(std::string_view target) {
    ASSERT_TRUE(Eventually([&] {
      const int before = registry_.calls();
      return GetAs("editor", target).status == 200 && registry_.calls() == before;
    }));
  }

  Keys keys_;
};

TEST_F(NearAnswers, AreTheSameAsTheServices) {
  const int before = registry_.calls();
  const RawAnswer answer = GetAs("editor", kActor);
  EXPECT_EQ(registry_.calls(), before);
  EXPECT_EQ(answer.body, R"({"name":"landscapes/mus/actors/a","revision":"1","etag":"e1","displayName":"Verein"})");
  EXPECT_EQ(answer.headers.at("etag"), "\"e1\"");
  EXPECT_EQ(answer.headers.at("x-revision"), "1");
  EXPECT_EQ(GetAs("editor", kActor, {"If-None-Match: \"e1\""}).status, 304);
  EXPECT_EQ(registry_.calls(), before);
}

TEST_F(NearAnswers, EndWithAChangeOfTheRecord) {
  registry_.Put(MakeActor("a", "Neu"));
  EXPECT_TRUE(Eventually([this] { return GetAs("editor", kActor).body.find("Neu") != std::string::npos; }));
  Warm(kActor);
  EXPECT_EQ(GetAs("editor", kActor).headers.at("x-revision"), "2");
}

TEST_F(NearAnswers, OutliveChangesOfOtherRecordsAndSayTheNewerRevision) {
  const std::int64_t revision = registry_.Put(MakeActor("b"));
  EXPECT_TRUE(Eventually([&] { return GetAs("editor", kActor).headers.at("x-revision") == std::to_string(revision); }));
  const int before = registry_.calls();
  EXPECT_EQ(GetAs("editor", kActor).status, 200);
  EXPECT_EQ(registry_.calls(), before);
}

TEST_F(NearAnswers, EndWithAChangeThatCannotBeRead) {
  const int before = registry_.calls();
  Actor odd;
  odd.set_name("something else");
  registry_.Put(odd);
  EXPECT_TRUE(Eventually([&] { return GetAs("editor", kActor).status == 200 && registry_.calls() > before; }));
}

TEST_F(NearAnswers, OfListsEndWithAnyChangeInTheirCollection) {
  Warm("/v1/landscapes/mus/actors?page_size=5");
  registry_.Put(MakeActor("b"));
  EXPECT_TRUE(Eventually([this] {
    return GetAs("editor", "/v1/landscapes/mus/actors?page_size=5").body.find("actors/b") != std::string::npos;
  }));
  Warm("/v1/landscapes/mus/actors:search?query=x");
  const int before = registry_.calls();
  registry_.Put(MakeActor("c"));
  EXPECT_TRUE(Eventually([&] {
    return GetAs("editor", "/v1/landscapes/mus/actors:search?query=x").status == 200 && registry_.calls() > before;
  }));
}

TEST_F(NearAnswers, AreNotGivenBeforeTheRevisionThatIsAskedFor) {
  registry_.deaf = true;
  registry_.Put(MakeActor("a", "Neu"));
  EXPECT_THAT(GetAs("editor", kActor).body, ::testing::HasSubstr("Verein")) << "a little stale, as allowed";
  EXPECT_THAT(GetAs("editor", std::string(kActor) + "?min_revision=2").body, ::testing::HasSubstr("Neu"));
  EXPECT_THAT(GetAs("editor", kActor).body, ::testing::HasSubstr("Neu")) << "what is newer is given to all";
}

TEST_F(NearAnswers, AreNotTrustedWhenTheServiceHasGoneSilent) {
  registry_.deaf = true;
  registry_.Put(MakeActor("a", "Neu"));
  EXPECT_TRUE(Eventually([this] { return GetAs("editor", kActor).body.find("Neu") != std::string::npos; }))
      << "after three seconds of silence";
}

TEST_F(NearAnswers, AreNotTrustedAfterTheStreamHasEnded) {
  registry_.EndWatches();
  const int before = registry_.calls();
  EXPECT_TRUE(Eventually([&] { return GetAs("editor", kActor).status == 200 && registry_.calls() > before; }));
  Warm(kActor);
}

TEST_F(NearAnswers, AreOnlyForThoseWhoMay) {
  const int before = registry_.calls();
  EXPECT_EQ(Get(kActor).status, 401);
  EXPECT_EQ(GetAs("wrong", kActor).status, 401);
  EXPECT_EQ(GetAs("stranger", kActor).status, 403);
  EXPECT_EQ(registry_.calls(), before) << "not even asked";
}

TEST_F(NearAnswers, AreKeptApartByWhatTheCallerMaySee) {
  const int before = registry_.calls();
  EXPECT_EQ(GetAs("representative", kActor).status, 200);
  EXPECT_EQ(registry_.calls(), before + 1);
  EXPECT_EQ(GetAs("representative", kActor).status, 200);
  EXPECT_EQ(registry_.calls(), before + 1);
  EXPECT_EQ(GetAs("representative2", kActor).status, 200);
  EXPECT_EQ(registry_.calls(), before + 2) << "who speaks for other actors may see other things";
}

TEST_F(NearAnswers, DoNotDependOnTheOrderOfParameters) {
  Warm("/v1/landscapes/mus/actors?page_size=5&filter=x");
  const int before = registry_.calls();
  EXPECT_EQ(GetAs("editor", "/v1/landscapes/mus/actors?filter=x&page_size=5&min_revision=1").status, 200);
  EXPECT_EQ(registry_.calls(), before);
  EXPECT_EQ(GetAs("editor", "/v1/landscapes/mus/actors?filter=y&page_size=5").status, 200);
  EXPECT_EQ(registry_.calls(), before + 1);
}

TEST_F(NearAnswers, AreKeptCompressedToo) {
  for (int i = 0; i < 30; ++i) registry_.Put(MakeActor("a" + std::to_string(i)));
  Warm("/v1/landscapes/mus/actors");
  ASSERT_TRUE(Eventually([this] {
    const int before = registry_.calls();
    const RawAnswer answer = GetAs("editor", "/v1/landscapes/mus/actors", {"Accept-Encoding: gzip"});
    return registry_.calls() == before && answer.headers.contains("content-encoding");
  }));
  EXPECT_FALSE(GetAs("editor", "/v1/landscapes/mus/actors").headers.contains("content-encoding"));
}

TEST_F(NearAnswers, NeverKeepErrors) {
  EXPECT_EQ(GetAs("editor", "/v1/landscapes/mus/actors/new").status, 404);
  registry_.Put(MakeActor("new"));
  EXPECT_EQ(GetAs("editor", "/v1/landscapes/mus/actors/new").status, 200);
}

TEST_F(NearAnswers, AreFetchedOnceForManyWhoAskAtTheSameTime) {
  registry_.hold = true;
  const int before = registry_.calls();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<RawClient>(Port()));
    clients.back()->Send(Request("GET", "/v1/landscapes/mus/actors?page_size=7", {"Authorization: Bearer editor"}));
  }
  std::this_thread::sleep_for(100ms);
  registry_.hold = false;
  for (const auto& client : clients) EXPECT_EQ(client->Read().status, 200);
  EXPECT_EQ(registry_.calls(), before + 1);
}

TEST_F(NearAnswers, AreFetchedByEachWhereTheFirstFails) {
  registry_.hold = true;
  registry_.FailWith(Error(Reason::NOT_FOUND, {{"name", "x"}}));
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<RawClient>(Port()));
    clients.back()->Send(Request("GET", "/v1/landscapes/mus/actors?page_size=8", {"Authorization: Bearer editor"}));
  }
  std::this_thread::sleep_for(100ms);
  registry_.hold = false;
  for (const auto& client : clients) EXPECT_EQ(client->Read().status, 404);
}

TEST(CacheableRead, IsToldByTheAddress) {
  const auto routes = CollectRoutes(
      {google::protobuf::DescriptorPool::generated_pool()->FindServiceByName("allmende.registry.v1.RegistryService")});
  const auto router = *Router::Make(*routes);
  const auto read_of = [&](std::string_view path, std::string_view query = {}) {
    return CacheableReadOf(*router->Match("GET", path), path, query);
  };
  EXPECT_EQ(read_of("/v1/landscapes/mus/actors/a")->on.id, "a");
  EXPECT_EQ(read_of("/v1/landscapes/mus/actors/a:history")->on.id, "a");
  EXPECT_EQ(read_of("/v1/landscapes/mus/actors")->on.collection, "actors");
  EXPECT_EQ(read_of("/v1/landscapes/mus/actors:search")->on.collection, "actors");
  EXPECT_EQ(read_of("/v1/landscapes/mus/areas:batchGet")->on.collection, "areas");
  EXPECT_EQ(read_of("/v1/landscapes/mus")->on.collection, "landscapes");
  EXPECT_EQ(read_of("/v1/landscapes/mus")->on.id, "mus");
  EXPECT_FALSE(read_of("/v1/landscapes").has_value()) << "of no landscape";
  EXPECT_FALSE(read_of("/v1/importPresets").has_value());
  EXPECT_FALSE(read_of("/v1/landscapes/mus/actors:watch").has_value());
  EXPECT_FALSE(read_of("/v1/landscapes/mus/actors/%61").has_value()) << "another spelling";
  EXPECT_FALSE(read_of("/v1/landscapes/mus/actors/a", "min_revision=x").has_value());
  EXPECT_FALSE(read_of("/v1/landscapes/mus/actors/a", "min_revision=1&minRevision=2").has_value());
}

}  // namespace
}  // namespace allmende::gateway
