// Finding actors: by words, place and codes, with counts and, where nothing was found, with words that do occur.
#pragma once

#include <absl/status/statusor.h>

#include "allmende/registry/v1/registry_service.pb.h"
#include "common/call/call_context.h"
#include "common/store/store.h"

namespace allmende::registry {

class ActorSearch {
 public:
  explicit ActorSearch(store::Store& store) : store_(store) {}

  // CONFLICTING_FIELDS for a radius without a center or the other way round; OUT_OF_RANGE; INVALID_FILTER,
  // FIELD_NOT_FILTERABLE, INVALID_PAGE_TOKEN: each as a violation of the field of the request.
  absl::StatusOr<v1::SearchActorsResponse> SearchActors(CallContext& call, const v1::SearchActorsRequest& request);

 private:
  store::Store& store_;
};

}  // namespace allmende::registry
