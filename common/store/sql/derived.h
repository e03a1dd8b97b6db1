// Everything that the tables hold of a resource besides its bytes, derived from the message by its declaration.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/store/resource_type.h"
#include "common/text/text.h"

namespace allmende::store::sql {

// What a column sorts by: text by the German dictionary, enums in the order of their declaration. Never monostate; what
// is not set comes first.
Value SortValueOf(const ColumnSpec& column, const Message& message);
Value SortValueOf(const ColumnSpec& column, const Value& value);

// Words of the index carry a mark of their landscape, so that landscapes in one index do not share lists of hits. (Two
// with the same mark would share them without harm: the landscape itself is compared, too.)
std::string Marked(std::string_view landscape, std::string_view word);
// Longer words are cut, in the index as in the query.
inline constexpr std::size_t kLongestWord = 60;
std::vector<text::IndexWord> SearchWords(std::string_view text);

struct Derived {
  std::vector<Value> columns;                   // one per column
  std::vector<Value> sort_values;               // one per sorted column
  std::vector<std::vector<std::string>> terms;  // one per terms
  std::vector<Place> places;
  std::vector<text::IndexWord> title;
  std::vector<text::IndexWord> body;
};

Derived Derive(const ResourceType& type, const Message& message);

// Values that the tables cannot take: with a zero byte, or too long for an index.
void CheckDerived(const ResourceType& type, const Message& message, Violations& violations);

}  // namespace allmende::store::sql
