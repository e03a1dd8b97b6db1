#include "services/gateway/transcode/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/base/macros.h"
#include "services/gateway/transcode/nearest.h"
#include "services/gateway/transcode/percent.h"
#include "services/gateway/transcode/scalar.h"

namespace allmende::gateway {
namespace {

// Messages that are written as one text, and so are a parameter by themselves.
bool WrittenAsText(const FieldDescriptor& field) {
  if (field.is_map()) return false;
  if (field.message_type() == nullptr) return true;
  const WellKnown kind = WellKnownOf(*field.message_type());
  return kind == WellKnown::kTimestamp || kind == WellKnown::kDuration || kind == WellKnown::kFieldMask ||
         kind == WellKnown::kWrapper;
}

bool Reserved(const Route& route, const FieldPath& path) {
  if (path.front() == route.body_field || route.body == Route::Body::kWhole) return true;
  return std::find(route.variables.begin(), route.variables.end(), path) != route.variables.end();
}

void Collect(const Route& route, const Descriptor& type, FieldPath& prefix, std::vector<FieldPath>& found) {
  constexpr std::size_t kDepth = 2;
  for (int i = 0; i < type.field_count(); ++i) {
    prefix.push_back(type.field(i));
    if (!Reserved(route, prefix)) {
      if (WrittenAsText(*prefix.back())) {
        found.push_back(prefix);
      } else if (prefix.size() < kDepth && !prefix.back()->is_repeated()) {
        Collect(route, *prefix.back()->message_type(), prefix, found);
      }
    }
    prefix.pop_back();
  }
}

std::string ProtoName(const FieldPath& path) {
  std::string name;
  for (const FieldDescriptor* field : path) name += (name.empty() ? "" : ".") + field->name();
  return name;
}

void Unknown(const Route& route, const std::string& name, Violations& violations) {
  std::vector<std::string> names;
  for (const FieldPath& path : QueryFields(route)) names.push_back(ProtoName(path));
  const std::vector<std::string_view> known(names.begin(), names.end());
  violations.Add(Shown(name), Reason::UNKNOWN_FIELD, {{"hint", std::string(Nearest(name, known))}});
}

FieldPath Resolve(const Route& route, std::string_view name) {
  const Descriptor& type = *route.method->input_type();
  if (name == "fields" && type.FindFieldByName("fields") == nullptr) name = "read_mask";
  FieldPath path = FindFieldPath(type, name);
  constexpr std::size_t kDeepest = 8;
  if (path.empty() || path.size() > kDeepest || !WrittenAsText(*path.back()) || Reserved(route, path)) return {};
  return path;
}

}  // namespace

absl::StatusOr<std::vector<Parameter>> ParseQuery(std::string_view query) {
  std::vector<Parameter> parameters;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view piece = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (piece.empty()) continue;
    const std::size_t equals = std::min(piece.find('='), piece.size());
    auto name = PercentDecode(piece.substr(0, equals), Decoding::kForm);
    auto value = PercentDecode(piece.substr(std::min(equals + 1, piece.size())), Decoding::kForm);
    if (!name.has_value() || !value.has_value())
      return Error(Reason::BAD_REQUEST,
                   Both("why", "ein %-Zeichen in der Adresse ist unvollständig", "a %-escape in the URL is broken"));
    if (parameters.size() == kMaxParameters) {
      return Error(Reason::TOO_LARGE, Both("what", "Die Zahl der Parameter", "The number of parameters",
                                           {{"limit", std::to_string(kMaxParameters)}}));
    }
    parameters.push_back({*std::move(name), *std::move(value)});
  }
  return parameters;
}

void BindQuery(const Route& route, const std::vector<Parameter>& parameters, Message& request, Violations& violations) {
  std::set<std::string> seen;
  for (const Parameter& parameter : parameters) {
    const FieldPath path = Resolve(route, parameter.name);
    if (path.empty()) {
      Unknown(route, parameter.name, violations);
      continue;
    }
    const std::string name = ProtoName(path);
    if (!path.back()->is_repeated() && !seen.insert(name).second) {
      violations.Add(name, Reason::WRONG_TYPE, {{"expected", ExpectedOf(*path.back())}, {"value", "[…]"}});
      continue;
    }
    SetFromText(path, parameter.value, name, request, violations);
  }
}

std::vector<FieldPath> QueryFields(const Route& route) {
  std::vector<FieldPath> found;
  FieldPath prefix;
  Collect(route, *route.method->input_type(), prefix, found);
  return found;
}

}  // namespace allmende::gateway
