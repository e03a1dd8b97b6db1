#include "common/text/text.h"

#include <libstemmer.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace allmende::text {
namespace {

struct CloseStemmer {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};

// A stemmer keeps the word it works on inside, so each thread has its own.
sb_stemmer* GermanStemmer() {
  thread_local const std::unique_ptr<sb_stemmer, CloseStemmer> stemmer(sb_stemmer_new("german", "UTF_8"));
  if (stemmer == nullptr) std::abort();  // libstemmer without German
  return stemmer.get();
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsVowel(char c) { return std::string_view("aeiouy").find(c) != std::string_view::npos; }

// "haeuser" -> "häuser": the stemmer knows that ä belongs to a. "ue" stays after q and between vowels ("quelle",
// "neue"), as in Snowball's variant german2.
std::string WithUmlauts(std::string_view word) {
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool before_e = i + 1 < word.size() && word[i + 1] == 'e';
    const char previous = i == 0 ? ' ' : word[i - 1];
    const char c = word[i];
    if (before_e && c == 'a') {
      out += "ä";
    } else if (before_e && c == 'o') {
      out += "ö";
    } else if (before_e && c == 'u' && previous != 'q' && !IsVowel(previous)) {
      out += "ü";
    } else {
      out += c;
      continue;
    }
    ++i;
  }
  return out;
}

// Numbers in an order of bytes that is the order of their values: how many digits they have, then the digits. Nine or
// more digits take another digit for each nine.
void AppendNumber(std::string_view digits, std::string& key) {
  while (!digits.empty() && digits.front() == '0') digits.remove_prefix(1);
  std::size_t length = digits.size();
  for (; length >= 9; length -= 9) key += '9';
  key += static_cast<char>('0' + length);
  key += digits;
}

// Whether the character at `at` belongs to a word as people see it; moves `at` behind it.
bool TakeWordCharacter(std::string_view utf8, std::size_t& at) {
  const char* data = utf8.data();
  const std::size_t size = utf8.size();
  UChar32 c = 0;
  U8_NEXT(data, at, size, c);
  if (c < 0) return false;
  constexpr UChar32 kSoftHyphen = 0xAD;
  return u_isalnum(c) != 0 || c == kSoftHyphen || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
}

}  // namespace

std::vector<std::string> Words(std::string_view utf8) {
  const std::string folded = Fold(utf8);
  std::vector<std::string> words;
  for (std::size_t start = 0; start < folded.size();) {
    const std::size_t end = std::min(folded.find(' ', start), folded.size());
    words.push_back(folded.substr(start, end - start));
    start = end + 1;
  }
  return words;
}

std::string Stem(std::string_view folded_word) {
  const std::string word = WithUmlauts(folded_word);
  sb_stemmer* stemmer = GermanStemmer();
  const auto* bytes = reinterpret_cast<const sb_symbol*>(word.data());
  const sb_symbol* stem = sb_stemmer_stem(stemmer, bytes, static_cast<int>(word.size()));
  if (stem == nullptr) return std::string(folded_word);  // out of memory inside: the word itself is a fair stem
  const std::string_view cut(reinterpret_cast<const char*>(stem), static_cast<std::size_t>(sb_stemmer_length(stemmer)));
  return cut.empty() ? std::string(folded_word) : Fold(cut);
}

std::string SortKey(std::string_view utf8) {
  const std::string folded = Fold(utf8);
  std::string key;
  key.reserve(folded.size() + utf8.size() + 4);
  for (std::size_t i = 0; i < folded.size();) {
    std::size_t end = i;
    while (end < folded.size() && IsDigit(folded[end])) ++end;
    if (end == i) {
      key += folded[i++];
    } else {
      AppendNumber(std::string_view(folded).substr(i, end - i), key);
      i = end;
    }
  }
  key += '\x01';  // before every character of a folded text, so that the shorter of two comes first
  key += utf8;
  return key;
}

std::vector<IndexWord> IndexWords(std::string_view utf8) {
  std::vector<IndexWord> found;
  std::size_t start = 0;
  for (std::size_t at = 0; start < utf8.size();) {
    const std::size_t here = at;
    if (at < utf8.size() && TakeWordCharacter(utf8, at)) continue;
    const std::string_view surface = utf8.substr(start, here - start);
    for (std::string& word : Words(surface)) {
      std::string stem = Stem(word);
      found.push_back({std::move(word), std::move(stem), std::string(surface)});
    }
    start = at = std::max(at, here + 1);
  }
  return found;
}

int EditDistance(std::string_view a, std::string_view b, int limit) {
  const int rows = static_cast<int>(a.size());
  const int columns = static_cast<int>(b.size());
  if (limit < 0 || std::abs(rows - columns) > limit) return limit + 1;
  // Three rows of the usual table: the one in work, the one above, and the one above that for transpositions.
  std::vector<int> above2(b.size() + 1);
  std::vector<int> above(b.size() + 1);
  std::vector<int> row(b.size() + 1);
  for (int j = 0; j <= columns; ++j) above[static_cast<std::size_t>(j)] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    int best = row[0];
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int substitution = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], above2[j - 2] + 1);
      best = std::min(best, row[j]);
    }
    if (best > limit) return limit + 1;
    std::swap(above2, above);
    std::swap(above, row);
  }
  return std::min(above[b.size()], limit + 1);
}

}  // namespace allmende::text
