#include "common/store/sql/derived.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <xxhash.h>

#include <cmath>
#include <limits>

#include "common/base/ids.h"

namespace allmende::store::sql {
namespace {

// PostgreSQL refuses index entries above some 2,700 bytes.
constexpr std::size_t kLongestSortKey = 1000;
constexpr std::size_t kLongestValue = 1500;

// Cuts between two characters.
void Cut(std::string& word) {
  if (word.size() <= kLongestWord) return;
  std::size_t size = kLongestWord;
  while (size > 0 && (static_cast<unsigned char>(word[size]) & 0xC0U) == 0x80U) --size;
  word.resize(size);
}

void AddWords(const std::vector<std::string>& texts, std::vector<text::IndexWord>& words) {
  for (const std::string& text : texts) {
    for (text::IndexWord& word : SearchWords(text)) words.push_back(std::move(word));
  }
}

// `forbidden`: what the tables cannot hold, or what separates the codes of a record.
void CheckText(const std::string& field, std::string_view text, std::string_view forbidden, Violations& violations) {
  if (text.find_first_of(forbidden) != std::string_view::npos) {
    violations.Add(field, Reason::MALFORMED,
                   Both("expected", "Text ohne Steuerzeichen", "text without control characters", {{"value", field}}));
  } else if (text.size() > kLongestValue) {
    violations.Add(field, Reason::TOO_LARGE, {{"what", field}, {"limit", fmt::format("{} Bytes", kLongestValue)}});
  }
}

}  // namespace

Value SortValueOf(const ColumnSpec& column, const Message& message) {
  return SortValueOf(column, column.ValueOf(message));
}

Value SortValueOf(const ColumnSpec& column, const Value& value) {
  const bool absent = std::holds_alternative<std::monostate>(value);
  switch (column.type) {
    case ColumnType::kText:
      if (absent) return std::string();
      return text::SortKey(std::get<std::string>(value)).substr(0, kLongestSortKey);
    case ColumnType::kEnum: {
      const auto* known =
          absent ? nullptr : column.fields.back()->enum_type()->FindValueByName(std::get<std::string>(value));
      return std::int64_t{known == nullptr ? 0 : known->number()};
    }
    case ColumnType::kReal:
      return absent ? Value{std::numeric_limits<double>::lowest()} : value;
    default:
      return absent ? Value{std::numeric_limits<std::int64_t>::min()} : value;
  }
}

std::string Marked(std::string_view landscape, std::string_view word) {
  const XXH64_hash_t hash = XXH3_64bits(landscape.data(), landscape.size());
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::string marked;
  marked.reserve(word.size() + 4);
  for (unsigned i = 0; i < 4; ++i) marked += kAlphabet[(hash >> (i * 5)) & 31U];
  return marked.append(word);
}

std::vector<text::IndexWord> SearchWords(std::string_view text) {
  std::vector<text::IndexWord> words = text::IndexWords(text);
  for (text::IndexWord& word : words) {
    Cut(word.word);
    Cut(word.stem);
  }
  return words;
}

Derived Derive(const ResourceType& type, const Message& message) {
  Derived derived;
  derived.columns.reserve(type.columns.size());
  for (const ColumnSpec& column : type.columns) {
    derived.columns.push_back(column.ValueOf(message));
    if (column.sorted) derived.sort_values.push_back(SortValueOf(column, derived.columns.back()));
  }
  for (const TermsSpec& terms : type.terms) derived.terms.push_back(terms.TermsOf(message));
  if (type.places) {
    derived.places = type.places(message);
    std::erase_if(derived.places,
                  [](const Place& place) { return !std::isfinite(place.latitude) || !std::isfinite(place.longitude); });
  }
  if (type.text) {
    const IndexedText text = type.text(message);
    AddWords(text.title, derived.title);
    AddWords(text.body, derived.body);
  }
  return derived;
}

void CheckDerived(const ResourceType& type, const Message& message, Violations& violations) {
  for (const ColumnSpec& column : type.columns) {
    if (column.type != ColumnType::kText) continue;
    if (const Value value = column.ValueOf(message); std::holds_alternative<std::string>(value)) {
      CheckText(column.path, std::get<std::string>(value), std::string_view("\0", 1), violations);
    }
  }
  for (const TermsSpec& terms : type.terms) {
    for (const std::string& term : terms.TermsOf(message))
      CheckText(terms.name, term, std::string_view("\0\n", 2), violations);
  }
}

}  // namespace allmende::store::sql
