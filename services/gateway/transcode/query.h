// The query string of a URL into the request message, by reflection: every field that is neither in the path nor in the
// body is a parameter, nested ones with dots ("center.latitude"), repeated ones several times, in camelCase or proto
// names.
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/status/error.h"
#include "services/gateway/transcode/route.h"

namespace allmende::gateway {

struct Parameter {
  std::string name;
  std::string value;
  bool operator==(const Parameter&) const = default;
};

inline constexpr std::size_t kMaxParameters = 1200;  // a batch of 1000 names, and some

// "a=1&b=x%20y" decoded, in order. BAD_REQUEST for a broken escape, TOO_LARGE for too many parameters.
absl::StatusOr<std::vector<Parameter>> ParseQuery(std::string_view query);

// Sets the fields that the parameters name. "fields" stands for read_mask. Violations are named by the proto path of
// the field, or by the parameter where there is none; everything wrong is found at once.
void BindQuery(const Route& route, const std::vector<Parameter>& parameters, google::protobuf::Message& request,
               Violations& violations);

// The parameters a route takes, each as the path of the fields to it: what OpenAPI lists. Depth of two, no maps.
std::vector<FieldPath> QueryFields(const Route& route);

}  // namespace allmende::gateway
