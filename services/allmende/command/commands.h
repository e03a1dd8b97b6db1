// The commands of `allmende`. Each adds itself to the command line: its options, its help with examples, and what it
// does, which ends with an exit code (console.h).
#pragma once

#include <CLI/CLI.hpp>

#include "services/allmende/command/console.h"
#include "services/allmende/command/http_client.h"

namespace allmende::command {

// What the commands share while the command line is read.
struct Commands {
  CLI::App& app;
  Console& console;
  int& exit_code;

  // A command with its one-line description and an example or two.
  CLI::App* Add(const std::string& name, const std::string& description, const std::string& examples) const;
};

void AddServe(const Commands& commands);
void AddDemo(const Commands& commands);
void AddImport(const Commands& commands);
void AddExport(const Commands& commands);
void AddBackup(const Commands& commands);
void AddRestore(const Commands& commands);
void AddDoctor(const Commands& commands);
void AddConfig(const Commands& commands);
void AddKey(const Commands& commands);

// --server and --key-file.
void AddServerOptions(CLI::App& command, ServerOptions& options, const Console& console);

// The whole command line.
int Main(int argc, char** argv);

}  // namespace allmende::command
