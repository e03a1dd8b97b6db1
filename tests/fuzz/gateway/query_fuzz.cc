// Any text as the query of a search: it fills the request with valid text or says what is wrong.
#include <cstdint>
#include <string_view>

#include "allmende/registry/v1/registry_service.pb.h"
#include "services/gateway/transcode/json_pointer.h"
#include "services/gateway/transcode/percent.h"
#include "services/gateway/transcode/query.h"
#include "tests/fuzz/fuzz.h"

using namespace allmende::gateway;  // NOLINT(google-build-using-namespace)

namespace {

const Route& SearchRoute() {
  static const std::vector<Route> routes = *CollectRoutes(
      {google::protobuf::DescriptorPool::generated_pool()->FindServiceByName("allmende.registry.v1.RegistryService")});
  for (const Route& route : routes) {
    if (route.method->name() == "SearchActors") return route;
  }
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parameters = ParseQuery(allmende::TextOf(data, size));
  if (!parameters.ok()) return 0;
  allmende::registry::v1::SearchActorsRequest request;
  allmende::Violations violations;
  BindQuery(SearchRoute(), *parameters, request, violations);
  for (const auto& violation : violations.found()) {
    PlaceOfField(SearchRoute(), violation.field());
    PROMISE(!FirstInvalidUtf8(violation.field()).has_value());
  }
  PROMISE(!FirstInvalidUtf8(request.query()).has_value());
  return 0;
}
