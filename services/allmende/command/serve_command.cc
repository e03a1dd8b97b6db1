// allmende serve: every service in this process, and the door in front of them. allmende config: its settings.
#include <fmt/format.h>

#include <memory>

#include "common/app/run.h"
#include "services/allmende/command/commands.h"
#include "services/allmende/command/installation.h"
#include "services/analytics/app.h"
#include "services/cooperation/app.h"
#include "services/gateway/app.h"
#include "services/registry/app.h"

namespace allmende::command {
namespace {

struct ServeSettings {
  app::Settings values;
  config::Settings declared;

  ServeSettings() { app::Declare(declared, values); }
};

}  // namespace

void AddServe(const Commands& commands) {
  Console& console = commands.console;
  CLI::App* command = commands.Add(
      "serve", console.Say("Startet alle Dienste in einem Prozess", "Starts all services in one process"),
      "  allmende serve --data /var/lib/allmende --listen 127.0.0.1:8080\n"
      "  allmende serve --data /var/lib/allmende --database postgresql://allmende@localhost/allmende --redis "
      "redis://localhost\n"
      "  allmende serve --data /tmp/allmende --development");
  auto settings = std::make_shared<ServeSettings>();
  settings->declared.AttachTo(*command, console.language());
  command->callback([settings, &console, &exit_code = commands.exit_code] {
    if (const absl::Status status = settings->declared.Resolve(); !status.ok()) {
      exit_code = UnusableSettings(status, console);
      return;
    }
    KeepToYourself();
    exit_code = app::RunUntilSignal(
        settings->values, {&registry::Bind, &cooperation::Bind, &analytics::Bind, &gateway::Bind}, console.language());
  });
}

void AddConfig(const Commands& commands) {
  Console& console = commands.console;
  CLI::App* config = commands.Add("config", console.Say("Zeigt die Einstellungen", "Shows the settings"),
                                  "  allmende config print\n"
                                  "  allmende config print --config /etc/allmende/allmende.toml");
  config->require_subcommand(1);
  CLI::App* print = config->add_subcommand(
      "print", console.Say("Alle Einstellungen, was gilt und woher, als TOML ohne Geheimnisse",
                           "All settings, what is in force and from where, as TOML without secrets"));
  auto settings = std::make_shared<ServeSettings>();
  settings->declared.AttachTo(*print, console.language());
  print->callback([settings, &console, &exit_code = commands.exit_code] {
    const absl::Status status = settings->declared.Resolve();
    if (!status.ok()) {
      exit_code = UnusableSettings(status, console);
      return;
    }
    fmt::print("{}", settings->declared.Print(console.language()));
  });
}

}  // namespace allmende::command
