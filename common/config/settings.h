// Typed settings, each declared once:
//
//   config::Settings settings;
//   settings.Add(limits.threads, {"threads", "Threads für Anfragen", "threads for calls"}, config::Between(1, 1024));
//   settings.AttachTo(cli_app, Language::kGerman);   // --threads
//   ... parse the command line ...
//   RETURN_IF_ERROR(settings.Resolve());             // --threads, else ALLMENDE_THREADS, else the file's key, else the
//   default
//
// Every mistake is found at once: unknown keys of the file, values of the wrong type, values out of range.
#pragma once

#include <absl/status/status.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/config/setting_values.h"
#include "common/status/error.h"

namespace allmende::config {

struct FileEntry;

// A setting's name and what it is for.
struct Declaration {
  std::string name;  // "log-level"
  std::string german;
  std::string english;
};

// Says what is wrong with a value of the right type; `field` is where it was set.
template <typename T>
using Check = std::function<absl::Status(const std::string& field, const T& value)>;

Check<int> Between(int low, int high);
Check<std::string> OneOf(std::vector<std::string> allowed);

class Settings {
 public:
  using GetEnvironment = std::function<const char*(const char*)>;

  Settings() = default;
  Settings(const Settings&) = delete;  // the command line points into it
  Settings& operator=(const Settings&) = delete;

  // Declares a setting; what `target` holds now is the default. `target` must live as long as this.
  template <typename T>
  void Add(T& target, Declaration declaration, std::type_identity_t<Check<T>> check = {}) {
    Entry& entry = entries_.emplace_back();
    entry.declaration = std::move(declaration);
    entry.is_flag = std::is_same_v<T, bool>;
    entry.is_list = std::is_same_v<T, std::vector<std::string>>;
    entry.show = [&target] { return Show(target); };
    entry.set = [&target, check = std::move(check)](const std::string& field, const Texts& texts) -> absl::Status {
      T value = target;
      if (absl::Status status = Read(field, texts, value); !status.ok()) return status;
      if (check) {
        if (absl::Status status = check(field, value); !status.ok()) return status;
      }
      target = std::move(value);
      return absl::OkStatus();
    };
  }

  // Adds all flags, and --config FILE, to a command line, whose help is in `language`.
  void AttachTo(CLI::App& app, Language language);

  // After the command line was parsed: sets every target. INVALID_FIELDS with every mistake, or what the file's reading
  // gave.
  absl::Status Resolve(const GetEnvironment& environment = std::getenv);

  // All settings as TOML: for each a comment with its meaning and origin, then its value.
  std::string Print(Language language) const;

  // "ALLMENDE_LOG_LEVEL"
  static std::string EnvironmentName(const std::string& name);

 private:
  struct Entry {
    Declaration declaration;
    bool is_flag = false;
    bool is_list = false;
    std::function<std::string()> show;
    std::function<absl::Status(const std::string& field, const Texts& texts)> set;
    Texts given;  // on the command line
    std::string origin;
  };

  absl::Status Choose(Entry& entry, const std::map<std::string, FileEntry>& file, const GetEnvironment& environment);

  std::deque<Entry> entries_;
  std::string config_file_;
};

// A status of Resolve for people: a line per mistake.
std::string Explain(const absl::Status& status, Language language);

// What ALLMENDE_LANG, LC_ALL, LC_MESSAGES or LANG (the first that is set) asks for. German where it is not English.
Language LanguageOfEnvironment(const Settings::GetEnvironment& environment = std::getenv);

}  // namespace allmende::config
