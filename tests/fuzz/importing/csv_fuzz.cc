// Any bytes as a document: the reader must neither crash nor depend on how they are cut, and the importer must account
// for every row.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "services/registry/importing/csv_reader.h"
#include "services/registry/importing/importer.h"
#include "services/registry/importing/presets.h"

namespace allmende::importing {
namespace {

struct Got {
  std::int64_t line;
  CsvFlaw flaw;
  std::vector<std::string> cells;
  bool operator==(const Got&) const = default;
};

std::vector<Got> Read(std::string_view document, std::size_t piece) {
  std::vector<Got> rows;
  const auto take = [&](CsvRow& row) { rows.push_back({row.line, row.flaw, row.cells}); };
  CsvReader reader(0, {.row_bytes = 64, .columns = 8});
  for (; !document.empty(); document.remove_prefix(std::min(piece, document.size()))) {
    reader.Feed(document.substr(0, piece), take);
  }
  reader.Finish(take);
  return rows;
}

void Import(std::string_view document) {
  static const ImportMapping kMapping = *ParseMapping(FindPreset("leipzig-actors")->json);
  Importer importer(kMapping, "musterland", "liste", AreaTable(20240101));
  std::string text = "id,list,name,other_names,street,postcode,city,website\n";
  text += document;
  if (!importer.Feed(text).ok() || !importer.Finish().ok()) return;
  const Batch batch = importer.TakeBatch();
  const ImportCounts& counts = batch.ledger.counts();
  if (counts.rows() != counts.refused() + counts.unchanged()) std::abort();
}

}  // namespace
}  // namespace allmende::importing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + data[0] % 16;
  if (allmende::importing::Read(bytes, piece) != allmende::importing::Read(bytes, bytes.size() + 1)) std::abort();
  allmende::importing::Import(bytes);
  return 0;
}
