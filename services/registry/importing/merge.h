// What a list says, joined with what is stored already. The list is right about what it says; what it says nothing
// about - topics somebody added, an outline, a second address with a note - stays. Returns whether anything changed, so
// that a row that says nothing new writes nothing.
//
//   one value   the list's, unless its cell is empty
//   names, codes, languages   both: the stored ones first, new ones of the list after them
//   identifiers   the list's for each scheme and agency; others stay
//   channels   the list's for each kind; stored ones with a note stay, they were added by hand
//   remarks   the list's for each column; others stay
//   source   stays: who first brought the entry
#pragma once

#include "allmende/registry/v1/actor.pb.h"
#include "allmende/registry/v1/area.pb.h"
#include "allmende/registry/v1/site.pb.h"

namespace allmende::importing {

bool MergeActor(const registry::v1::Actor& from, registry::v1::Actor& into);
bool MergeSite(const registry::v1::Site& from, registry::v1::Site& into);
bool MergeArea(const registry::v1::Area& from, registry::v1::Area& into);

}  // namespace allmende::importing
