// Makes the derived tables fit the declarations: where a declaration is not the one they were made for, they are
// dropped and filled again from the newest message of each record. Ended half-way, it begins again at the next start.
#pragma once

#include <absl/status/status.h>

#include <vector>

#include "common/store/resource_type.h"
#include "common/store/sql/session.h"

namespace allmende::store::sql {

absl::Status PrepareTables(Engine& engine, const std::vector<const ResourceType*>& types);

}  // namespace allmende::store::sql
