// What the declarations of the registry's resources call when something is about to be stored: filling in what is left
// open, the rules that need to look at other records, and what has to change along in the same commit.
#pragma once

#include <absl/status/status.h>

#include "allmende/registry/v1/actor.pb.h"
#include "allmende/registry/v1/area.pb.h"
#include "allmende/registry/v1/landscape.pb.h"
#include "allmende/registry/v1/site.pb.h"
#include "common/status/error.h"
#include "common/store/store.h"

namespace allmende::registry {

// Fills in the source, puts names in place of area keys ("05111000" or "AGS:05111000" may be given for any area;
// UNKNOWN_AREA_KEY) and says what the resource lies in.
absl::Status CompleteArea(store::Transaction& tx, const v1::Area* before, v1::Area& area);
absl::Status CompleteActor(store::Transaction& tx, const v1::Actor* before, v1::Actor& actor);
absl::Status CompleteSite(store::Transaction& tx, const v1::Site* before, v1::Site& site);

// The rules, with what they need of other records.
absl::Status CheckAreaInPlace(store::Transaction& tx, const v1::Area& area, Violations& found);
absl::Status CheckActorInLandscape(store::Transaction& tx, const v1::Actor& actor, Violations& found);

// A moved area takes along all areas in it and all actors there.
absl::Status FollowArea(store::Transaction& tx, const v1::Area* before, const v1::Area* after);
// Removing an actor removes its sites.
absl::Status FollowActor(store::Transaction& tx, const v1::Actor* before, const v1::Actor* after);
// Actor.sites follows; a new main site takes that from the one before.
absl::Status FollowSite(store::Transaction& tx, const v1::Site* before, const v1::Site* after);

}  // namespace allmende::registry
