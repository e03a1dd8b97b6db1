#include "services/gateway/transcode/json_pointer.h"

#include <gtest/gtest.h>

#include "allmende/registry/v1/registry_service.pb.h"

namespace allmende::gateway {
namespace {

const Route& RouteOf(std::string_view method) {
  static const std::vector<Route> routes = *CollectRoutes(
      {google::protobuf::DescriptorPool::generated_pool()->FindServiceByName("allmende.registry.v1.RegistryService")});
  return *std::find_if(routes.begin(), routes.end(),
                       [&](const Route& route) { return route.method->name() == method; });
}

TEST(PlaceOfField, IsAPointerIntoTheBodyWithoutTheBodysOwnField) {
  EXPECT_EQ(PlaceOfField(RouteOf("CreateActor"), "actor.channels[2].value").pointer, "/channels/2/value");
  EXPECT_EQ(PlaceOfField(RouteOf("CreateActor"), "actor.display_name").pointer, "/displayName");
  EXPECT_EQ(PlaceOfField(RouteOf("CreateActor"), "actor").pointer, "");
  EXPECT_EQ(PlaceOfField(RouteOf("CreateActor"), "actor").parameter, "");
}

TEST(PlaceOfField, EscapesKeysOfMaps) {
  EXPECT_EQ(PlaceOfField(RouteOf("CreateActor"), R"(actor.remarks["a/b.c~_d"])").pointer, "/remarks/a~1b.c~0_d");
}

TEST(PlaceOfField, IsAParameterElsewhere) {
  EXPECT_EQ(PlaceOfField(RouteOf("CreateActor"), "actor_id").parameter, "actorId");
  EXPECT_EQ(PlaceOfField(RouteOf("ListActors"), "page_size").parameter, "pageSize");
  EXPECT_EQ(PlaceOfField(RouteOf("SearchActors"), "center.latitude").parameter, "center.latitude");
}

TEST(PlaceOfField, SurvivesAnyText) {
  for (const std::string_view path : {"", ".", "[", "[\"", "a[", "a[\"b", "..[]..", "]"}) {
    PlaceOfField(RouteOf("CreateActor"), path);
    PlaceOfField(RouteOf("GetActor"), path);
  }
}

}  // namespace
}  // namespace allmende::gateway
