#include "common/store/sql/flush.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>

#include "common/store/sql/schema.h"
#include "common/store/sql/statement.h"

namespace allmende::store::sql {
namespace {

const Derived kNothing;

std::string JoinTerms(const std::vector<std::string>& terms) { return fmt::format("{}", fmt::join(terms, "\n")); }

// "abcdschulen abcdschul": what the index holds of these words.
std::string IndexText(std::string_view landscape, const std::vector<text::IndexWord>& words) {
  std::string text;
  for (const text::IndexWord& word : words) {
    text.append(Marked(landscape, word.word)).append(" ");
    if (word.stem != word.word) text.append(Marked(landscape, word.stem)).append(" ");
  }
  return text;
}

// The same as a literal of PostgreSQL: 'abcdschulen':1A for titles, 'abcdverein':2B for bodies.
void AppendVector(std::string_view landscape, const std::vector<text::IndexWord>& words, std::string_view weight,
                  std::string& vector) {
  for (const text::IndexWord& word : words) {
    vector += fmt::format("'{}':{} ", Marked(landscape, word.word), weight);
    if (word.stem != word.word) vector += fmt::format("'{}':{} ", Marked(landscape, word.stem), weight);
  }
}

bool SameWords(const std::vector<text::IndexWord>& left, const std::vector<text::IndexWord>& right) {
  return std::equal(
      left.begin(), left.end(), right.begin(), right.end(),
      [](const text::IndexWord& a, const text::IndexWord& b) { return a.word == b.word && a.stem == b.stem; });
}

bool SamePlaces(const std::vector<Place>& left, const std::vector<Place>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](const Place& a, const Place& b) {
    return a.latitude == b.latitude && a.longitude == b.longitude;
  });
}

// The columns of a record's row, in the order in which AddRow gives their values.
std::vector<std::string> RecordColumns(const Dialect& dialect, const ResourceType& type) {
  std::vector<std::string> names = {"landscape", "id", "revision"};
  for (const ColumnSpec& column : type.columns) names.push_back(ColumnOf(column));
  for (const ColumnSpec& column : type.columns) {
    if (column.sorted) names.push_back(SortColumnOf(column));
  }
  for (const TermsSpec& terms : type.terms) names.push_back(CodesColumnOf(terms));
  names.emplace_back("data");
  if (type.text && dialect.is_postgres) names.emplace_back("words");
  if (!dialect.is_postgres) names.emplace_back("n");
  return names;
}

// Tables of the store itself, beside those of a collection (r, t, p, f, w).
constexpr char kCommits = 'C';
constexpr char kRequests = 'Q';
constexpr char kChanges = 'H';

}  // namespace

// The rows that go into one table, in the order of adding.
class Flush::Table {
 public:
  Table(std::string insert, std::string on_conflict, std::size_t columns)
      : insert_(std::move(insert)), on_conflict_(std::move(on_conflict)), columns_(columns) {}

  void Add(Param value) { values_.push_back(value); }

  // Statements of few different sizes, so that the prepared ones are few, too. Over a network a statement with many
  // rows is much cheaper than many statements; in SQLite there is no difference.
  void AppendStatements(const Dialect& dialect, std::vector<Bound>& statements) {
    constexpr std::array<std::size_t, 4> kSizes = {64, 16, 4, 1};
    auto at = values_.begin();
    for (const std::size_t rows : kSizes) {
      if (rows > 1 && !dialect.is_postgres) continue;
      const auto size = static_cast<std::ptrdiff_t>(rows * columns_);
      if (values_.end() - at < size) continue;
      const std::string_view text = texts_.emplace_back(TextFor(rows));
      for (; values_.end() - at >= size; at += size) statements.push_back({text, std::vector<Param>(at, at + size)});
    }
  }

 private:
  std::string TextFor(std::size_t rows) const {
    std::string text = insert_ + " VALUES ";
    std::size_t number = 0;
    const bool is_vector_last = insert_.find(", words)") != std::string::npos;
    for (std::size_t row = 0; row < rows; ++row) {
      text += row == 0 ? "(" : ", (";
      for (std::size_t column = 0; column < columns_; ++column) {
        text += fmt::format("{}${}", column == 0 ? "" : ", ", ++number);
        if (is_vector_last && column + 1 == columns_) text += "::text::tsvector";
      }
      text += ")";
    }
    return text + on_conflict_;
  }

  std::string insert_;
  std::string on_conflict_;
  std::size_t columns_;
  std::vector<Param> values_;
  std::deque<std::string> texts_;
};

Flush::Flush(Batch& batch, const Dialect& dialect, FlushMemory& memory)
    : batch_(batch), dialect_(dialect), memory_(memory), landscape_(batch.landscape()) {}
Flush::~Flush() = default;

absl::Status Flush::Run(Session& session) {
  for (const Outcome& outcome : batch_.outcomes()) AddOutcome(outcome);
  for (const Key& key : batch_.written().written()) {
    AddRecord(key, *batch_.written().Find(key), batch_.StoredBefore(key));
  }
  std::vector<Bound> statements = std::move(deletes_);
  for (Table& table : tables_) table.AppendStatements(dialect_, statements);
  statements.push_back({"UPDATE heads SET revision = $1, time = $2 WHERE landscape = $3",
                        {batch_.revision(), ToMicros(batch_.now()), landscape_}});
  return session.RunAll(statements);
}

// The rows that go into a table of the store (no type) or of a collection. The statement is put together once.
Flush::Table& Flush::RowsFor(char kind, const ResourceType* type) {
  const auto [place, is_new] = by_kind_.try_emplace({kind, type}, nullptr);
  if (!is_new) return *place->second;
  const auto insert = [&](std::string_view table, std::string_view columns, std::string_view on_conflict = "") {
    const auto count = std::count(columns.begin(), columns.end(), ',') + 1;
    place->second = &tables_.emplace_back(fmt::format("INSERT INTO {} ({})", table, columns), std::string(on_conflict),
                                          static_cast<std::size_t>(count));
  };
  switch (kind) {
    case kCommits:
      insert("commits", "landscape, revision, time, principal, method, request_id");
      break;
    case kRequests:
      insert("requests", "landscape, principal, request_id, fingerprint, reply, revision, time");
      break;
    case kChanges:
      insert("changes", "landscape, revision, seq, collection, id, kind, data");
      break;
    case 't':
      insert(TableOf('t', *type), "landscape, field, term, id", " ON CONFLICT DO NOTHING");
      break;
    case 'p':
      insert(TableOf('p', *type), "landscape, id, seq, lat, lon");
      break;
    case 'f':
      insert(TableOf('f', *type), "rowid, title, body");
      break;
    case 'w':
      insert(TableOf('w', *type), "landscape, length, word, surface", " ON CONFLICT DO NOTHING");
      break;
    default: {
      const std::vector<std::string> names = RecordColumns(dialect_, *type);
      std::string on_conflict = " ON CONFLICT (landscape, id) DO UPDATE SET revision = excluded.revision";
      for (std::size_t i = 3; i < names.size(); ++i) {
        if (names[i] != "n") on_conflict += fmt::format(", {0} = excluded.{0}", names[i]);
      }
      insert(TableOf('r', *type), fmt::format("{}", fmt::join(names, ", ")), on_conflict);
    }
  }
  return *place->second;
}

void Flush::AddOutcome(const Outcome& outcome) {
  if (outcome.revision > 0) {
    Table& commits = RowsFor(kCommits);
    for (const Param& value : std::initializer_list<Param>{
             landscape_, outcome.revision, ToMicros(outcome.time), std::string_view(outcome.principal),
             std::string_view(outcome.method), std::string_view(outcome.request_id)}) {
      commits.Add(value);
    }
  }
  if (outcome.keep_reply) {
    Table& requests = RowsFor(kRequests);
    for (const Param& value :
         std::initializer_list<Param>{landscape_, std::string_view(outcome.principal),
                                      std::string_view(outcome.request_id), std::string_view(outcome.fingerprint),
                                      Blob{outcome.reply}, outcome.answered_revision, ToMicros(outcome.time)}) {
      requests.Add(value);
    }
  }
  if (outcome.changes.empty()) return;
  Table& changes = RowsFor(kChanges);
  std::int64_t seq = 0;
  for (const RecordChange& change : outcome.changes) {
    for (const Param& value : std::initializer_list<Param>{
             landscape_, outcome.revision, seq++, std::string_view(change.key.type->collection),
             std::string_view(change.key.id), static_cast<std::int64_t>(change.kind), Blob{*change.bytes}}) {
      changes.Add(value);
    }
  }
}

std::int64_t Flush::NextRow(const ResourceType& type) { return dialect_.is_postgres ? 0 : memory_.next_row[&type]++; }

void Flush::AddRecord(const Key& key, const Version& after, const StoredRecord& before) {
  const ResourceType& type = *key.type;
  const bool existed = before.version.message != nullptr;
  const Derived& old = existed ? derived_.emplace_back(Derive(type, *before.version.message)) : kNothing;
  if (after.message == nullptr) {
    if (existed) Delete(key, before, old);
    return;
  }
  const Derived& now = derived_.emplace_back(Derive(type, *after.message));
  const std::int64_t row = existed ? before.row : NextRow(type);
  AddRow(type, key.id, row, after, now);
  AddTerms(type, key.id, old, now);
  AddPlaces(type, key.id, old, now);
  if (type.text) AddText(type, row, !existed, old, now);
}

void Flush::AddRow(const ResourceType& type, std::string_view id, std::int64_t row, const Version& after,
                   const Derived& derived) {
  Table& table = RowsFor('r', &type);
  table.Add(landscape_);
  table.Add(id);
  // A record changed by several transactions of the batch carries the revision of the last.
  table.Add(after.message->GetReflection()->GetInt64(*after.message, type.standard.revision));
  for (const Value& value : derived.columns) table.Add(ToParam(value));
  for (const Value& value : derived.sort_values) {
    const auto* bytes = std::get_if<std::string>(&value);
    table.Add(bytes != nullptr ? Param(Blob{*bytes}) : ToParam(value));
  }
  for (const std::vector<std::string>& terms : derived.terms) table.Add(Keep(JoinTerms(terms)));
  table.Add(Blob{*after.bytes});
  if (type.text && dialect_.is_postgres) {
    std::string vector;
    AppendVector(landscape_, derived.title, "1A", vector);
    AppendVector(landscape_, derived.body, "2B", vector);
    table.Add(Keep(std::move(vector)));
  }
  if (!dialect_.is_postgres) table.Add(row);
}

void Flush::AddTerms(const ResourceType& type, std::string_view id, const Derived& before, const Derived& after) {
  if (type.terms.empty()) return;
  Table& table = RowsFor('t', &type);
  for (std::size_t field = 0; field < type.terms.size(); ++field) {
    static const std::vector<std::string> kNone;
    const std::vector<std::string>& old = before.terms.empty() ? kNone : before.terms[field];
    const std::vector<std::string>& now = after.terms.empty() ? kNone : after.terms[field];
    for (const std::string& term : old) {
      if (std::binary_search(now.begin(), now.end(), term)) continue;
      deletes_.push_back(
          {Keep(fmt::format("DELETE FROM {} WHERE landscape = $1 AND field = $2 AND term = $3 AND id = $4",
                            TableOf('t', type))),
           {landscape_, static_cast<std::int64_t>(field), std::string_view(term), id}});
    }
    for (const std::string& term : now) {
      if (std::binary_search(old.begin(), old.end(), term)) continue;
      table.Add(landscape_);
      table.Add(static_cast<std::int64_t>(field));
      table.Add(std::string_view(term));
      table.Add(id);
    }
  }
}

void Flush::AddPlaces(const ResourceType& type, std::string_view id, const Derived& before, const Derived& after) {
  if (!type.places || SamePlaces(before.places, after.places)) return;
  if (!before.places.empty()) {
    deletes_.push_back(
        {Keep(fmt::format("DELETE FROM {} WHERE landscape = $1 AND id = $2", TableOf('p', type))), {landscape_, id}});
  }
  if (after.places.empty()) return;
  Table& table = RowsFor('p', &type);
  std::int64_t seq = 0;
  for (const Place& place : after.places) {
    table.Add(landscape_);
    table.Add(id);
    table.Add(seq++);
    table.Add(place.latitude);
    table.Add(place.longitude);
  }
}

void Flush::AddText(const ResourceType& type, std::int64_t row, bool is_new, const Derived& before,
                    const Derived& after) {
  AddVocabulary(type, after.title);
  AddVocabulary(type, after.body);
  if (dialect_.is_postgres) return;  // the words are a column there
  if (!is_new) {
    if (SameWords(before.title, after.title) && SameWords(before.body, after.body)) return;
    deletes_.push_back({Keep(fmt::format("DELETE FROM {} WHERE rowid = $1", TableOf('f', type))), {row}});
  }
  Table& table = RowsFor('f', &type);
  table.Add(row);
  table.Add(Keep(IndexText(landscape_, after.title)));
  table.Add(Keep(IndexText(landscape_, after.body)));
}

void Flush::AddVocabulary(const ResourceType& type, const std::vector<text::IndexWord>& words) {
  constexpr std::size_t kMostKnown = 200'000;
  for (const text::IndexWord& word : words) {
    const std::uint64_t seed =
        XXH3_64bits(landscape_.data(), landscape_.size()) ^ reinterpret_cast<std::uintptr_t>(&type);
    if (memory_.known_words.size() >= kMostKnown) memory_.known_words.clear();
    if (!memory_.known_words.insert(XXH3_64bits_withSeed(word.word.data(), word.word.size(), seed)).second) continue;
    Table& table = RowsFor('w', &type);
    table.Add(landscape_);
    table.Add(static_cast<std::int64_t>(word.word.size()));
    table.Add(std::string_view(word.word));
    table.Add(std::string_view(word.surface));
  }
}

void Flush::Delete(const Key& key, const StoredRecord& before, const Derived& derived) {
  const ResourceType& type = *key.type;
  deletes_.push_back({Keep(fmt::format("DELETE FROM {} WHERE landscape = $1 AND id = $2", TableOf('r', type))),
                      {landscape_, std::string_view(key.id)}});
  AddTerms(type, key.id, derived, kNothing);
  AddPlaces(type, key.id, derived, kNothing);
  if (type.text && !dialect_.is_postgres) {
    deletes_.push_back({Keep(fmt::format("DELETE FROM {} WHERE rowid = $1", TableOf('f', type))), {before.row}});
  }
}

}  // namespace allmende::store::sql
