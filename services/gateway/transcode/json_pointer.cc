#include "services/gateway/transcode/json_pointer.h"

#include <vector>

namespace allmende::gateway {
namespace {

// A step of a path: a name, or what stands in brackets behind it.
struct Step {
  std::string text;
  bool bracket = false;
};

// a.b[2].c["k.x"] -> a b [2] c [k.x]
std::vector<Step> Split(std::string_view path) {
  std::vector<Step> steps;
  while (!path.empty()) {
    if (path.front() == '.') {
      path.remove_prefix(1);
    } else if (path.starts_with("[\"")) {
      const std::size_t close = std::min(path.find("\"]"), path.size());
      steps.push_back({std::string(path.substr(2, close - std::min<std::size_t>(2, close))), true});
      path.remove_prefix(std::min(close + 2, path.size()));
    } else if (path.front() == '[') {
      const std::size_t close = std::min(path.find(']'), path.size());
      steps.push_back({std::string(path.substr(1, close - 1)), true});
      path.remove_prefix(std::min(close + 1, path.size()));
    } else {
      const std::size_t end = std::min(path.find_first_of(".["), path.size());
      steps.push_back({std::string(path.substr(0, end)), false});
      path.remove_prefix(end);
    }
  }
  return steps;
}

std::string Camel(std::string_view name) {
  std::string out;
  bool upper = false;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
    } else {
      out.push_back(upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
      upper = false;
    }
  }
  return out;
}

std::string Escaped(std::string_view token) {
  std::string out;
  for (const char c : token) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string Join(const std::vector<Step>& steps, std::string_view separator, std::size_t from) {
  std::string joined;
  for (std::size_t i = from; i < steps.size(); ++i) {
    if (i > from || separator == "/") joined += separator;
    const std::string name = steps[i].bracket ? steps[i].text : Camel(steps[i].text);
    joined += separator == "/" ? Escaped(name) : name;
  }
  return joined;
}

}  // namespace

FieldPlace PlaceOfField(const Route& route, std::string_view path) {
  const std::vector<Step> steps = Split(path);
  switch (route.body) {
    case Route::Body::kWhole:
      return {Join(steps, "/", 0), {}};
    case Route::Body::kField:
    case Route::Body::kUpload:
      if (!steps.empty() && steps.front().text == route.body_field->name()) return {Join(steps, "/", 1), {}};
      [[fallthrough]];
    case Route::Body::kNone:
      return {{}, Join(steps, ".", 0)};
  }
  return {};
}

}  // namespace allmende::gateway
