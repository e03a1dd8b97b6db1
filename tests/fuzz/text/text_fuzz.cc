#include "common/text/text.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace allmende::text;  // NOLINT: everything in it is under test
  const std::string_view text = allmende::TextOf(data, size);
  const std::string folded = Fold(text);
  PROMISE(FindInvalidUtf8(folded) == std::string_view::npos);
  PROMISE(folded.empty() || (folded.front() != ' ' && folded.back() != ' '));
  PROMISE(folded.find("  ") == std::string::npos);
  for (const char c : folded)
    PROMISE(c == ' ' || static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
  for (const std::string& word : Words(text)) PROMISE(!word.empty() && !Stem(word).empty());
  for (const IndexWord& word : IndexWords(text)) PROMISE(text.find(word.surface) != std::string_view::npos);
  const std::string key = SortKey(text);
  PROMISE(key.ends_with(text));
  const std::string_view half = text.substr(0, size / 2);
  PROMISE(EditDistance(text.substr(0, 40), half.substr(0, 40), 5) <= 6);
  PROMISE(FindInvalidUtf8(FromWindows1252(text)) == std::string_view::npos);
  const std::size_t invalid = FindInvalidUtf8(text);
  PROMISE(invalid == std::string_view::npos || invalid < size);
  PROMISE(FindInvalidUtf8(text.substr(0, invalid)) == std::string_view::npos);
  return 0;
}
