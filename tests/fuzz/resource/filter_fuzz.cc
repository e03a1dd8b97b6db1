#include "common/resource/filter.h"
#include "common/status/error.h"
#include "tests/fuzz/fuzz.h"

namespace {

void ForgetPositions(allmende::resource::Filter& filter) {
  filter.position = 0;
  for (auto& child : filter.children) ForgetPositions(child);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto filter = allmende::resource::ParseFilter(allmende::TextOf(data, size));
  if (!filter.ok()) {
    PROMISE(allmende::DetailOf(filter.status()).violations(0).reason() == allmende::Reason::INVALID_FILTER);
    return 0;
  }
  const std::string text = ToString(*filter);
  if (text.size() > 4096) return 0;  // quotes can make it longer than a caller may write it
  auto again = allmende::resource::ParseFilter(text);
  PROMISE(again.ok());
  ForgetPositions(*filter);
  ForgetPositions(*again);
  PROMISE(*filter == *again);
  return 0;
}
