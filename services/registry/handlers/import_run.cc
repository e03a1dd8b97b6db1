#include "services/registry/handlers/import_run.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/ids.h"
#include "common/base/macros.h"
#include "common/log/log.h"
#include "common/resource/name.h"
#include "services/registry/importing/presets.h"
#include "services/registry/resources.h"

namespace allmende::registry {
namespace {

using importing::AreaTable;
using importing::ImportCounts;
using importing::Ledger;

// Rows per commit: large enough that commits cost little, small enough that other writers do not wait.
constexpr std::size_t kBatchRows = 1000;
// A message may be megabytes; the engine takes it in pieces, so that batches stay small.
constexpr std::size_t kPieceBytes = std::size_t{64} << 10U;
constexpr int kAreasPerPage = 1000;
constexpr std::size_t kLongestSource = 100;

bool IsSource(std::string_view text) {
  return text.size() <= kLongestSource && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

// The mapping that the message names or brings along.
absl::StatusOr<importing::ImportMapping> MappingOf(const v1::ImportRequest& first) {
  if (!first.preset().empty() && !first.mapping().empty()) {
    return FieldError("mapping", Reason::CONFLICTING_FIELDS,
                      Both("why", "es kann nur eine Zuordnung gelten", "only one mapping can count",
                           {{"fields", "preset, mapping"}}));
  }
  if (!first.mapping().empty()) return importing::ParseMapping(first.mapping());
  if (first.preset().empty()) return FieldError("preset", Reason::FIELD_REQUIRED);
  const importing::Preset* preset = importing::FindPreset(first.preset());
  if (preset == nullptr) {
    return FieldError("preset", Reason::UNKNOWN_CODE,
                      {{"value", first.preset()}, {"list", "importPresets"}, {"hint", importing::PresetNames()}});
  }
  return importing::ParseMapping(preset->json);
}

std::int32_t DayOf(Time time) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  return static_cast<int>(day.year()) * 10'000 + static_cast<int>(static_cast<unsigned>(day.month())) * 100 +
         static_cast<int>(static_cast<unsigned>(day.day()));
}

// The day whose boundaries count in this landscape.
absl::StatusOr<std::int32_t> TerritorialDay(store::Store& store, const Clock& clock, CallContext& call) {
  const std::array<std::string, 1> ids = {call.landscape};
  ASSIGN_OR_RETURN(const auto records, store.Read(call, kLandscapes, ids, {}));
  v1::Landscape landscape;
  if (records.empty() || !records.front() || !landscape.ParseFromString(records.front()->bytes)) {
    return Error(Reason::UNKNOWN_LANDSCAPE, {{"landscape", call.landscape}});
  }
  const std::int32_t chosen = importing::DayNumber(landscape.settings().territorial_status());
  return chosen != 0 ? chosen : DayOf(clock.Now());
}

absl::StatusOr<AreaTable> ReadAreas(store::Store& store, const Clock& clock, CallContext& call) {
  // Not from a cache: the list before this one may have brought areas a moment ago.
  ASSIGN_OR_RETURN(const std::int64_t revision, store.Revision(call));
  ASSIGN_OR_RETURN(const std::int32_t today, TerritorialDay(store, clock, call));
  AreaTable table(today);
  store::Query query;
  query.at.min_revision = revision;
  query.limit = kAreasPerPage;
  do {
    ASSIGN_OR_RETURN(const store::QueryResult page, store.Find(call, kAreas, query));
    for (const store::Hit& hit : page.hits) {
      v1::Area area;
      if (!area.ParseFromString(hit.record.bytes)) return Error(Reason::INTERNAL_ERROR);
      table.Add(hit.record.id, area);
    }
    query.cursor = page.next_cursor;
  } while (!query.cursor.empty());
  return table;
}

// The import's id is the request's where it can be one, so that the caller can follow the import while it runs.
std::string IdOf(const std::string& request_id) {
  if (request_id.empty()) return RandomId();
  return resource::IsValidId(request_id) ? request_id : DerivedId({"import", request_id});
}

}  // namespace

absl::StatusOr<ImportPlan> PlanImport(const v1::ImportRequest& first, v1::ImportMapping::Target target) {
  ASSIGN_OR_RETURN(importing::ImportMapping mapping, MappingOf(first));
  Violations found;
  const std::string source = first.source().empty() ? first.preset() : first.source();
  if (source.empty()) {
    found.Add("source", Reason::FIELD_REQUIRED);
  } else if (!IsSource(source)) {
    found.Add("source", Reason::MALFORMED,
              Both("expected", "1 bis 100 Zeichen aus a–z, 0–9, Bindestrich und Punkt",
                   "1 to 100 characters of a–z, 0–9, hyphen and dot", {{"value", source}}));
  }
  if (mapping.target() != target) {
    found.Add("mapping", Reason::CONFLICTING_FIELDS,
              Both("why", "diese Adresse nimmt Listen der anderen Art", "this method takes lists of the other kind",
                   {{"fields", "target, " + v1::ImportMapping::Target_Name(target)}}));
  }
  RETURN_IF_ERROR(found.ToStatus());
  return ImportPlan{.mapping = std::move(mapping),
                    .mapping_name = first.preset().empty() ? "custom" : first.preset(),
                    .source = source,
                    .request_id = first.request_id(),
                    .dry_run = first.dry_run()};
}

absl::StatusOr<std::unique_ptr<ImportRun>> ImportRun::Start(store::Store& store, const Clock& clock, CallContext& call,
                                                            ImportPlan plan) {
  ASSIGN_OR_RETURN(AreaTable areas, ReadAreas(store, clock, call));
  return std::unique_ptr<ImportRun>(new ImportRun(store, call, std::move(plan), std::move(areas)));
}

ImportRun::ImportRun(store::Store& store, CallContext& call, ImportPlan plan, AreaTable areas)
    : store_(store),
      call_(call),
      dry_run_(plan.dry_run),
      request_id_(plan.request_id),
      id_(IdOf(plan.request_id)),
      importer_(std::move(plan.mapping), call.landscape, plan.source, std::move(areas)) {
  import_.set_source(plan.source);
  import_.set_mapping(plan.mapping_name);
  import_.set_dry_run(plan.dry_run);
}

absl::StatusOr<std::optional<v1::ImportResponse>> ImportRun::EarlierAnswer() {
  if (request_id_.empty() || dry_run_) return std::nullopt;
  const std::array<std::string, 1> ids = {id_};
  ASSIGN_OR_RETURN(const std::int64_t revision, store_.Revision(call_));
  ASSIGN_OR_RETURN(const auto records, store_.Read(call_, kImports, ids, {.min_revision = revision}));
  if (records.empty() || !records.front()) return std::nullopt;
  v1::Import earlier;
  if (!earlier.ParseFromString(records.front()->bytes)) return Error(Reason::INTERNAL_ERROR);
  if (earlier.source() != import_.source() || earlier.mapping() != import_.mapping()) {
    return Error(Reason::REQUEST_ID_REUSED, {{"request_id", request_id_}});
  }
  import_stored_ = true;  // it goes on under the same name
  if (earlier.state() != v1::Import::DONE) return std::nullopt;
  v1::ImportResponse response;
  *response.mutable_import() = std::move(earlier);
  return response;
}

absl::Status ImportRun::Take(const v1::ImportRequest& message) {
  std::string_view document = message.document().data();
  has_document_ = has_document_ || !document.empty();
  has_rows_ = has_rows_ || !message.rows().empty();
  if (has_document_ && has_rows_) {
    return FieldError("rows", Reason::CONFLICTING_FIELDS,
                      Both("why", "eine Liste kommt als Dokument oder in Zeilen, nicht in beidem",
                           "a list comes as a document or as rows, not as both", {{"fields", "document, rows"}}));
  }
  while (!document.empty()) {
    RETURN_IF_ERROR(importer_.Feed(document.substr(0, kPieceBytes)));
    document.remove_prefix(std::min(document.size(), kPieceBytes));
    RETURN_IF_ERROR(StoreWhenFull());
  }
  for (const v1::ImportRow& row : message.rows()) {
    importer_.Take(row);
    RETURN_IF_ERROR(StoreWhenFull());
  }
  return absl::OkStatus();
}

absl::Status ImportRun::StoreWhenFull() {
  return importer_.pending().rows() < kBatchRows ? absl::OkStatus() : StoreBatch(v1::Import::RUNNING);
}

absl::Status ImportRun::StoreBatch(v1::Import::State state) {
  const importing::Batch batch = importer_.TakeBatch();
  // Each batch is a commit of its own: none of them is the answer to the caller's request id.
  CallContext commit = call_;
  commit.request_id.clear();
  Ledger books;
  std::int64_t revision = 0;
  const auto stored = store_.Transact(commit, [&](store::Transaction& tx) -> absl::StatusOr<std::string> {
    ImportBatch work(tx, dry_run_ ? &pending_ : nullptr);
    RETURN_IF_ERROR(work.Store(batch));
    books = work.TakeLedger();
    if (import_.first_revision() == 0) import_.set_first_revision(tx.revision() - 1);
    revision = work.wrote() ? tx.revision() : 0;
    if (dry_run_) {
      tx.Discard();
    } else if (work.wrote() || state != v1::Import::RUNNING) {
      ImportCounts counts = ledger_.counts();
      importing::AddCounts(books.counts(), counts);
      RETURN_IF_ERROR(WriteProgress(tx, counts, state));
    }
    return std::string();
  });
  RETURN_IF_ERROR(stored.status());
  ledger_.Join(std::move(books));
  if (revision != 0 && !dry_run_) import_.set_last_revision(revision);
  import_stored_ = import_stored_ || !import_.name().empty();
  call_.revision = commit.revision;
  return absl::OkStatus();
}

absl::Status ImportRun::WriteProgress(store::Transaction& tx, const ImportCounts& counts, v1::Import::State state) {
  v1::Import progress = import_;
  progress.set_state(state);
  *progress.mutable_counts() = counts;
  progress.set_last_revision(tx.revision());
  ASSIGN_OR_RETURN(const std::shared_ptr<const store::Message> found, tx.Find(kImports, id_));
  auto written = found == nullptr ? tx.Create(kImports, id_, progress) : tx.Replace(kImports, id_, progress);
  RETURN_IF_ERROR(written.status());
  import_ = static_cast<const v1::Import&>(**written);
  return absl::OkStatus();
}

absl::StatusOr<v1::ImportResponse> ImportRun::Finish() {
  if (has_document_ || !has_rows_) RETURN_IF_ERROR(importer_.Finish());
  RETURN_IF_ERROR(StoreBatch(v1::Import::DONE));
  v1::ImportResponse response;
  import_.set_state(v1::Import::DONE);
  *import_.mutable_counts() = ledger_.counts();
  *response.mutable_import() = import_;
  ledger_.WriteTo(response, call_.language);
  return response;
}

void ImportRun::BreakOff() {
  if (dry_run_ || !import_stored_) return;
  CallContext commit = call_;
  commit.request_id.clear();
  commit.deadline = Deadline::max();
  commit.cancelled = [] { return false; };
  const auto stored = store_.Transact(commit, [&](store::Transaction& tx) -> absl::StatusOr<std::string> {
    RETURN_IF_ERROR(WriteProgress(tx, ledger_.counts(), v1::Import::BROKEN_OFF));
    return std::string();
  });
  if (!stored.ok()) log::Warning("import state not stored", {{"import", import_.name()}});
}

}  // namespace allmende::registry
