// What must hold for a site, and how an actor's entry repeats its sites so that the actor is found where it is.
#pragma once

#include <string_view>

#include "allmende/registry/v1/actor.pb.h"
#include "allmende/registry/v1/site.pb.h"
#include "common/status/error.h"

namespace allmende::registry {

using v1::Site;

// Every violation at once, fields relative to the site; what the proto itself declares (required fields, references) is
// the store's to check.
void CheckSite(const Site& site, Violations& found);

// Brings the actor's list of sites in step with one site: in place where it stands already, the main site first.
// Whether the list changed.
bool KeepSite(const Site& site, v1::Actor& actor);
// Takes a site out of the actor's list. Whether it was there.
bool DropSite(std::string_view site_name, v1::Actor& actor);

}  // namespace allmende::registry
