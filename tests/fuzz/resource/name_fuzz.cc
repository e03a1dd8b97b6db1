#include "common/resource/name.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = allmende::TextOf(data, size);
  if (const auto name = allmende::resource::ParseName(text)) {
    PROMISE(name->ToString() == text);
    PROMISE(allmende::resource::IsValidLandscapeId(name->landscape));
    PROMISE(allmende::resource::IsValidId(name->id));
  }
  if (const auto landscape = allmende::resource::ParseParent(text)) PROMISE("landscapes/" + *landscape == text);
  return 0;
}
