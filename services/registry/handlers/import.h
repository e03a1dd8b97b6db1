// Bringing in lists: a stream of rows or of pieces of a document becomes areas or actors, batch by batch, each batch
// one commit together with the progress of the import. What came in is accounted for row by row in the answer.
#pragma once

#include <absl/status/statusor.h>

#include "allmende/registry/v1/import_mapping.pb.h"
#include "allmende/registry/v1/registry_service.pb.h"
#include "common/base/clock.h"
#include "common/call/call_context.h"
#include "common/rpc/stream.h"
#include "common/store/store.h"

namespace allmende::registry {

class ImportHandlers {
 public:
  using Reader = rpc::Reader<v1::ImportRequest>;

  explicit ImportHandlers(store::Store& store, const Clock& clock = SystemClock()) : store_(store), clock_(clock) {}

  // INVALID_MAPPING, CONFLICTING_FIELDS, FIELD_REQUIRED, UNKNOWN_CODE, MALFORMED as violations of the first message's
  // fields, before anything is stored. CALL_CANCELLED where the stream breaks off: what was stored by then stays, and
  // the same list can be sent again.
  absl::StatusOr<v1::ImportResponse> ImportAreas(CallContext& call, Reader& reader);
  absl::StatusOr<v1::ImportResponse> ImportActors(CallContext& call, Reader& reader);

  absl::StatusOr<v1::ListImportPresetsResponse> ListImportPresets(CallContext& call,
                                                                  const v1::ListImportPresetsRequest& request);

 private:
  absl::StatusOr<v1::ImportResponse> Import(CallContext& call, Reader& reader, v1::ImportMapping::Target target);

  store::Store& store_;
  const Clock& clock_;
};

}  // namespace allmende::registry
