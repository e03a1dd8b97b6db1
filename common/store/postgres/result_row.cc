#include "common/store/postgres/result_row.h"

#include <bit>
#include <charconv>
#include <cmath>

namespace allmende::store::postgres {
namespace {

// Object ids of the built-in types, fixed for ever (pg_type.dat).
enum TypeId : Oid {
  kBool = 16,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kFloat4 = 700,
  kFloat8 = 701,
  kNumeric = 1700,
};

// The unsigned number that these bytes, most significant first, are.
std::uint64_t BigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

// What sums and averages come as: digits to base 10,000 behind a header of four 16-bit numbers (numeric_send).
double Numeric(std::string_view bytes) {
  constexpr std::size_t kHeader = 8;
  constexpr std::uint64_t kNegative = 0x4000;
  constexpr std::uint64_t kSpecial = 0xC000;  // not a number, or infinite
  const auto digits = BigEndian(bytes.substr(0, 2));
  const auto weight = static_cast<std::int16_t>(BigEndian(bytes.substr(2, 2)));
  const std::uint64_t sign = BigEndian(bytes.substr(4, 2));
  if ((sign & kSpecial) == kSpecial) return std::nan("");
  double value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    value = value * 10'000 + static_cast<double>(BigEndian(bytes.substr(kHeader + 2 * i, 2)));
  }
  value *= std::pow(10'000.0, weight - static_cast<double>(digits) + 1);
  return sign == kNegative ? -value : value;
}

template <typename Number>
Number FromText(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::string_view ResultRow::Bytes(int column) const {
  return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
}

std::int64_t ResultRow::Integer(int column) const {
  const std::string_view bytes = Bytes(column);
  if (bytes.empty()) return 0;
  switch (PQftype(result_, column)) {
    case kInt8:
    case kBool:
      return static_cast<std::int64_t>(BigEndian(bytes));
    case kInt4:
      return static_cast<std::int32_t>(BigEndian(bytes));
    case kInt2:
      return static_cast<std::int16_t>(BigEndian(bytes));
    case kFloat4:
    case kFloat8:
    case kNumeric:
      return static_cast<std::int64_t>(Real(column));
    default:
      return FromText<std::int64_t>(bytes);
  }
}

double ResultRow::Real(int column) const {
  const std::string_view bytes = Bytes(column);
  if (bytes.empty()) return 0;
  switch (PQftype(result_, column)) {
    case kFloat8:
      return std::bit_cast<double>(BigEndian(bytes));
    case kFloat4:
      return std::bit_cast<float>(static_cast<std::uint32_t>(BigEndian(bytes)));
    case kNumeric:
      return Numeric(bytes);
    case kInt8:
    case kInt4:
    case kInt2:
    case kBool:
      return static_cast<double>(Integer(column));
    default:
      return FromText<double>(bytes);
  }
}

}  // namespace allmende::store::postgres
