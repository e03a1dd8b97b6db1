// The tables. Four belong to the store (heads, commits, changes, requests), one says which declarations the derived
// tables were made for, and each collection has its own: r_ records, t_ terms, p_ places, w_ words for suggestions, and
// on SQLite f_ for full text (on PostgreSQL that is a column of r_, searched by a function m_). Everything of a
// collection is derived from its messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/store/resource_type.h"
#include "common/store/sql/session.h"

namespace allmende::store::sql {

// Names of a collection's tables and columns.
std::string TableOf(char kind, const ResourceType& type);  // "r_actors"
std::string ColumnOf(const ColumnSpec& column);            // "c_display_name"
std::string SortColumnOf(const ColumnSpec& column);        // "s_display_name"
std::string SortIndexOf(const ResourceType& type, const ColumnSpec& column);
std::string PlaceIndexOf(const ResourceType& type);
std::string CodesColumnOf(const TermsSpec& terms);  // "k_kinds": all codes of a record, one a line

// The column that records come in when nothing else is asked for, after relevance: the first sorted one, or null.
const ColumnSpec* DisplayColumn(const ResourceType& type);

std::vector<std::string> StoreSchema(const Dialect& dialect);
std::vector<std::string> CollectionSchema(const Dialect& dialect, const ResourceType& type);
std::vector<std::string> DropCollection(const Dialect& dialect, const ResourceType& type);

// Differs when anything that the derived tables depend on differs: the declaration, the engine, or what the text
// functions make of a sample.
std::string FingerprintOf(const Dialect& dialect, const ResourceType& type);

}  // namespace allmende::store::sql
