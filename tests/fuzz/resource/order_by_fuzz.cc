#include "common/resource/order_by.h"
#include "common/text/text.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = allmende::TextOf(data, size);
  if (allmende::text::FindInvalidUtf8(input) != std::string_view::npos) return 0;  // requests hold UTF-8 only
  const auto terms = allmende::resource::ParseOrderBy(input);
  if (!terms.ok()) return 0;
  PROMISE(terms->size() <= 5);
  std::string text;
  for (const auto& term : *terms) text += (text.empty() ? "" : ", ") + term.field + (term.descending ? " desc" : "");
  const auto again = allmende::resource::ParseOrderBy(text);
  PROMISE(again.ok() && *again == *terms);
  return 0;
}
