#include "services/allmende/command/commands.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>
#include <string_view>

#include "common/config/settings.h"
#include "services/allmende/version.h"

namespace allmende::command {
namespace {

// The language must be known before the options are described, so --lang is looked for first.
Language LanguageOf(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--lang" && i + 1 < argc) return allmende::LanguageOf(argv[i + 1]);
    if (argument.starts_with("--lang=")) return allmende::LanguageOf(argument.substr(7));
  }
  return config::LanguageOfEnvironment();
}

std::string Footer(const Console& console) {
  return console.Say(
      "Exit-Codes: 0 in Ordnung · 1 fehlgeschlagen · 2 falscher Aufruf · 3 Zeilen abgelehnt (import --strict)\n"
      "            4 Server oder Datenbank antwortet nicht · 5 Schlüssel fehlt oder hat das Recht nicht\n"
      "Hilfe zu einem Befehl: allmende BEFEHL --help",
      "Exit codes: 0 done · 1 failed · 2 wrong usage · 3 rows were refused (import --strict)\n"
      "            4 server or database does not answer · 5 no key, or not the right\n"
      "Help on a command: allmende COMMAND --help");
}

// CLI11 speaks English by itself; these are the words a reader of the help sees.
void Translate(CLI::App& app, const Console& console) {
  if (console.language() == Language::kEnglish) return;
  app.option_defaults()->group("Optionen");
  auto formatter = std::make_shared<CLI::Formatter>();
  formatter->label("OPTIONS", "OPTIONEN");
  formatter->label("Usage", "Aufruf");
  formatter->label("SUBCOMMAND", "BEFEHL");
  formatter->label("SUBCOMMANDS", "BEFEHLE");
  formatter->label("Positionals", "Angaben");
  formatter->label("REQUIRED", "nötig");
  formatter->label("TEXT", "TEXT");
  formatter->label("UINT", "ZAHL");
  formatter->label("INT", "ZAHL");
  app.formatter(formatter);
}

int UsageError(const CLI::ParseError& error, const CLI::App& app, const Console& console) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  std::string path = command->get_name();
  for (const CLI::App* up = command->get_parent(); up != nullptr; up = up->get_parent()) {
    path = up->get_name() + " " + path;
  }
  return console.Fail(kUsage, error.what(), path + " --help");
}

}  // namespace

CLI::App* Commands::Add(const std::string& name, const std::string& description, const std::string& examples) const {
  CLI::App* command = app.add_subcommand(name, description);
  command->group(console.Say("Befehle", "Commands"));
  command->footer(fmt::format("{}:\n{}", console.Say("Beispiele", "Examples"), examples));
  return command;
}

void AddServerOptions(CLI::App& command, ServerOptions& options, const Console& console) {
  command
      .add_option("--server", options.url,
                  console.Say("Adresse des laufenden Servers", "Address of the running server"))
      ->capture_default_str();
  command
      .add_option("--key-file", options.key_file,
                  console.Say("Datei mit dem API-Schlüssel; sonst gilt ALLMENDE_KEY",
                              "File that holds the API key; otherwise ALLMENDE_KEY counts"))
      ->check(CLI::ExistingFile);
}

int Main(int argc, char** argv) {
  Console console(LanguageOf(argc, argv));
  curl_global_init(CURL_GLOBAL_DEFAULT);
  CLI::App app(console.Say("Allmende: der gemeinsame Grund einer kommunalen Bildungslandschaft.",
                           "Allmende: the shared ground of a municipal education landscape."),
               "allmende");
  Translate(app, console);
  app.footer(Footer(console));
  app.set_version_flag("--version", std::string(kVersion), console.Say("Zeigt die Version", "Shows the version"));
  app.set_help_flag("-h,--help", console.Say("Zeigt diese Hilfe", "Shows this help"));
  std::string language;
  app.add_option("--lang", language,
                 console.Say("Sprache der Ausgaben: de oder en", "Language of the output: de or en"));
  app.require_subcommand(1);
  app.fallthrough();

  int exit_code = kOk;
  const Commands commands{app, console, exit_code};
  AddServe(commands);
  AddDemo(commands);
  AddImport(commands);
  AddExport(commands);
  AddBackup(commands);
  AddRestore(commands);
  AddDoctor(commands);
  AddConfig(commands);
  AddKey(commands);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help and --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return UsageError(error, app, console);
  }
  return exit_code;
}

}  // namespace allmende::command
