#include "common/config/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "common/base/macros.h"
#include "common/config/toml_file.h"

namespace allmende::config {
namespace {

std::string_view Pick(const Declaration& declaration, Language language) {
  return language == Language::kGerman ? declaration.german : declaration.english;
}

// A list in the environment is separated by commas.
Texts Split(const std::string& text) {
  Texts parts;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    if (comma > start) parts.push_back(text.substr(start, comma - start));
    start = comma + 1;
  }
  return parts;
}

void Collect(Violations& violations, const absl::Status& status) {
  const ErrorDetail detail = DetailOf(status);
  for (const FieldViolation& found : detail.violations()) {
    violations.Add(found.field(), found.reason(), {found.params().begin(), found.params().end()});
  }
}

}  // namespace

Check<int> Between(int low, int high) {
  return [low, high](const std::string& field, const int& value) -> absl::Status {
    if (value >= low && value <= high) return absl::OkStatus();
    return FieldError(field, Reason::OUT_OF_RANGE,
                      {{"value", std::to_string(value)}, {"range", fmt::format("{} – {}", low, high)}});
  };
}

Check<std::string> OneOf(std::vector<std::string> allowed) {
  return [allowed = std::move(allowed)](const std::string& field, const std::string& value) -> absl::Status {
    if (std::ranges::find(allowed, value) != allowed.end()) return absl::OkStatus();
    return FieldError(field, Reason::UNKNOWN_CODE,
                      {{"value", value}, {"list", fmt::format("{}", fmt::join(allowed, ", "))}});
  };
}

std::string Settings::EnvironmentName(const std::string& name) {
  std::string upper = "ALLMENDE_";
  for (const char c : name) upper += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

void Settings::AttachTo(CLI::App& app, Language language) {
  const bool german = language == Language::kGerman;
  app.add_option("--config", config_file_, german ? "Datei mit Einstellungen (TOML)" : "file with settings (TOML)");
  for (Entry& entry : entries_) {
    const std::string flag = "--" + entry.declaration.name;
    const std::string help = fmt::format("{} [{}]", Pick(entry.declaration, language), entry.show());
    if (entry.is_flag) {
      // "--development" and "--development=false": what was given arrives as text, like everything else.
      app.add_flag_function(
          flag, [&entry](std::int64_t count) { entry.given = {count > 0 ? "true" : "false"}; }, help);
    } else if (entry.is_list) {
      app.add_option(flag, entry.given, help)->delimiter(',')->allow_extra_args(false);
    } else {
      app.add_option_function<std::string>(
          flag, [&entry](const std::string& text) { entry.given = {text}; }, help);
    }
  }
}

absl::Status Settings::Choose(Entry& entry, const std::map<std::string, FileEntry>& file,
                              const GetEnvironment& environment) {
  const std::string& name = entry.declaration.name;
  if (!entry.given.empty()) {
    entry.origin = "--" + name;
    return entry.set(entry.origin, entry.given);
  }
  const std::string variable = EnvironmentName(name);
  if (const char* text = environment(variable.c_str()); text != nullptr && *text != '\0') {
    entry.origin = variable;
    return entry.set(variable, entry.is_list ? Split(text) : Texts{text});
  }
  const auto found = file.find(name);
  if (found == file.end()) return absl::OkStatus();
  entry.origin = found->second.where;
  const std::string field = fmt::format("{} ({})", name, found->second.where);
  if (!entry.is_list && found->second.texts.size() != 1) {
    return FieldError(field, Reason::WRONG_TYPE,
                      Both("expected", "ein einzelner Wert", "a single value", {{"value", "[…]"}}));
  }
  return entry.set(field, found->second.texts);
}

absl::Status Settings::Resolve(const GetEnvironment& environment) {
  if (config_file_.empty()) {
    if (const char* file = environment("ALLMENDE_CONFIG"); file != nullptr) config_file_ = file;
  }
  std::map<std::string, FileEntry> file;
  if (!config_file_.empty()) {
    ASSIGN_OR_RETURN(file, ReadTomlFile(config_file_));
  }

  Violations violations;
  std::set<std::string> known;
  for (Entry& entry : entries_) {
    known.insert(entry.declaration.name);
    Collect(violations, Choose(entry, file, environment));
  }
  for (const auto& [key, value] : file) {
    if (!known.contains(key)) violations.Add(fmt::format("{} ({})", key, value.where), Reason::UNKNOWN_FIELD);
  }
  return violations.ToStatus();
}

std::string Settings::Print(Language language) const {
  const bool german = language == Language::kGerman;
  std::string out;
  for (const Entry& entry : entries_) {
    const std::string origin = entry.origin.empty() ? (german ? "Voreinstellung" : "default") : entry.origin;
    out += fmt::format("# {} ({}: {})\n{} = {}\n", Pick(entry.declaration, language), german ? "aus" : "from", origin,
                       entry.declaration.name, entry.show());
  }
  return out;
}

std::string Explain(const absl::Status& status, Language language) {
  const ErrorDetail detail = DetailOf(status);
  if (detail.violations().empty()) return MessageOf(detail, language);
  std::vector<std::string> lines;
  for (const FieldViolation& violation : detail.violations()) lines.push_back(MessageOf(violation, language));
  return fmt::format("{}", fmt::join(lines, "\n"));
}

Language LanguageOfEnvironment(const Settings::GetEnvironment& environment) {
  for (const char* name : {"ALLMENDE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"}) {
    if (const char* value = environment(name); value != nullptr && *value != '\0') return LanguageOf(value);
  }
  return Language::kGerman;
}

}  // namespace allmende::config
