#include "common/store/sql/order.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <set>

#include "common/base/macros.h"
#include "common/store/sql/derived.h"
#include "common/store/sql/schema.h"

namespace allmende::store::sql {
namespace {

SortKey::Type TypeOf(const ColumnSpec& column) {
  switch (column.type) {
    case ColumnType::kText:
      return SortKey::Type::kBytes;
    case ColumnType::kReal:
      return SortKey::Type::kReal;
    default:
      return SortKey::Type::kInteger;
  }
}

// A value in a cursor: its type and eight bytes, or the length in eight bytes and the text.
void WriteNumber(std::uint64_t number, std::string& out) {
  for (unsigned shift = 0; shift < 64; shift += 8) out += static_cast<char>((number >> shift) & 0xFFU);
}

void WriteValue(const Value& value, std::string& out) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    WriteNumber(static_cast<std::uint64_t>(*integer), out);
  } else if (const auto* real = std::get_if<double>(&value)) {
    WriteNumber(std::bit_cast<std::uint64_t>(*real), out);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    WriteNumber(text->size(), out);
    out += *text;
  }
}

// Reads what WriteValue wrote; fails once and for all where the bytes do not fit, whoever made them.
class CursorReader {
 public:
  explicit CursorReader(std::string_view bytes) : rest_(bytes) {}

  Value Read(SortKey::Type type) {
    const std::uint64_t number = Number();
    switch (type) {
      case SortKey::Type::kInteger:
        return static_cast<std::int64_t>(number);
      case SortKey::Type::kReal:
        if (std::isnan(std::bit_cast<double>(number))) ok_ = false;
        return std::bit_cast<double>(number);
      case SortKey::Type::kBytes:
        return Text(number);
    }
    return {};
  }
  std::string Text() { return Text(Number()); }
  bool Finished() const { return ok_ && rest_.empty(); }

 private:
  std::uint64_t Number() {
    if (rest_.size() < 8) {
      ok_ = false;
      return 0;
    }
    std::uint64_t number = 0;
    for (unsigned i = 0; i < 8; ++i) number |= std::uint64_t{static_cast<unsigned char>(rest_[i])} << (i * 8);
    rest_.remove_prefix(8);
    return number;
  }
  std::string Text(std::uint64_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      return {};
    }
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }

  std::string_view rest_;
  bool ok_ = true;
};

std::string SortedNames(const ResourceType& type) {
  std::set<std::string_view> names;
  for (const ColumnSpec& column : type.columns) {
    if (column.sorted) names.insert(column.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

absl::StatusOr<Order> CheckOrder(const ResourceType& type, const std::vector<resource::OrderTerm>& terms) {
  Order order;
  Violations violations;
  for (const resource::OrderTerm& term : terms) {
    const ColumnSpec* column = type.FindColumn(term.field);
    if (column == nullptr || !column->sorted) {
      violations.Add("order_by", Reason::FIELD_NOT_FILTERABLE, {{"field", term.field}, {"allowed", SortedNames(type)}});
      continue;
    }
    order.keys.push_back(
        {.name = SortColumnOf(*column), .column = column, .descending = term.descending, .type = TypeOf(*column)});
    order.id_descending = term.descending;
  }
  RETURN_IF_ERROR(violations.ToStatus());
  return order;
}

std::string WriteCursor(const Position& position) {
  std::string cursor;
  for (const Value& value : position.values) WriteValue(value, cursor);
  WriteValue(position.id, cursor);
  return cursor;
}

absl::StatusOr<std::optional<Position>> ReadCursor(std::string_view cursor, const Order& order) {
  if (cursor.empty()) return std::nullopt;
  CursorReader reader(cursor);
  Position position;
  for (const SortKey& key : order.keys) position.values.push_back(reader.Read(key.type));
  position.id = reader.Text();
  const bool is_text =
      position.id.find('\0') == std::string::npos && text::FindInvalidUtf8(position.id) == std::string::npos;
  if (!reader.Finished() || !is_text) return FieldError("page_token", Reason::INVALID_PAGE_TOKEN);
  return position;
}

void AppendOrder(const Order& order, Statement& statement) {
  statement << " ORDER BY ";
  for (const SortKey& key : order.keys) statement << "r." << key.name << (key.descending ? " DESC, " : ", ");
  statement << (order.id_descending ? "r.id DESC" : "r.id");
}

void AppendBehind(const Order& order, const Position& position, Statement& statement) {
  const bool one_direction = std::all_of(order.keys.begin(), order.keys.end(),
                                         [&](const SortKey& key) { return key.descending == order.id_descending; });
  if (one_direction) {
    statement << "(";
    for (const SortKey& key : order.keys) statement << "r." << key.name << ", ";
    statement << "r.id) " << (order.id_descending ? "<" : ">") << " (";
    for (const Value& value : position.values) statement.Bind(ToSortParam(value)) << ", ";
    statement.Bind(std::string_view(position.id)) << ")";
    return;
  }
  for (std::size_t i = 0; i < order.keys.size(); ++i) {
    const SortKey& key = order.keys[i];
    statement << "(r." << key.name << (key.descending ? " < " : " > ");
    statement.Bind(ToSortParam(position.values[i])) << " OR (r." << key.name << " = ";
    statement.Bind(ToSortParam(position.values[i])) << " AND ";
  }
  statement << (order.id_descending ? "r.id < " : "r.id > ");
  statement.Bind(std::string_view(position.id));
  for (std::size_t i = 0; i < order.keys.size(); ++i) statement << "))";
}

Position PositionOf(const Order& order, const Message& message, std::string_view id) {
  Position position;
  for (const SortKey& key : order.keys) position.values.push_back(SortValueOf(*key.column, message));
  position.id = id;
  return position;
}

bool ComesBefore(const Order& order, const Position& left, const Position& right) {
  for (std::size_t i = 0; i < order.keys.size(); ++i) {
    if (left.values[i] == right.values[i]) continue;
    return (left.values[i] < right.values[i]) != order.keys[i].descending;
  }
  return left.id != right.id && (left.id < right.id) != order.id_descending;
}

}  // namespace allmende::store::sql
