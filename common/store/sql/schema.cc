#include "common/store/sql/schema.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/ids.h"
#include "common/text/text.h"

namespace allmende::store::sql {
namespace {

// To be raised when the layout below changes in a way that the statements themselves do not show.
constexpr int kLayout = 1;

std::string Named(std::string_view prefix, std::string_view name) {
  std::string out(prefix);
  for (const char c : name) {
    if (c == '.') {
      out += "__";
    } else if (c != '@') {
      out += c;
    }
  }
  return out;
}

std::string_view SqlTypeOf(const Dialect& dialect, ColumnType type) {
  switch (type) {
    case ColumnType::kText:
    case ColumnType::kEnum:
      return dialect.text_type;
    case ColumnType::kReal:
      return "DOUBLE PRECISION";
    default:
      return "BIGINT";
  }
}

// Sort keys are never null, so that both engines and every page agree on where the absent ones stand: first.
std::string_view SortTypeOf(const Dialect& dialect, ColumnType type) {
  switch (type) {
    case ColumnType::kText:
      return dialect.blob_type;
    case ColumnType::kReal:
      return "DOUBLE PRECISION";
    default:
      return "BIGINT";
  }
}

std::string RecordsTable(const Dialect& dialect, const ResourceType& type) {
  std::string sql = fmt::format("CREATE TABLE IF NOT EXISTS {} (", TableOf('r', type));
  if (!dialect.is_postgres) sql += "n INTEGER PRIMARY KEY, ";
  sql += fmt::format("landscape {0} NOT NULL, id {0} NOT NULL, revision BIGINT NOT NULL", dialect.text_type);
  for (const ColumnSpec& column : type.columns) {
    sql += fmt::format(", {} {}", ColumnOf(column), SqlTypeOf(dialect, column.type));
    if (column.sorted) sql += fmt::format(", {} {} NOT NULL", SortColumnOf(column), SortTypeOf(dialect, column.type));
  }
  for (const TermsSpec& terms : type.terms) {
    sql += fmt::format(", {} {} NOT NULL", CodesColumnOf(terms), dialect.text_type);
  }
  if (type.text && dialect.is_postgres) sql += ", words tsvector NOT NULL";
  sql += fmt::format(", data {} NOT NULL, ", dialect.blob_type);
  return sql + (dialect.is_postgres ? "PRIMARY KEY (landscape, id))" : "UNIQUE (landscape, id))");
}

void AddRecordIndexes(const ResourceType& type, std::vector<std::string>& sql) {
  const std::string table = TableOf('r', type);
  // What a sorted column is compared with is found by what it sorts by (condition.cc), so one index serves both.
  for (const ColumnSpec& column : type.columns) {
    if (column.sorted) {
      sql.push_back(fmt::format("CREATE INDEX IF NOT EXISTS {} ON {} (landscape, {}, id)", SortIndexOf(type, column),
                                table, SortColumnOf(column)));
    } else {
      sql.push_back(
          fmt::format("CREATE INDEX IF NOT EXISTS i_{0}_{1} ON {2} (landscape, {1}, id) WHERE {1} IS NOT NULL",
                      type.collection, ColumnOf(column), table));
    }
  }
}

}  // namespace

std::string TableOf(char kind, const ResourceType& type) { return fmt::format("{}_{}", kind, type.collection); }
std::string ColumnOf(const ColumnSpec& column) { return Named("c_", column.name); }
std::string SortColumnOf(const ColumnSpec& column) { return Named("s_", column.name); }
std::string SortIndexOf(const ResourceType& type, const ColumnSpec& column) {
  return fmt::format("i_{}_{}", type.collection, SortColumnOf(column));
}
std::string PlaceIndexOf(const ResourceType& type) { return fmt::format("i_{}_place", type.collection); }
std::string CodesColumnOf(const TermsSpec& terms) { return Named("k_", terms.name); }

const ColumnSpec* DisplayColumn(const ResourceType& type) {
  const auto found =
      std::find_if(type.columns.begin(), type.columns.end(), [](const ColumnSpec& column) { return column.sorted; });
  return found == type.columns.end() ? nullptr : &*found;
}

std::vector<std::string> StoreSchema(const Dialect& dialect) {
  const auto table = [&](std::string_view text) {
    return fmt::format(fmt::runtime(text), fmt::arg("text", dialect.text_type), fmt::arg("blob", dialect.blob_type),
                       fmt::arg("suffix", dialect.table_suffix));
  };
  return {
      table("CREATE TABLE IF NOT EXISTS heads (landscape {text} NOT NULL, revision BIGINT NOT NULL, time BIGINT NOT "
            "NULL, "
            "PRIMARY KEY (landscape)) {suffix}"),
      table("CREATE TABLE IF NOT EXISTS commits (landscape {text} NOT NULL, revision BIGINT NOT NULL, "
            "time BIGINT NOT NULL, principal {text} NOT NULL, method {text} NOT NULL, request_id {text} NOT NULL, "
            "PRIMARY KEY (landscape, revision)) {suffix}"),
      "CREATE INDEX IF NOT EXISTS i_commits_time ON commits (landscape, time)",
      table("CREATE TABLE IF NOT EXISTS changes (landscape {text} NOT NULL, revision BIGINT NOT NULL, "
            "seq BIGINT NOT NULL, collection {text} NOT NULL, id {text} NOT NULL, kind BIGINT NOT NULL, "
            "data {blob} NOT NULL, PRIMARY KEY (landscape, revision, seq))"),
      "CREATE INDEX IF NOT EXISTS i_changes_resource ON changes (landscape, collection, id, revision)",
      table("CREATE TABLE IF NOT EXISTS requests (landscape {text} NOT NULL, principal {text} NOT NULL, "
            "request_id {text} NOT NULL, fingerprint {text} NOT NULL, reply {blob} NOT NULL, revision BIGINT NOT NULL, "
            "time BIGINT NOT NULL, PRIMARY KEY (landscape, principal, request_id)) {suffix}"),
      "CREATE INDEX IF NOT EXISTS i_requests_time ON requests (landscape, time)",
      table("CREATE TABLE IF NOT EXISTS declarations (collection {text} NOT NULL, fingerprint {text} NOT NULL, "
            "PRIMARY KEY (collection)) {suffix}"),
  };
}

std::vector<std::string> CollectionSchema(const Dialect& dialect, const ResourceType& type) {
  std::vector<std::string> sql = {RecordsTable(dialect, type)};
  AddRecordIndexes(type, sql);
  if (!type.terms.empty()) {
    sql.push_back(
        fmt::format("CREATE TABLE IF NOT EXISTS {0} (landscape {1} NOT NULL, field BIGINT NOT NULL, "
                    "term {1} NOT NULL, id {1} NOT NULL, PRIMARY KEY (landscape, field, term, id)) {2}",
                    TableOf('t', type), dialect.text_type, dialect.table_suffix));
  }
  if (type.places) {
    const std::string places = TableOf('p', type);
    sql.push_back(
        fmt::format("CREATE TABLE IF NOT EXISTS {0} (landscape {1} NOT NULL, id {1} NOT NULL, "
                    "seq BIGINT NOT NULL, lat DOUBLE PRECISION NOT NULL, lon DOUBLE PRECISION NOT NULL, "
                    "PRIMARY KEY (landscape, id, seq)) {2}",
                    places, dialect.text_type, dialect.table_suffix));
    sql.push_back(fmt::format("CREATE INDEX IF NOT EXISTS i_{0}_place ON {1} (landscape, lat, lon, id)",
                              type.collection, places));
  }
  if (type.text) {
    // The words arrive folded and stemmed; the engines only split them at blanks.
    sql.push_back(dialect.is_postgres
                      ? fmt::format("CREATE INDEX IF NOT EXISTS i_{0}_words ON {1} USING gin (words)", type.collection,
                                    TableOf('r', type))
                      : fmt::format("CREATE VIRTUAL TABLE IF NOT EXISTS {} USING fts5(title, body, tokenize='ascii', "
                                    "detail=column, columnsize=0)",
                                    TableOf('f', type)));
    sql.push_back(
        fmt::format("CREATE TABLE IF NOT EXISTS {0} (landscape {1} NOT NULL, length BIGINT NOT NULL, "
                    "word {1} NOT NULL, surface {1} NOT NULL, PRIMARY KEY (landscape, length, word)) {2}",
                    TableOf('w', type), dialect.text_type, dialect.table_suffix));
  }
  return sql;
}

std::vector<std::string> DropCollection(const Dialect& dialect, const ResourceType& type) {
  std::vector<std::string> sql;
  for (const char kind : {'r', 't', 'p', 'w'}) {
    sql.push_back(fmt::format("DROP TABLE IF EXISTS {}", TableOf(kind, type)));
  }
  if (!dialect.is_postgres) sql.push_back(fmt::format("DROP TABLE IF EXISTS {}", TableOf('f', type)));
  return sql;
}

std::string FingerprintOf(const Dialect& dialect, const ResourceType& type) {
  std::string all = fmt::format("{} {} {}\n", kLayout, type.index_version, dialect.is_postgres);
  for (const std::string& statement : CollectionSchema(dialect, type)) all += statement + "\n";
  for (const ColumnSpec& column : type.columns) all += fmt::format("{} {}\n", column.name, column.path);
  for (const TermsSpec& terms : type.terms) all += fmt::format("{} {}\n", terms.name, terms.path);
  constexpr std::string_view kSample = "Förderverein der Grundschulen Straße 10 Ægir École";
  all += text::SortKey(kSample);
  for (const text::IndexWord& word : text::IndexWords(kSample)) all += fmt::format(" {}/{}", word.word, word.stem);
  return DerivedId({all});
}

}  // namespace allmende::store::sql
