// The resources that the registry owns, declared: by which fields they are found, what must hold for them (rules/) and
// what changes along with them in the same commit. From these declarations follow tables, search and every standard
// method; nothing else in the service names a column.
//
// What changes along: an actor's entry repeats its sites (Actor.sites) and goes with them; areas and actors repeat the
// areas that they lie in (within), so that "everything in this Kreis" is one condition.
#pragma once

#include <vector>

#include "allmende/registry/v1/actor.pb.h"
#include "allmende/registry/v1/area.pb.h"
#include "allmende/registry/v1/import.pb.h"
#include "allmende/registry/v1/landscape.pb.h"
#include "allmende/registry/v1/site.pb.h"
#include "common/store/resource_type.h"

namespace allmende::registry {

extern const store::ResourceSpec<v1::Landscape> kLandscapes;
extern const store::ResourceSpec<v1::Area> kAreas;
extern const store::ResourceSpec<v1::Actor> kActors;
extern const store::ResourceSpec<v1::Site> kSites;
extern const store::ResourceSpec<v1::Import> kImports;

// All of them.
std::vector<const store::ResourceType*> Resources();

}  // namespace allmende::registry
