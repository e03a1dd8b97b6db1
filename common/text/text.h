// German text as search and sorting need it. All functions take UTF-8; invalid bytes count as separators.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace allmende::text {

// Lower case, ä ae, ö oe, ü ue, ß ss, æ ae, ø oe, å aa, other marks removed (é e), other scripts transliterated to
// Latin where ICU can, letters and digits kept, everything else one blank; trimmed. "Förderverein d. GGS" ->
// "foerderverein d ggs".
std::string Fold(std::string_view utf8);

// The words of the folded text, in order.
std::vector<std::string> Words(std::string_view utf8);

// The Snowball stem (libstemmer, german) of a folded word, itself folded: "schulen" -> "schul", "haeuser" -> "haus".
std::string Stem(std::string_view folded_word);

// A key whose byte order is the German dictionary order with ä as ae (DIN 5007-2), digits by value: "Schule 9" before
// "Schule 10". Ties are broken by the text itself, so different texts have different keys. Valid UTF-8 without NUL
// where the text is.
std::string SortKey(std::string_view utf8);

// What a text is found by: each word of the folded text with its stem.
struct IndexWord {
  std::string word;
  std::string stem;     // never empty; equals `word` where there is nothing to cut off
  std::string surface;  // as it stands in the text, for suggestions
};
std::vector<IndexWord> IndexWords(std::string_view utf8);

// Damerau-Levenshtein distance (optimal string alignment) in bytes, or limit + 1 where it is larger than limit.
// Source: Damerau 1964, Levenshtein 1966.
int EditDistance(std::string_view a, std::string_view b, int limit);

// Position of the first byte that is not valid UTF-8, or npos.
std::size_t FindInvalidUtf8(std::string_view bytes);

// Windows-1252 to UTF-8; the five bytes without a character become U+FFFD.
std::string FromWindows1252(std::string_view bytes);

}  // namespace allmende::text
