// "Did you mean": for words that do not occur, similar ones that do.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/store/sql/session.h"
#include "common/store/store.h"

namespace allmende::store::sql {

absl::StatusOr<std::vector<std::string>> FindSuggestions(Session& session, const Dialect& dialect,
                                                         const ResourceType& type, std::string_view landscape,
                                                         std::string_view text, int limit);

}  // namespace allmende::store::sql
