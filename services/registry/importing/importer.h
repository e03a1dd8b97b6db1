// The engine of an import, without any store: bytes or rows go in, entries that are ready to be stored come out in
// batches, and the books say what became of each row that did not come so far. The handler (handlers/import.h) stores
// the batches.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "allmende/registry/v1/import.pb.h"
#include "services/registry/importing/area_table.h"
#include "services/registry/importing/entries.h"
#include "services/registry/importing/ledger.h"
#include "services/registry/importing/mapping.h"
#include "services/registry/importing/source_rows.h"

namespace allmende::importing {

// What has been read and is to be stored next. Actors or areas, as the mapping's target says.
struct Batch {
  std::vector<ActorEntry> actors;
  std::vector<AreaEntry> areas;
  Ledger ledger;  // rows that need no storing: refused ones, and repetitions of a row
  std::size_t rows() const { return actors.size() + areas.size() + static_cast<std::size_t>(ledger.counts().rows()); }
};

class Importer {
 public:
  // `landscape` and `source` are ids. `areas` are those of the landscape.
  Importer(ImportMapping mapping, std::string landscape, std::string source, AreaTable areas);
  Importer(const Importer&) = delete;
  Importer& operator=(const Importer&) = delete;

  // The next piece of the document, the end of it, or the next row given as values. Errors: as SourceRows.
  absl::Status Feed(std::string_view piece);
  absl::Status Finish();
  void Take(const ImportRow& row);

  const ImportMapping& mapping() const { return mapping_; }
  // What has been read since the last call.
  const Batch& pending() const { return batch_; }
  Batch TakeBatch();

 private:
  struct Seen {
    std::int64_t line = 0;
    std::uint64_t content = 0;
  };

  void TakeRow(SourceRow& row, RowRemarks& remarks);
  bool IsPlaceholder(const Row& row) const;
  // Whether a row with this key came before; counts or refuses the present one where it did.
  bool IsRepetition(const Row& row, std::string_view key, const SourceRow& source);
  void NoteShared(const Row& row, std::int64_t line);

  ImportMapping mapping_;
  Columns columns_;
  AreaTable areas_;
  EntryContext context_;
  SourceRows source_;
  Batch batch_;
  // Hashes instead of texts, so that a million rows take 32 MB. Keys of 64 bits: a false match is one in 10^7 then.
  absl::flat_hash_map<std::uint64_t, Seen> seen_;
  absl::flat_hash_map<std::uint64_t, std::int64_t> shared_;
  // The operators that came with an earlier row: the first spelling of a name counts.
  StringSet operators_;
};

}  // namespace allmende::importing
