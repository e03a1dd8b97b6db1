#include "services/gateway/transcode/router.h"

#include <gtest/gtest.h>

#include "allmende/registry/v1/registry_service.pb.h"
#include "common/testing/matchers.h"

namespace allmende::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const ServiceDescriptor& Registry() {
  return *google::protobuf::DescriptorPool::generated_pool()->FindServiceByName("allmende.registry.v1.RegistryService");
}

class RegistryRoutes : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(std::vector<Route> routes, CollectRoutes({&Registry()}));
    ASSERT_OK_AND_ASSIGN(router_, Router::Make(std::move(routes)));
  }
  std::string MethodAt(std::string_view verb, std::string_view path) {
    const auto match = router_->Match(verb, path);
    return match.has_value() ? match->route->method->name() : "";
  }
  std::unique_ptr<Router> router_;
};

TEST_F(RegistryRoutes, FindTheMethodOfVerbAndPath) {
  EXPECT_EQ(MethodAt("GET", "/v1/landscapes/m/actors/a"), "GetActor");
  EXPECT_EQ(MethodAt("PATCH", "/v1/landscapes/m/actors/a"), "UpdateActor");
  EXPECT_EQ(MethodAt("GET", "/v1/landscapes/m/actors"), "ListActors");
  EXPECT_EQ(MethodAt("GET", "/v1/landscapes/m/actors:search"), "SearchActors");
  EXPECT_EQ(MethodAt("GET", "/v1/landscapes/m/actors/a:history"), "ListActorHistory");
  EXPECT_EQ(MethodAt("POST", "/v1/landscapes/m/actors:import"), "ImportActors");
  EXPECT_EQ(MethodAt("GET", "/v1/landscapes"), "ListLandscapes");
}

TEST_F(RegistryRoutes, HaveNoRoomForOddPaths) {
  for (const std::string_view path : {"", "/", "/v1", "/v1/landscapes/", "/v1//landscapes", "/v1/landscapes/m/actors/",
                                      "/v2/landscapes", "/v1/landscapes/m/actors/a/b", "v1/landscapes"}) {
    EXPECT_EQ(MethodAt("GET", path), "") << path;
  }
}

TEST_F(RegistryRoutes, TakeAnUnknownVerbBehindAColonAsPartOfTheId) {
  EXPECT_EQ(MethodAt("GET", "/v1/landscapes/m/actors/a:b"), "GetActor");
}

TEST_F(RegistryRoutes, SayWhichVerbsAPathAllows) {
  EXPECT_THAT(router_->Allowed("/v1/landscapes/m/actors/a"), ElementsAre("DELETE", "GET", "HEAD", "PATCH"));
  EXPECT_THAT(router_->Allowed("/v1/landscapes/m/actors:import"), ElementsAre("POST"));
  EXPECT_THAT(router_->Allowed("/v1/nothing"), IsEmpty());
}

TEST_F(RegistryRoutes, BindThePathIntoTheRequest) {
  registry::v1::GetActorRequest request;
  const auto match = router_->Match("GET", "/v1/landscapes/m/actors/a%C3%A4%2Fb");
  ASSERT_TRUE(match.has_value());
  ASSERT_OK(BindPath(*match, request));
  EXPECT_EQ(request.name(), "landscapes/m/actors/aä%2Fb");

  registry::v1::UpdateActorRequest update;
  ASSERT_OK(BindPath(*router_->Match("PATCH", "/v1/landscapes/m/actors/a"), update));
  EXPECT_EQ(update.actor().name(), "landscapes/m/actors/a");
}

TEST_F(RegistryRoutes, RefuseBrokenEscapesAndBrokenText) {
  registry::v1::GetActorRequest request;
  EXPECT_THAT(BindPath(*router_->Match("GET", "/v1/landscapes/m/actors/%2"), request), StatusIs(Reason::BAD_REQUEST));
  EXPECT_THAT(BindPath(*router_->Match("GET", "/v1/landscapes/m/actors/%FF"), request),
              HasViolation("name", Reason::INVALID_UTF8));
}

TEST(Router, RefusesTwoRoutesForOneAddress) {
  ASSERT_OK_AND_ASSIGN(std::vector<Route> routes, CollectRoutes({&Registry(), &Registry()}));
  EXPECT_THAT(Router::Make(std::move(routes)), StatusIs(Reason::ALREADY_EXISTS));
}

TEST(Router, PrefersLiteralsToWildcards) {
  const auto make = [](std::string_view path, std::string rpc) {
    Route route;
    route.verb = "GET";
    route.rpc = std::move(rpc);
    route.path = *ParsePathTemplate(path);
    return route;
  };
  std::vector<Route> routes;
  routes.push_back(make("/a/**", "rest"));
  routes.push_back(make("/a/*/c", "one"));
  routes.push_back(make("/a/b/c", "literal"));
  ASSERT_OK_AND_ASSIGN(const auto router, Router::Make(std::move(routes)));
  EXPECT_EQ(router->Match("GET", "/a/b/c")->route->rpc, "literal");
  EXPECT_EQ(router->Match("GET", "/a/x/c")->route->rpc, "one");
  EXPECT_EQ(router->Match("GET", "/a/b/d")->route->rpc, "rest");
}

TEST(Routes, KnowEveryMethodOfTheRegistry) {
  ASSERT_OK_AND_ASSIGN(const std::vector<Route> routes, CollectRoutes({&Registry()}));
  std::set<const MethodDescriptor*> methods;
  for (const Route& route : routes) methods.insert(route.method);
  EXPECT_EQ(methods.size(), static_cast<std::size_t>(Registry().method_count()));
}

TEST(Routes, TellUploadsFromMessages) {
  ASSERT_OK_AND_ASSIGN(const std::vector<Route> routes, CollectRoutes({&Registry()}));
  std::map<std::string, Route::Body> bodies;
  for (const Route& route : routes) bodies[route.method->name()] = route.body;
  EXPECT_EQ(bodies["ImportActors"], Route::Body::kUpload);
  EXPECT_EQ(bodies["CreateActor"], Route::Body::kField);
  EXPECT_EQ(bodies["GetActor"], Route::Body::kNone);
}

}  // namespace
}  // namespace allmende::gateway
