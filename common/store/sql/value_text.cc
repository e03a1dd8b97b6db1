#include "common/store/sql/value_text.h"

#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/base/clock.h"
#include "common/text/text.h"

namespace allmende::store::sql {
namespace {

template <typename Number>
std::optional<Value> ParseNumber(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::is_same_v<Number, double>) {
    if (!std::isfinite(number)) return std::nullopt;
  }
  return number;
}

std::optional<Value> ParseTime(std::string_view text) {
  google::protobuf::Timestamp timestamp;
  if (!google::protobuf::util::TimeUtil::FromString(std::string(text), &timestamp)) return std::nullopt;
  return ToMicros(FromProto(timestamp));
}

std::string UpperCase(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return upper;
}

}  // namespace

std::optional<Value> ParseValue(ColumnType type, std::string_view text) {
  switch (type) {
    case ColumnType::kInteger:
      return ParseNumber<std::int64_t>(text);
    case ColumnType::kReal:
      return ParseNumber<double>(text);
    case ColumnType::kTime:
      return ParseTime(text);
    case ColumnType::kBool:
      if (text == "true") return std::int64_t{1};
      if (text == "false") return std::int64_t{0};
      return std::nullopt;
    default:
      if (text.find('\0') != std::string_view::npos) return std::nullopt;
      return std::string(text);
  }
}

std::pair<std::string, std::string> ExpectedOf(ColumnType type) {
  switch (type) {
    case ColumnType::kInteger:
      return {"eine ganze Zahl", "a whole number"};
    case ColumnType::kReal:
      return {"eine Zahl mit Dezimalpunkt", "a number"};
    case ColumnType::kTime:
      return {"eine Zeit wie 2024-01-31T12:00:00Z", "a time such as 2024-01-31T12:00:00Z"};
    case ColumnType::kBool:
      return {"true oder false", "true or false"};
    default:
      return {"Text", "text"};
  }
}

std::string NearestCode(const google::protobuf::EnumDescriptor& codes, std::string_view text) {
  const std::string wanted = UpperCase(text);
  const int limit = std::clamp(static_cast<int>(wanted.size()) / 3, 1, 5);
  std::string nearest;
  int smallest = limit + 1;
  for (int i = 0; i < codes.value_count(); ++i) {
    const std::string& name = codes.value(i)->name();
    const int distance = text::EditDistance(wanted, name, limit);
    if (codes.value(i)->number() == 0 || distance >= smallest) continue;
    smallest = distance;
    nearest = name;
  }
  return nearest;
}

}  // namespace allmende::store::sql
