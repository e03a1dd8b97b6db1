// Finds the route of a request: a tree over the segments of all templates. Literals win over "*", "*" over "**".
// Matching allocates nothing; the values of the variables are cut out of the path as they are and decoded when bound.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/message.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/gateway/transcode/route.h"

namespace allmende::gateway {

struct RouteMatch {
  const Route* route = nullptr;
  // Of each variable: the part of the path that it spans, not decoded.
  std::array<std::string_view, 4> values;
};

class Router {
 public:
  // ALREADY_EXISTS where two routes answer the same verb and path, MALFORMED for more than four variables.
  static absl::StatusOr<std::unique_ptr<Router>> Make(std::vector<Route> routes);
  ~Router();

  // `path` as it came, without query. Absent where no route has this verb and path.
  std::optional<RouteMatch> Match(std::string_view verb, std::string_view path) const;
  // The verbs that routes have for this path, sorted; HEAD goes with GET. Empty: the path is unknown.
  std::vector<std::string> Allowed(std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Node;
  struct Search;
  explicit Router(std::vector<Route> routes);
  absl::Status Insert(const Route& route);

  std::vector<Route> routes_;
  std::unique_ptr<Node> root_;
};

// Decodes the variables' values into the request. BAD_REQUEST for a broken escape, INVALID_UTF8, WRONG_TYPE.
absl::Status BindPath(const RouteMatch& match, google::protobuf::Message& request);

}  // namespace allmende::gateway
