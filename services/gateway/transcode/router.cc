#include "services/gateway/transcode/router.h"

#include <algorithm>
#include <set>

#include "common/base/macros.h"
#include "common/base/strings.h"
#include "common/status/error.h"
#include "services/gateway/transcode/percent.h"
#include "services/gateway/transcode/scalar.h"

namespace allmende::gateway {
namespace {

using SegmentKind = PathTemplate::Segment::Kind;

// A path cut at its slashes, the verb apart. Views into the path.
struct Parts {
  std::array<std::string_view, kMaxSegments> segments;
  std::size_t count = 0;
  std::string_view verb;
};

bool Cut(std::string_view path, Parts& parts) {
  if (path.empty() || path.front() != '/') return false;
  path.remove_prefix(1);
  while (true) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash == 0 || parts.count == kMaxSegments) return false;  // an empty segment matches nothing
    parts.segments[parts.count++] = path.substr(0, slash);
    if (slash == path.size()) return true;
    path.remove_prefix(slash + 1);
  }
}

bool CutVerb(Parts& parts) {
  std::string_view& last = parts.segments[parts.count - 1];
  const std::size_t colon = last.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  parts.verb = last.substr(colon + 1);
  last = last.substr(0, colon);
  return true;
}

}  // namespace

struct Router::Node {
  StringMap<std::unique_ptr<Node>> literals;
  std::unique_ptr<Node> one;
  std::unique_ptr<Node> rest;
  std::vector<const Route*> routes;  // that end here, whatever their verbs

  Node& Child(const PathTemplate::Segment& segment) {
    std::unique_ptr<Node>& child = segment.kind == SegmentKind::kLiteral ? literals[segment.literal]
                                   : segment.kind == SegmentKind::kOne   ? one
                                                                         : rest;
    if (child == nullptr) child = std::make_unique<Node>();
    return *child;
  }
};

// Walks the tree along a path and shows every route that fits to `visit`, best first, until that says it is enough.
struct Router::Search {
  const Parts& parts;
  bool (*visit)(void* self, const Route& route);
  void* self;

  bool Walk(const Node& node, std::size_t at) const {
    if (at == parts.count) return Visit(node);
    if (const auto child = node.literals.find(parts.segments[at]); child != node.literals.end()) {
      if (Walk(*child->second, at + 1)) return true;
    }
    if (node.one != nullptr && Walk(*node.one, at + 1)) return true;
    return node.rest != nullptr && Visit(*node.rest);
  }

  bool Visit(const Node& node) const {
    return std::any_of(node.routes.begin(), node.routes.end(),
                       [this](const Route* route) { return route->path.verb == parts.verb && visit(self, *route); });
  }
};

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)), root_(std::make_unique<Node>()) {}
Router::~Router() = default;

absl::StatusOr<std::unique_ptr<Router>> Router::Make(std::vector<Route> routes) {
  std::unique_ptr<Router> router(new Router(std::move(routes)));
  for (const Route& route : router->routes_) RETURN_IF_ERROR(router->Insert(route));
  return router;
}

absl::Status Router::Insert(const Route& route) {
  if (route.variables.size() > RouteMatch{}.values.size()) {
    return FieldError("path", Reason::MALFORMED, {{"value", route.rpc}, {"expected", "at most 4 variables"}});
  }
  Node* node = root_.get();
  for (const PathTemplate::Segment& segment : route.path.segments) node = &node->Child(segment);
  for (const Route* other : node->routes) {
    if (other->verb == route.verb && other->path.verb == route.path.verb) {
      return Error(Reason::ALREADY_EXISTS, {{"name", route.verb + " " + route.path.ToText()}});
    }
  }
  node->routes.push_back(&route);
  return absl::OkStatus();
}

std::optional<RouteMatch> Router::Match(std::string_view verb, std::string_view path) const {
  struct Wanted {
    std::string_view verb;
    const Route* found = nullptr;
  } wanted{verb};
  const auto visit = [](void* self, const Route& route) {
    auto* wanted = static_cast<Wanted*>(self);
    if (route.verb == wanted->verb) wanted->found = &route;
    return wanted->found != nullptr;
  };
  Parts parts;
  if (!Cut(path, parts)) return std::nullopt;
  Parts with_verb = parts;
  // "a:b" is first read as the verb b; where no route has it, the colon is part of the last segment.
  const bool found = (CutVerb(with_verb) && Search{with_verb, visit, &wanted}.Walk(*root_, 0));
  if (found) parts = with_verb;
  if (!found && !Search{parts, visit, &wanted}.Walk(*root_, 0)) return std::nullopt;

  RouteMatch match;
  match.route = wanted.found;
  for (std::size_t i = 0; i < wanted.found->path.variables.size(); ++i) {
    const PathTemplate::Variable& variable = wanted.found->path.variables[i];
    const std::size_t end =
        wanted.found->path.segments[variable.end - 1].kind == SegmentKind::kRest ? parts.count : variable.end;
    if (variable.begin >= parts.count) continue;  // "**" that matched nothing
    const char* first = parts.segments[variable.begin].data();
    const std::string_view last = parts.segments[end - 1];
    match.values[i] = {first, static_cast<std::size_t>(last.data() + last.size() - first)};
  }
  return match;
}

std::vector<std::string> Router::Allowed(std::string_view path) const {
  std::set<std::string> verbs;
  const auto visit = [](void* self, const Route& route) {
    static_cast<std::set<std::string>*>(self)->insert(route.verb);
    return false;
  };
  Parts parts;
  if (!Cut(path, parts)) return {};
  Search{parts, visit, &verbs}.Walk(*root_, 0);
  if (CutVerb(parts)) Search{parts, visit, &verbs}.Walk(*root_, 0);
  if (verbs.contains("GET")) verbs.insert("HEAD");
  return {verbs.begin(), verbs.end()};
}

absl::Status BindPath(const RouteMatch& match, google::protobuf::Message& request) {
  for (std::size_t i = 0; i < match.route->variables.size(); ++i) {
    const PathTemplate::Variable& variable = match.route->path.variables[i];
    const bool single =
        variable.end == variable.begin + 1 && match.route->path.segments[variable.begin].kind == SegmentKind::kOne;
    const auto value = PercentDecode(match.values[i], single ? Decoding::kEverything : Decoding::kKeepSlash);
    if (!value.has_value())
      return Error(Reason::BAD_REQUEST,
                   Both("why", "ein %-Zeichen in der Adresse ist unvollständig", "a %-escape in the URL is broken"));
    Violations violations;
    SetFromText(match.route->variables[i], *value, variable.field_path, request, violations);
    RETURN_IF_ERROR(violations.ToStatus());
  }
  return absl::OkStatus();
}

}  // namespace allmende::gateway
