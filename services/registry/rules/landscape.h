// What must hold for a landscape: its code lists say what actors may be about, so they must be unambiguous. Also the
// lists that a new landscape starts with.
#pragma once

#include "allmende/registry/v1/landscape.pb.h"
#include "common/status/error.h"

namespace allmende::registry {

using v1::Landscape;

// Fills in what is left open: language, time zone, and each code list that is empty (nine phases of life, usual topics
// and target groups, with German and English labels).
void FillDefaults(Landscape& landscape);

// Every violation at once, fields relative to the landscape; that required fields are filled is the store's to check.
void CheckLandscape(const Landscape& landscape, Violations& found);

}  // namespace allmende::registry
