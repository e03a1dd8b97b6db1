#include "services/allmende/command/installation.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace allmende::command {

void Installation::AttachTo(CLI::App& command, Language language) {
  // All settings, because the file may hold all of them; the help shows those that matter here.
  constexpr std::array<std::string_view, 6> kShown{"--help", "--config", "--data", "--database", "--redis", "--keys"};
  app::Declare(declared, settings);
  declared.AttachTo(command, language);
  for (CLI::Option* option : command.get_options()) {
    if (std::ranges::find(kShown, option->get_name()) == kShown.end()) option->group("");
  }
}

void KeepToYourself() { umask(0077); }

int UnusableSettings(const absl::Status& status, const Console& console) {
  return console.Fail(kUsage, config::Explain(status, console.language()),
                      console.Say("Was gilt und woher: `allmende config print`.",
                                  "What is in force and from where: `allmende config print`."));
}

}  // namespace allmende::command
