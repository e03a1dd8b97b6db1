// Turns what a batch did into statements: as few as possible, each with as many rows as the engine likes.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/store/sql/batch.h"
#include "common/store/sql/derived.h"
#include "common/store/sql/session.h"

namespace allmende::store::sql {

// Remembers what need not be written again, and the next row numbers of SQLite. One per lane.
struct FlushMemory {
  std::unordered_map<const ResourceType*, std::int64_t> next_row;
  // Hashes of words that are in the vocabulary for sure.
  std::unordered_set<std::uint64_t> known_words;
};

class Flush {
 public:
  Flush(Batch& batch, const Dialect& dialect, FlushMemory& memory);
  ~Flush();
  Flush(const Flush&) = delete;
  Flush& operator=(const Flush&) = delete;

  // Everything of the batch: commits, changes, replies, records and what is derived from them, and the new head.
  absl::Status Run(Session& session);

 private:
  class Table;

  Table& RowsFor(char kind, const ResourceType* type = nullptr);
  void AddOutcome(const Outcome& outcome);
  void AddRecord(const Key& key, const Version& after, const StoredRecord& before);
  void AddRow(const ResourceType& type, std::string_view id, std::int64_t row, const Version& after,
              const Derived& derived);
  void AddTerms(const ResourceType& type, std::string_view id, const Derived& before, const Derived& after);
  void AddPlaces(const ResourceType& type, std::string_view id, const Derived& before, const Derived& after);
  void AddText(const ResourceType& type, std::int64_t row, bool is_new, const Derived& before, const Derived& after);
  void AddVocabulary(const ResourceType& type, const std::vector<text::IndexWord>& words);
  void Delete(const Key& key, const StoredRecord& before, const Derived& derived);
  std::string_view Keep(std::string text) { return texts_.emplace_back(std::move(text)); }
  std::int64_t NextRow(const ResourceType& type);

  Batch& batch_;
  const Dialect& dialect_;
  FlushMemory& memory_;
  std::string_view landscape_;
  std::deque<std::string> texts_;
  std::deque<Derived> derived_;
  std::vector<Bound> deletes_;
  std::deque<Table> tables_;
  std::map<std::pair<char, const ResourceType*>, Table*> by_kind_;
};

}  // namespace allmende::store::sql
