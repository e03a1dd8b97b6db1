// One import while it runs: what was asked for, the engine, the books, and the Import resource that shows how far it
// is.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

#include "allmende/registry/v1/import.pb.h"
#include "common/base/clock.h"
#include "common/call/call_context.h"
#include "common/store/store.h"
#include "services/registry/handlers/import_batch.h"
#include "services/registry/importing/importer.h"
#include "services/registry/importing/ledger.h"

namespace allmende::registry {

// What the first message of a stream asks for.
struct ImportPlan {
  importing::ImportMapping mapping;
  std::string mapping_name;  // of the preset, or "custom"
  std::string source;
  // The message's own: the chain keeps none for methods that are idempotent by nature.
  std::string request_id;
  bool dry_run = false;
};

// Every violation of the first message at once.
absl::StatusOr<ImportPlan> PlanImport(const v1::ImportRequest& first, v1::ImportMapping::Target target);

class ImportRun {
 public:
  // Reads the landscape's areas. UNKNOWN_LANDSCAPE.
  static absl::StatusOr<std::unique_ptr<ImportRun>> Start(store::Store& store, const Clock& clock, CallContext& call,
                                                          ImportPlan plan);

  // The answer that this request got before; absent where it is new or did not get to its end.
  absl::StatusOr<std::optional<v1::ImportResponse>> EarlierAnswer();

  // The document or the rows of a message.
  absl::Status Take(const v1::ImportRequest& message);
  // Stores the rest and says what became of everything.
  absl::StatusOr<v1::ImportResponse> Finish();
  // Leaves behind that the import is not complete.
  void BreakOff();

 private:
  ImportRun(store::Store& store, CallContext& call, ImportPlan plan, importing::AreaTable areas);

  absl::Status StoreWhenFull();
  absl::Status StoreBatch(v1::Import::State state);
  absl::Status WriteProgress(store::Transaction& tx, const importing::ImportCounts& counts, v1::Import::State state);

  store::Store& store_;
  CallContext& call_;
  const bool dry_run_;
  const std::string request_id_;
  const std::string id_;
  v1::Import import_;
  bool import_stored_ = false;
  importing::Importer importer_;
  importing::Ledger ledger_;
  PendingNames pending_;
  bool has_document_ = false;
  bool has_rows_ = false;
};

}  // namespace allmende::registry
