// How the command line talks: in German or English, results on stdout, everything else on stderr, a bar for people and
// JSON lines for machines, and for every failure what to do about it.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "common/status/error.h"

namespace allmende::command {

// The exit codes, as `allmende --help` and docs/betrieb/kommandozeile.md say them.
enum ExitCode : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kRowsRefused = 3,  // import --strict: done, but not every row was taken over
  kUnreachable = 4,  // the server or the database does not answer
  kNotAllowed = 5,   // no key, an unknown one, or one without the right
};

class Console {
 public:
  explicit Console(Language language);

  Language language() const { return language_; }
  // The text in the language of the person.
  std::string Say(std::string_view german, std::string_view english) const;

  // A line for people, on stderr.
  void Note(std::string_view text) const;
  // "Error: what" and "Remedy: ...", on stderr. Returns `code`, so that a command can end with it.
  int Fail(ExitCode code, std::string_view what, std::string_view remedy) const;
  // A status of ours, with its fields and its hint; the code follows from its reason.
  int Fail(const absl::Status& status) const;

  // How far something is (`total` 0: of an unknown whole): a bar on a terminal, otherwise a JSON line on stderr, at
  // most twice a second.
  void Progress(std::string_view what, std::int64_t done, std::int64_t total);
  void EndProgress();

 private:
  Language language_;
  bool terminal_;
  std::int64_t last_shown_ = 0;  // milliseconds
  bool bar_open_ = false;
};

}  // namespace allmende::command
