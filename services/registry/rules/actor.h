// What must hold for an actor: a name, at least one kind, codes that its landscape has, channels in the one form in
// which they can be dialled, mailed and followed.
#pragma once

#include "allmende/registry/v1/actor.pb.h"
#include "allmende/registry/v1/landscape.pb.h"
#include "common/status/error.h"

namespace allmende::registry {

using v1::Actor;

// Every violation at once, fields relative to the actor; what the proto itself declares (required fields, known enum
// values, references) is the store's to check. `before` is what is stored now, or null: a code that was fine
// when it was entered stays fine when the landscape's list no longer has it.
void CheckActor(const Actor& actor, const Actor* before, const v1::Landscape& landscape, Violations& found);

}  // namespace allmende::registry
