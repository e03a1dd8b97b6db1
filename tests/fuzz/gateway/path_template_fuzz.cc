// Any text as a path template, and any text as a path: what parses prints what was meant, and matching never reaches
// outside of the path.
#include <cstdint>
#include <string_view>

#include "services/gateway/transcode/percent.h"
#include "services/gateway/transcode/router.h"
#include "tests/fuzz/fuzz.h"

using namespace allmende::gateway;  // NOLINT(google-build-using-namespace)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = allmende::TextOf(data, size);
  const std::size_t cut = text.find('\n');
  const std::string_view pattern = text.substr(0, cut);
  const std::string_view path = cut == std::string_view::npos ? pattern : text.substr(cut + 1);
  PercentDecode(path, Decoding::kKeepSlash);

  auto parsed = ParsePathTemplate(pattern);
  if (!parsed.ok() || parsed->variables.size() > 4) return 0;
  PROMISE(!parsed->ToText().empty() && parsed->segments.size() <= kMaxSegments);
  Route route;
  route.verb = "GET";
  route.path = *std::move(parsed);
  route.variables.resize(route.path.variables.size());
  const auto router = Router::Make({route});
  PROMISE(router.ok());
  if (const auto match = (*router)->Match("GET", path)) {
    for (const std::string_view value : match->values) {
      PROMISE(value.empty() ||
              (value.data() >= path.data() && value.data() + value.size() <= path.data() + path.size()));
    }
  }
  (*router)->Allowed(path);
  return 0;
}
