#include "services/registry/importing/importer.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "common/base/macros.h"

namespace allmende::importing {
namespace {

std::uint64_t HashOf(std::string_view text, std::uint64_t seed = 0) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

std::uint64_t ContentOf(const SourceRow& row) {
  std::uint64_t hash = 0;
  for (const std::string& cell : row.cells) hash = HashOf(cell, hash + 1);
  for (const auto& [column, value] : row.others) hash = HashOf(value, HashOf(column, hash));
  return hash;
}

}  // namespace

Importer::Importer(ImportMapping mapping, std::string landscape, std::string source, AreaTable areas)
    : mapping_(std::move(mapping)),
      columns_(mapping_),
      areas_(std::move(areas)),
      context_{std::move(landscape), std::move(source), areas_},
      source_(mapping_, columns_) {}

absl::Status Importer::Feed(std::string_view piece) {
  return source_.Feed(piece, [this](SourceRow& row, RowRemarks& remarks) { TakeRow(row, remarks); });
}

absl::Status Importer::Finish() {
  RETURN_IF_ERROR(source_.Finish([this](SourceRow& row, RowRemarks& remarks) { TakeRow(row, remarks); }));
  return absl::OkStatus();
}

void Importer::Take(const ImportRow& row) {
  source_.Take(row, [this](SourceRow& taken, RowRemarks& remarks) { TakeRow(taken, remarks); });
}

Batch Importer::TakeBatch() {
  batch_.ledger.Say(source_.TakeRemarks());
  return std::exchange(batch_, {});
}

void Importer::TakeRow(SourceRow& source, RowRemarks& remarks) {
  const Row row(columns_, source.cells, remarks);
  if (remarks.refused() || IsPlaceholder(row)) {
    batch_.ledger.Refused(remarks.TakeRefusals());
    return;
  }
  const std::string key = KeyOf(row, mapping_);
  if (!remarks.refused() && IsRepetition(row, key, source)) return;
  if (mapping_.target() == ImportMapping::AREAS) {
    AreaEntry entry = MakeArea(row, key, mapping_, context_);
    if (!remarks.refused()) {
      areas_.Add(entry.id, entry.area);
      NoteShared(row, source.line);
      entry.line = source.line;
      entry.notes = remarks.TakeNotes();
      batch_.areas.push_back(std::move(entry));
    }
  } else {
    ActorEntry entry = MakeActor(row, key, mapping_, context_, source.others);
    if (!remarks.refused()) {
      NoteShared(row, source.line);
      if (entry.runner && !operators_.insert(entry.operator_id).second) entry.runner.reset();
      entry.line = source.line;
      entry.notes = remarks.TakeNotes();
      batch_.actors.push_back(std::move(entry));
    }
  }
  if (remarks.refused()) {
    batch_.ledger.Refused(remarks.TakeRefusals());
  } else {
    seen_.try_emplace(HashOf(key), Seen{source.line, ContentOf(source)});
  }
}

bool Importer::IsPlaceholder(const Row& row) const {
  for (const Condition& condition : mapping_.placeholder()) {
    if (!row.Holds(condition)) continue;
    row.remarks().Refuse({condition.column(), row.CellOf(condition.column())}, Reason::PLACEHOLDER_ROW);
    return true;
  }
  return false;
}

bool Importer::IsRepetition(const Row& row, std::string_view key, const SourceRow& source) {
  const auto seen = seen_.find(HashOf(key));
  if (seen == seen_.end()) return false;
  if (seen->second.content == ContentOf(source)) {
    batch_.ledger.Taken(Outcome::kUnchanged, {});
    return true;
  }
  const auto& ways = mapping_.key();
  const std::string_view column = ways[0].columns().empty() ? std::string_view() : std::string_view(ways[0].columns(0));
  row.remarks().Refuse({column, key}, Reason::DUPLICATE_SOURCE_KEY, {{"line", std::to_string(seen->second.line)}});
  batch_.ledger.Refused(row.remarks().TakeRefusals());
  return true;
}

void Importer::NoteShared(const Row& row, std::int64_t line) {
  for (const std::string& column : mapping_.shared()) {
    const std::string_view value = row.CellOf(column);
    if (value.empty()) continue;
    const auto [first, is_new] = shared_.try_emplace(HashOf(value, HashOf(column)), line);
    if (is_new) continue;
    row.remarks().Note({column, value}, Reason::SHARED_IDENTIFIER, {{"line", std::to_string(first->second)}});
  }
}

}  // namespace allmende::importing
