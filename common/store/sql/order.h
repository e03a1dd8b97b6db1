// The order of an answer and the place in it at which a page ends. Pages go on behind the last entry's own values, so
// entries that come or go in between never shift a page.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/resource/order_by.h"
#include "common/store/resource_type.h"
#include "common/store/sql/statement.h"

namespace allmende::store::sql {

// One thing to order by.
struct SortKey {
  std::string name;                    // of the SQL column, such as "s_display_name"
  const ColumnSpec* column = nullptr;  // null: relevance or distance, which only SQL knows
  bool descending = false;
  enum class Type { kInteger, kReal, kBytes } type = Type::kInteger;
};

// The last key is always the id; it runs in the direction of the key before it, so that one index serves both.
struct Order {
  std::vector<SortKey> keys;
  bool id_descending = false;
};

// FIELD_NOT_FILTERABLE as a violation of "order_by" for columns that are not `sorted`.
absl::StatusOr<Order> CheckOrder(const ResourceType& type, const std::vector<resource::OrderTerm>& terms);

// The sort values of the entry at which a page ends, and its id.
struct Position {
  std::vector<Value> values;
  std::string id;
};

std::string WriteCursor(const Position& position);
// Absent for an empty cursor; INVALID_PAGE_TOKEN as a violation of "page_token" for one that does not fit this order.
absl::StatusOr<std::optional<Position>> ReadCursor(std::string_view cursor, const Order& order);

// " ORDER BY ..." by columns of the table `r`.
void AppendOrder(const Order& order, Statement& statement);
// "(...)": everything behind this position, in the table `r`. The position must outlive the statement.
void AppendBehind(const Order& order, const Position& position, Statement& statement);

// The position of a message, and whether one comes before another: for answers that are put together in memory.
Position PositionOf(const Order& order, const Message& message, std::string_view id);
bool ComesBefore(const Order& order, const Position& left, const Position& right);

}  // namespace allmende::store::sql
