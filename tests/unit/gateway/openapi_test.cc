// The OpenAPI document says what is routed, nothing more and nothing less, and hangs together.
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "common/testing/matchers.h"
#include "services/gateway/openapi/descriptors.h"
#include "services/gateway/openapi/document.h"
#include "services/gateway/transcode/router.h"

namespace allmende::gateway {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class OpenApi : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(text_, OpenApiDocument(commented_.Services()));
    document_ = json::parse(text_);
  }
  // Calls `visit` with each operation.
  void ForEachOperation(
      const std::function<void(const std::string& path, const std::string& verb, const json& operation)>& visit) {
    for (const auto& [path, operations] : document_["paths"].items()) {
      for (const auto& [verb, operation] : operations.items()) visit(path, verb, operation);
    }
  }

  CommentedPool commented_ = LoadCommentedPool();
  std::string text_;
  json document_;
};

TEST_F(OpenApi, HasExactlyTheRoutes) {
  std::set<std::pair<std::string, std::string>> documented;
  ForEachOperation([&](const std::string& path, std::string verb, const json&) {
    std::transform(verb.begin(), verb.end(), verb.begin(), [](unsigned char c) { return std::toupper(c); });
    documented.emplace(verb, path);
  });
  ASSERT_OK_AND_ASSIGN(const std::vector<Route> routes, CollectRoutes(ServicesOf(commented_.files)));
  std::set<std::pair<std::string, std::string>> routed;
  for (const Route& route : routes) routed.emplace(route.verb, route.path.ToText());
  EXPECT_EQ(documented, routed);
  EXPECT_GT(routed.size(), 30U);
}

TEST_F(OpenApi, IsTheSameBytesEachTime) { EXPECT_EQ(*OpenApiDocument(LoadCommentedPool().Services()), text_); }

TEST_F(OpenApi, ResolvesAllItsReferences) {
  int references = 0;
  const std::function<void(const json&)> walk = [&](const json& node) {
    if (node.is_object() && node.contains("$ref")) {
      ++references;
      const auto& target = node["$ref"].get_ref<const std::string&>();
      ASSERT_TRUE(target.starts_with("#/")) << target;
      EXPECT_TRUE(document_.contains(json::json_pointer(target.substr(1)))) << target;
    }
    if (node.is_structured()) {
      for (const json& child : node) walk(child);
    }
  };
  walk(document_);
  EXPECT_GT(references, 100);
}

TEST_F(OpenApi, DescribesEveryOperation) {
  std::set<std::string> ids;
  std::set<std::string> tags;
  for (const json& tag : document_["tags"]) tags.insert(tag["name"]);
  ForEachOperation([&](const std::string& path, const std::string& verb, const json& operation) {
    SCOPED_TRACE(verb + " " + path);
    EXPECT_TRUE(ids.insert(operation["operationId"]).second);
    EXPECT_FALSE(operation["description"].get<std::string>().empty());
    EXPECT_FALSE(operation["summary"].get<std::string>().empty());
    for (const json& tag : operation["tags"]) EXPECT_TRUE(tags.contains(tag));
    EXPECT_TRUE(operation["responses"].contains("default"));
    bool succeeds = false;
    for (const auto& [status, response] : operation["responses"].items()) {
      succeeds = succeeds || status.starts_with("2");
      EXPECT_TRUE(response.contains("description") || response.contains("$ref"));
    }
    EXPECT_TRUE(succeeds);
    std::set<std::string> declared;
    for (const json& parameter : operation["parameters"]) {
      if (parameter.contains("in") && parameter["in"] == "path") declared.insert(parameter["name"]);
    }
    std::set<std::string> used;
    for (std::size_t open = path.find('{'); open != std::string::npos; open = path.find('{', open + 1)) {
      used.insert(path.substr(open + 1, path.find('}', open) - open - 1));
    }
    EXPECT_EQ(declared, used);
  });
}

TEST_F(OpenApi, TakesCommentsLabelsAndRulesFromTheProtos) {
  const json& actor = document_["components"]["schemas"]["registry.v1.Actor"];
  EXPECT_EQ(actor["properties"]["displayName"]["description"], "What people call it. 1 to 300 characters.");
  EXPECT_THAT(actor["required"].dump(), HasSubstr("displayName"));
  EXPECT_EQ(actor["properties"]["revision"]["readOnly"], true);
  EXPECT_EQ(actor["properties"]["revision"]["type"], "string");
  EXPECT_EQ(document_["components"]["schemas"]["registry.v1.ActorKind"]["x-labels"]["SCHOOL"]["de"], "Schule");
  EXPECT_EQ(document_["paths"]["/v1/landscapes/{landscape}/actors"]["post"]["responses"]["201"]["headers"]["Location"]
                     ["$ref"],
            "#/components/headers/Location");
  EXPECT_TRUE(document_["paths"]["/v1/landscapes/{landscape}/actors:import"]["post"]["requestBody"]["content"].contains(
      "text/csv"));
  EXPECT_TRUE(
      document_["paths"]["/v1/landscapes/{landscape}/actors:watch"]["get"]["responses"]["200"]["content"].contains(
          "text/event-stream"));
}

}  // namespace
}  // namespace allmende::gateway
