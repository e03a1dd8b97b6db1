// A row as the mapping sees it: texts, numbers, places and conditions made from its cells. What is changed or left out
// on the way is remarked.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>
#include <google/type/latlng.pb.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "allmende/registry/v1/import_mapping.pb.h"
#include "services/registry/importing/mapping.h"
#include "services/registry/importing/remarks.h"

namespace allmende::importing {

using registry::v1::Condition;
using registry::v1::MappedNumber;
using registry::v1::MappedPoint;
using registry::v1::MappedText;
using Ways = google::protobuf::RepeatedPtrField<MappedText>;

class Row {
 public:
  // `cells` in the order of `columns`, cleaned. The row lives no longer than its arguments.
  Row(const Columns& columns, std::span<const std::string> cells, RowRemarks& remarks)
      : columns_(columns), cells_(cells), remarks_(remarks) {}

  std::string_view CellOf(std::string_view column) const;
  bool Holds(const Condition& condition) const;

  // The text of the first way that fits and gives one; empty where none does.
  std::string Text(const Ways& ways) const;
  // The texts of all ways that fit, each once, in order.
  std::vector<std::string> Texts(const Ways& ways) const;
  // The same with the cell a text is made from, for remarks.
  struct Made {
    std::string text;
    Cell cell;
    const MappedText* way;
  };
  std::vector<Made> MadeTexts(const Ways& ways) const;

  // Absent where the cells are empty or hold no number (remarked).
  std::optional<double> Number(const MappedNumber& number) const;
  std::optional<std::int64_t> WholeNumber(const MappedNumber& number) const;
  // Absent where it is not given, or not in its box (remarked).
  std::optional<google::type::LatLng> Point(const MappedPoint& point) const;

  RowRemarks& remarks() const { return remarks_; }

 private:
  std::string Joined(const MappedText& way) const;
  void AddPart(const MappedText& way, std::string_view part, Cell cell, std::vector<Made>& made) const;
  std::string Repaired(const MappedText& way, std::string_view part, Cell cell) const;

  const Columns& columns_;
  std::span<const std::string> cells_;
  RowRemarks& remarks_;
};

}  // namespace allmende::importing
