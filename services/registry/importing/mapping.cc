#include "services/registry/importing/mapping.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "common/base/macros.h"
#include "common/status/error.h"

namespace allmende::importing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using registry::v1::Condition;
using registry::v1::MappedNumber;
using registry::v1::MappedPoint;
using registry::v1::MappedText;

constexpr std::size_t kLongestMapping = 256 * 1024;

absl::Status Invalid(std::string german, std::string english, std::string columns = "-") {
  return FieldError("mapping", Reason::INVALID_MAPPING,
                    Both("why", std::move(german), std::move(english), {{"columns", std::move(columns)}}));
}

// "key[0].pad" out of the parser's "(key[0].pad): invalid value"; empty where it names none.
std::string PathIn(std::string_view message) {
  const std::size_t close = message.find(')');
  if (!message.starts_with('(') || close == std::string_view::npos) return "";
  return std::string(message.substr(1, close - 1));
}

// What the parser found, in words of our own.
absl::Status Unreadable(std::string_view message) {
  std::string path = PathIn(message);
  if (const std::size_t end = message.find(": Cannot find field"); end != std::string_view::npos) {
    // "(actor.site) stret: Cannot find field." or, at the top, "keys: Cannot find field."
    const std::size_t start = path.empty() ? 0 : std::min(path.size() + 3, end);
    path += fmt::format("{}{}", path.empty() ? "" : ".", message.substr(start, end - start));
    return Invalid(fmt::format("ein Feld „{}“ gibt es nicht", path), fmt::format("there is no field “{}”", path));
  }
  if (!path.empty()) {
    return Invalid(fmt::format("der Wert von „{}“ hat den falschen Typ", path),
                   fmt::format("the value of “{}” has the wrong type", path));
  }
  return Invalid("sie ist kein gültiges JSON", "it is not valid JSON");
}

// Calls `visit` for every message below `part`, itself included.
template <typename Visit>
void ForEachPart(const Message& part, Visit visit) {
  visit(part);
  const google::protobuf::Reflection& reflection = *part.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(part, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_map()) continue;
    if (!field->is_repeated()) {
      ForEachPart(reflection.GetMessage(part, field), visit);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(part, field); ++i) {
      ForEachPart(reflection.GetRepeatedMessage(part, field, i), visit);
    }
  }
}

absl::Status CheckPart(const Message& part) {
  if (part.GetDescriptor() == MappedText::descriptor()) {
    const auto& text = static_cast<const MappedText&>(part);
    if (text.columns().empty() == text.constant().empty()) {
      return Invalid("jeder Text braucht entweder „columns“ oder „constant“",
                     "each text needs either “columns” or “constant”");
    }
    if (text.pad() < 0 || text.pad() > 20) return Invalid("„pad“ muss 0 bis 20 sein", "“pad” must be 0 to 20");
    if (text.first() < 0) return Invalid("„first“ darf nicht negativ sein", "“first” must not be negative");
    for (const auto& replacement : text.replace()) {
      if (replacement.from().empty()) return Invalid("„from“ darf nicht leer sein", "“from” must not be empty");
    }
  }
  if (part.GetDescriptor() == Condition::descriptor()) {
    const auto& condition = static_cast<const Condition&>(part);
    const bool tests = !condition.equals().empty() || !condition.starts_with().empty() ||
                       !condition.contains().empty() || condition.has_at_least() || condition.any_bit() != 0 ||
                       condition.empty();
    if (condition.column().empty() || !tests) {
      return Invalid("jede Bedingung braucht „column“ und mindestens eine Prüfung",
                     "each condition needs “column” and at least one test");
    }
  }
  if (part.GetDescriptor() == MappedPoint::descriptor()) {
    const auto& point = static_cast<const MappedPoint&>(part);
    if (point.latitude().empty() || point.longitude().empty()) {
      return Invalid("ein Ort braucht „latitude“ und „longitude“", "a point needs “latitude” and “longitude”");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckWhole(const ImportMapping& mapping) {
  const bool actors = mapping.target() == ImportMapping::ACTORS;
  if (mapping.target() == ImportMapping::TARGET_UNSPECIFIED) {
    return Invalid("„target“ muss ACTORS oder AREAS sein", "“target” must be ACTORS or AREAS");
  }
  if (mapping.has_actor() != actors || mapping.has_area() == actors) {
    return Invalid("zu „target“ gehört genau ein Teil: „actor“ oder „area“",
                   "“target” needs the one part that belongs to it: “actor” or “area”");
  }
  if (mapping.key().empty()) return Invalid("„key“ fehlt", "“key” is missing");
  if (mapping.delimiter().size() > 1 || mapping.delimiter() == "\"" || mapping.delimiter() == "\n") {
    return Invalid("„delimiter“ muss ein einzelnes Zeichen sein", "“delimiter” must be a single character");
  }
  const bool named = actors ? !mapping.actor().display_name().empty() : !mapping.area().display_name().empty();
  if (!named) return Invalid("„display_name“ fehlt", "“display_name” is missing");
  const bool kind = actors ? !mapping.actor().kinds().empty() : !mapping.area().kind().empty();
  if (!kind) return Invalid("die Art („kinds“ oder „kind“) fehlt", "the kind (“kinds” or “kind”) is missing");
  return absl::OkStatus();
}

std::string Join(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

}  // namespace

absl::StatusOr<ImportMapping> ParseMapping(std::string_view json) {
  if (json.size() > kLongestMapping) return Invalid("sie ist länger als 256 KiB", "it is longer than 256 KiB");
  ImportMapping mapping;
  const auto status = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &mapping);
  if (!status.ok()) {
    const auto message = status.message();
    return Unreadable({message.data(), message.size()});
  }
  absl::Status wrong;
  ForEachPart(mapping, [&](const Message& part) {
    if (wrong.ok()) wrong = CheckPart(part);
  });
  RETURN_IF_ERROR(wrong);
  RETURN_IF_ERROR(CheckWhole(mapping));
  return mapping;
}

Columns::Columns(const ImportMapping& mapping) {
  ForEachPart(mapping, [this](const Message& part) { NoteAll(part); });
  for (const std::string& column : mapping.shared()) Note(column, /*as_text=*/true, false, false);
  for (const std::string& column : mapping.keep()) Note(column, /*as_text=*/true, false, false);
  for (const std::string& column : mapping.ignore()) Note(column, false, false, /*ignored=*/true);
}

void Columns::NoteAll(const Message& part) {
  if (part.GetDescriptor() == MappedText::descriptor()) {
    for (const std::string& column : static_cast<const MappedText&>(part).columns()) Note(column, true, false, false);
  } else if (part.GetDescriptor() == Condition::descriptor()) {
    Note(static_cast<const Condition&>(part).column(), true, false, false);
  } else if (part.GetDescriptor() == MappedNumber::descriptor()) {
    const auto& number = static_cast<const MappedNumber&>(part);
    for (const std::string& column : number.columns()) Note(column, false, true, false);
    for (const std::string& column : number.minus()) Note(column, false, true, false);
  } else if (part.GetDescriptor() == MappedPoint::descriptor()) {
    const auto& point = static_cast<const MappedPoint&>(part);
    Note(point.latitude(), false, true, false);
    Note(point.longitude(), false, true, false);
  }
}

void Columns::Note(std::string_view column, bool as_text, bool as_number, bool ignored) {
  const auto [found, is_new] = by_name_.emplace(column, static_cast<int>(uses_.size()));
  if (is_new) uses_.push_back({std::string(column)});
  ColumnUse& use = uses_[static_cast<std::size_t>(found->second)];
  use.as_text = use.as_text || as_text;
  use.as_number = use.as_number || as_number;
  use.ignored = use.ignored || ignored;
}

int Columns::IndexOf(std::string_view name) const { return by_name_.find(name)->second; }

absl::Status CheckHeader(const Columns& columns, const std::vector<std::string>& header) {
  for (const ColumnUse& use : columns.uses()) {
    const auto times = std::count(header.begin(), header.end(), use.name);
    if (times == 0 && (use.as_text || use.as_number)) {
      return Invalid(fmt::format("die Spalte „{}“ fehlt", use.name),
                     fmt::format("the column “{}” is missing", use.name), Join(header));
    }
    if (times > 1) {
      return Invalid(fmt::format("die Spalte „{}“ steht mehrfach da", use.name),
                     fmt::format("the column “{}” stands there more than once", use.name), Join(header));
    }
  }
  return absl::OkStatus();
}

}  // namespace allmende::importing
