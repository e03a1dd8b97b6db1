// Any bytes as the body of a request: what is read without a complaint is written and read again as the same.

#include <cstdint>
#include <string>
#include <string_view>

#include "allmende/registry/v1/actor.pb.h"
#include "allmende/registry/v1/area.pb.h"
#include "allmende/type/v1/changes.pb.h"
#include "services/gateway/transcode/json_reader.h"
#include "services/gateway/transcode/json_writer.h"
#include "tests/fuzz/fuzz.h"

using namespace allmende::gateway;  // NOLINT(google-build-using-namespace)

namespace {

template <typename Type>
void Try(std::string_view text) {
  Type message;
  allmende::Violations violations;
  std::vector<std::string> present;
  if (!ReadJson(text, "body", message, violations, &present).ok() || !violations.empty()) return;
  std::string written;
  WriteJson(message, written);
  Type again;
  PROMISE(ReadJson(written, "", again, violations).ok() && violations.empty());
  std::string twice;
  WriteJson(again, twice);
  PROMISE(written == twice);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = allmende::TextOf(data, size);
  Try<allmende::registry::v1::Actor>(text);
  Try<allmende::registry::v1::Area>(text);
  Try<allmende::type::v1::Change>(text);
  return 0;
}
