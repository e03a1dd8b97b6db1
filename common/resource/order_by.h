// order_by (AIP-132): "display_name desc, kind".
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

namespace allmende::resource {

struct OrderTerm {
  std::string field;
  bool descending = false;
  bool operator==(const OrderTerm&) const = default;
};

// At most 5 terms. MALFORMED as a violation of "order_by".
absl::StatusOr<std::vector<OrderTerm>> ParseOrderBy(std::string_view text);

}  // namespace allmende::resource
