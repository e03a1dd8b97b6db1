// What commands that work on an installation itself, and not through its door, have in common: its settings, from the
// same flags, environment and file as `serve` takes them.
#pragma once

#include <absl/status/status.h>

#include "common/app/settings.h"
#include "common/config/settings.h"
#include "services/allmende/command/commands.h"

namespace allmende::command {

struct Installation {
  app::Settings settings;
  config::Settings declared;

  // --data, --database, --redis, --keys and --config become options of `command`.
  void AttachTo(CLI::App& command, Language language);
  // After the command line was read.
  absl::Status Resolve() { return declared.Resolve(); }
};

// Files made from here on are readable by their owner alone: for commands that make an installation's data.
void KeepToYourself();

// Says what is wrong with settings; the exit code.
int UnusableSettings(const absl::Status& status, const Console& console);

}  // namespace allmende::command
