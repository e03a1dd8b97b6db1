#include "services/gateway/transcode/query.h"

#include <gtest/gtest.h>

#include "allmende/registry/v1/registry_service.pb.h"
#include "allmende/type/v1/changes.pb.h"
#include "common/testing/matchers.h"

namespace allmende::gateway {
namespace {

using ::testing::ElementsAre;

const Route& RouteOf(std::string_view method) {
  static const std::vector<Route> routes = *CollectRoutes(
      {google::protobuf::DescriptorPool::generated_pool()->FindServiceByName("allmende.registry.v1.RegistryService")});
  return *std::find_if(routes.begin(), routes.end(),
                       [&](const Route& route) { return route.method->name() == method; });
}

template <typename Request>
absl::StatusOr<Request> Bound(std::string_view method, std::string_view query) {
  ASSIGN_OR_RETURN(const std::vector<Parameter> parameters, ParseQuery(query));
  Request request;
  Violations violations;
  BindQuery(RouteOf(method), parameters, request, violations);
  RETURN_IF_ERROR(violations.ToStatus());
  return request;
}

TEST(Query, IsCutAndDecoded) {
  EXPECT_THAT(*ParseQuery("a=1&&b=x%20y+z&c&d=="),
              ElementsAre(Parameter{"a", "1"}, Parameter{"b", "x y z"}, Parameter{"c", ""}, Parameter{"d", "="}));
  EXPECT_THAT(ParseQuery("a=%f"), StatusIs(Reason::BAD_REQUEST));
  std::string many;
  for (std::size_t i = 0; i <= kMaxParameters; ++i) many += "a=1&";
  EXPECT_THAT(ParseQuery(many), StatusIs(Reason::TOO_LARGE));
}

TEST(Query, FillsFieldsOfEveryKind) {
  EXPECT_THAT(
      Bound<registry::v1::SearchActorsRequest>(
          "SearchActors",
          "query=lesen&prefix=true&center.latitude=51.5&center.longitude=-7&radiusMetres=1e3"
          "&facets=kinds&facets=topics&page_size=5&readMask=displayName,sites.address&minRevision=9007199254740993"),
      IsOkAndHolds(EqualsProto(R"pb(query: "lesen"
                                    prefix: true
                                    center { latitude: 51.5 longitude: -7 }
                                    radius_metres: 1000
                                    facets: "kinds"
                                    facets: "topics"
                                    page_size: 5
                                    read_mask { paths: "display_name" paths: "sites.address" }
                                    min_revision: 9007199254740993)pb")));
  EXPECT_THAT(Bound<registry::v1::GetActorRequest>("GetActor", "read_time=2024-05-01T12:00:00%2B02:00&fields=kinds"),
              IsOkAndHolds(EqualsProto(R"pb(read_mask { paths: "kinds" }
                                            read_time { seconds: 1714557600 })pb")));
  EXPECT_THAT(Bound<type::v1::WatchRequest>("WatchActors", "heartbeat=1.5s&from_revision=-1"),
              IsOkAndHolds(EqualsProto("from_revision: -1 heartbeat { seconds: 1 nanos: 500000000 }")));
}

TEST(Query, SaysEverythingThatIsWrongAtOnce) {
  const auto bound = Bound<registry::v1::SearchActorsRequest>(
      "SearchActors",
      "pagesize=3&page_size=many&min_revision=99999999999999999999&prefix=yes&center.latitude=x&page_token=%FF");
  EXPECT_THAT(bound, HasViolation("page_size", Reason::WRONG_TYPE));
  EXPECT_THAT(bound, HasViolation("min_revision", Reason::OUT_OF_RANGE));
  EXPECT_THAT(bound, HasViolation("prefix", Reason::WRONG_TYPE));
  EXPECT_THAT(bound, HasViolation("center.latitude", Reason::WRONG_TYPE));
  EXPECT_THAT(bound, HasViolation("page_token", Reason::INVALID_UTF8));
  ASSERT_THAT(bound, HasViolation("pagesize", Reason::UNKNOWN_FIELD));
  EXPECT_EQ(DetailOf(bound.status()).violations(0).params().at("hint"), "page_size");
}

TEST(Query, RefusesMalformedTimesAndSpans) {
  EXPECT_THAT(Bound<registry::v1::GetActorRequest>("GetActor", "read_time=gestern"),
              HasViolation("read_time", Reason::MALFORMED));
  EXPECT_THAT(Bound<type::v1::WatchRequest>("WatchActors", "heartbeat=15"),
              HasViolation("heartbeat", Reason::MALFORMED));
}

TEST(Query, RefusesASingleFieldGivenTwice) {
  EXPECT_THAT(Bound<registry::v1::ListActorsRequest>("ListActors", "page_size=1&pageSize=2"),
              HasViolation("page_size", Reason::WRONG_TYPE));
}

TEST(Query, DoesNotReachWhatThePathOrTheBodySets) {
  EXPECT_THAT(Bound<registry::v1::GetActorRequest>("GetActor", "name=x"), HasViolation("name", Reason::UNKNOWN_FIELD));
  EXPECT_THAT(Bound<registry::v1::CreateActorRequest>("CreateActor", "actor.display_name=x"),
              HasViolation("actor.display_name", Reason::UNKNOWN_FIELD));
  EXPECT_THAT(Bound<registry::v1::CreateActorRequest>("CreateActor", "center=1"),
              HasViolation("center", Reason::UNKNOWN_FIELD));
}

TEST(Query, ListsTheParametersOfARoute) {
  std::vector<std::string> names;
  for (const FieldPath& path : QueryFields(RouteOf("GetActor"))) names.push_back(path.back()->name());
  EXPECT_THAT(names, ElementsAre("read_mask", "min_revision", "read_revision", "read_time"));
}

}  // namespace
}  // namespace allmende::gateway
