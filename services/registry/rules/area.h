// What must hold for an area: form and periods of its official keys, its place in the hierarchy, postcodes, outline and
// population. Keys have no check digit; whether one exists is a question for the table of keys (area_keys.h).
#pragma once

#include "allmende/registry/v1/area.pb.h"
#include "common/status/error.h"

namespace allmende::registry {

using v1::Area;
using v1::AreaKey;
using v1::AreaKind;

// How many digits the key of an area of this kind has: AGS Land 2, Regierungsbezirk 3, Kreis 5, Gemeinde 8; ARS also
// planning region 4, Gemeindeverband 9, Gemeinde 12. 0: areas of this kind have none.
int KeyDigits(AreaKey::Scheme scheme, AreaKind kind);

// Whether an area of the kind `child` may lie in one of the kind `parent`. From large to small; levels may be left out;
// a district may lie in a district, a social space in anything.
bool MayLieIn(AreaKind child, AreaKind parent);

// Every violation that the area alone shows, fields relative to the area; what the proto itself declares (required
// fields, known enum values, references) is the store's to check.
void CheckArea(const Area& area, Violations& found);

// What area and parent show together: their kinds, and official keys that are valid now continue those of the parent.
void CheckParent(const Area& area, const Area& parent, Violations& found);

}  // namespace allmende::registry
