// A program around an Application: command line, signals, exit code. main is four lines:
//
//   int main(int argc, char** argv) { return allmende::app::RunApplication(argc, argv, "allmende-registry",
//   &registry::Bind); }
#pragma once

#include <string_view>
#include <vector>

#include "common/app/application.h"

namespace allmende::app {

// 0: ended by a signal as asked for. 1: failed. 2: settings that cannot be used. 4: a database, service or address that
// is not to be had.
int RunApplication(int argc, char** argv, std::string_view name, const Bind& bind, Settings defaults = {});

// The part after the command line: starts, waits for SIGTERM or SIGINT, drains and closes. A second signal ends at
// once. `on_ready` runs when everything has started. Must be called before the process has threads of its own.
int RunUntilSignal(Settings settings, const std::vector<Bind>& binds, Language language,
                   const std::function<void(Application&)>& on_ready = {});

}  // namespace allmende::app
