// Distances on the sphere, computed by the same SQL expression on both engines, so that both give the same order.
#pragma once

#include <string_view>

#include "common/store/sql/statement.h"
#include "common/store/store.h"

namespace allmende::store::sql {

// OUT_OF_RANGE as a violation of "radius_metres" or "center".
absl::Status CheckCircle(const Circle& circle);

// "(SELECT id, MIN(millimetres) AS millimetres FROM places ... GROUP BY id)": the records with a place inside, all or
// the one whose id the expression `only` gives.
void AppendPlacesInside(const Circle& circle, std::string_view places_table, std::string_view landscape,
                        std::string_view only, Statement& statement);

}  // namespace allmende::store::sql
