#include "common/config/toml_file.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <optional>
#include <string_view>

#include "common/status/error.h"

namespace allmende::config {
namespace {

std::string Where(const std::filesystem::path& file, const toml::source_region& source) {
  return fmt::format("{}:{}", file.string(), source.begin.line);
}

std::optional<std::string> TextOf(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  return std::nullopt;
}

// Absent where it is neither a single value nor a list of such.
std::optional<Texts> TextsOf(const toml::node& node) {
  const toml::array* list = node.as_array();
  if (list == nullptr) {
    if (auto text = TextOf(node)) return Texts{*std::move(text)};
    return std::nullopt;
  }
  Texts texts;
  for (const toml::node& element : *list) {
    auto text = TextOf(element);
    if (!text) return std::nullopt;
    texts.push_back(*std::move(text));
  }
  return texts;
}

}  // namespace

absl::StatusOr<std::map<std::string, FileEntry>> ReadTomlFile(const std::filesystem::path& file) {
  if (std::error_code error; !std::filesystem::is_regular_file(file, error)) {
    return Error(Reason::NOT_FOUND, {{"name", file.string()}});
  }
  toml::table table;
  try {
    table = toml::parse_file(file.string());
  } catch (const toml::parse_error& error) {
    const std::string where = Where(file, error.source());
    return FieldError(where, Reason::MALFORMED, {{"value", where}, {"expected", "TOML"}});
  }
  std::map<std::string, FileEntry> entries;
  Violations violations;
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const std::string where = Where(file, node.source());
    if (auto texts = TextsOf(node)) {
      entries.emplace(name, FileEntry{.texts = *std::move(texts), .where = where});
    } else {
      violations.Add(
          fmt::format("{} ({})", name, where), Reason::WRONG_TYPE,
          Both("expected", "ein einzelner Wert oder eine Liste", "a single value or a list", {{"value", name}}));
    }
  }
  if (absl::Status status = violations.ToStatus(); !status.ok()) return status;
  return entries;
}

}  // namespace allmende::config
