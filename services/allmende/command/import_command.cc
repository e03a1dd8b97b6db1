// allmende import: sends a list to a running server and says what became of every row.
#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "allmende/registry/v1/registry_service.pb.h"
#include "services/allmende/command/commands.h"

namespace allmende::command {
namespace {

using registry::v1::ImportResponse;

struct ImportOptions {
  ServerOptions server;
  std::string landscape;
  std::string file;
  std::string preset;
  std::filesystem::path mapping_file;
  std::string source;
  std::string report;
  bool dry_run = false;
  bool strict = false;
};

// The summary on stdout; `refused` and the others add up to `rows`.
nlohmann::ordered_json SummaryOf(const ImportResponse& response) {
  const auto& import = response.import();
  const auto& counts = import.counts();
  return {{"rows", counts.rows()},       {"stored", counts.stored()},
          {"updated", counts.updated()}, {"unchanged", counts.unchanged()},
          {"refused", counts.refused()}, {"repaired", counts.repaired()},
          {"source", import.source()},   {"import", import.name()},
          {"dry_run", import.dry_run()}, {"revision", import.last_revision()}};
}

bool Write(const std::string& file, std::string_view text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  return out.flush().good();
}

// Areas go to their own method; which one is meant stands in the mapping's "target".
bool MeansAreas(const nlohmann::json& mapping) { return mapping.is_object() && mapping.value("target", "") == "AREAS"; }

nlohmann::json ParseMapping(std::string_view text) {
  return nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
}

// A mapping that ships with Allmende; null where there is none of this name (the server says so, with what there is).
nlohmann::json MappingOfPreset(HttpClient& client, const std::string& preset) {
  const HttpReply reply = client.Get("/v1/importPresets");
  registry::v1::ListImportPresetsResponse presets;
  if (!reply.ok() || !google::protobuf::util::JsonStringToMessage(reply.body, &presets).ok()) return {};
  for (const auto& known : presets.import_presets()) {
    if (known.name() == preset) return ParseMapping(known.mapping());
  }
  return {};
}

int Import(const ImportOptions& options, Console& console) {
  HttpClient client(options.server, console);
  nlohmann::json mapping;
  if (options.preset.empty()) {
    std::stringstream text;
    text << std::ifstream(options.mapping_file).rdbuf();
    mapping = ParseMapping(text.str());
    if (!mapping.is_object()) {
      return console.Fail(kFailed,
                          fmt::format("{}: {}", options.mapping_file.string(), console.Say("kein JSON", "not JSON")),
                          "docs/betrieb/import.md");
    }
  }
  const bool areas = MeansAreas(options.preset.empty() ? mapping : MappingOfPreset(client, options.preset));
  const std::string path = fmt::format("/v1/landscapes/{}/{}:import{}", options.landscape, areas ? "areas" : "actors",
                                       QueryString({{"preset", options.preset},
                                                    {"mapping", mapping.is_null() ? "" : mapping.dump()},
                                                    {"source", options.source},
                                                    {"dry_run", options.dry_run ? "true" : ""}}));
  const HttpReply reply = client.Upload(path, options.file, "text/csv", [&](std::int64_t done, std::int64_t total) {
    console.Progress(options.file, done, total);
  });
  console.EndProgress();
  if (!reply.ok()) return client.Explain(reply);

  ImportResponse response;
  if (!google::protobuf::util::JsonStringToMessage(reply.body, &response).ok()) {
    return console.Fail(
        kFailed,
        console.Say("Die Antwort des Servers ist unverständlich.", "The server's answer cannot be understood."),
        console.Say("Stimmen die Versionen überein? `allmende doctor`",
                    "Are the versions the same? `allmende doctor`"));
  }
  if (!options.report.empty() && !Write(options.report, reply.body)) {
    return console.Fail(kFailed, options.report,
                        console.Say("Ist der Ordner beschreibbar?", "Can the folder be written?"));
  }
  constexpr int kShown = 10;
  for (int i = 0; i < response.refused_size() && i < kShown; ++i) {
    const auto& remark = response.refused(i);
    console.Note(fmt::format("{} {}{}: {} {}", console.Say("Zeile", "line"), remark.line(),
                             remark.column().empty() ? "" : ", " + remark.column(), remark.message(), remark.remedy()));
  }
  if (response.refused_size() > kShown && options.report.empty()) {
    console.Note(console.Say("Alle abgelehnten Zeilen: --report DATEI", "All refused rows: --report FILE"));
  }
  std::cout << SummaryOf(response).dump() << std::endl;
  return options.strict && response.import().counts().refused() > 0 ? kRowsRefused : kOk;
}

}  // namespace

void AddImport(const Commands& commands) {
  Console& console = commands.console;
  CLI::App* command = commands.Add("import",
                                   console.Say("Liest eine Liste (CSV, TSV) über einen laufenden Server ein",
                                               "Takes in a list (CSV, TSV) through a running server"),
                                   "  allmende import --landscape musterland --preset nrw-schools schuldaten.csv\n"
                                   "  allmende import --landscape musterland --mapping vereine.json --source vereine "
                                   "vereine.csv --dry-run --report bericht.json");
  auto options = std::make_shared<ImportOptions>();
  AddServerOptions(*command, options->server, console);
  command->add_option("--landscape", options->landscape, console.Say("Kennung der Landschaft", "Id of the landscape"))
      ->required();
  auto* preset = command->add_option(
      "--preset", options->preset, console.Say("Name einer mitgelieferten Zuordnung", "Name of a mapping that ships"));
  command
      ->add_option("--mapping", options->mapping_file,
                   console.Say("Zuordnung als JSON-Datei (docs/betrieb/import.md)",
                               "Mapping as a JSON file (docs/betrieb/import.md)"))
      ->check(CLI::ExistingFile)
      ->excludes(preset);
  command->add_option(
      "--source", options->source,
      console.Say("Name der Liste; dieselbe Liste wieder aktualisiert", "Name of the list; the same again updates"));
  command->add_option("--report", options->report,
                      console.Say("Datei für den Nachweis jeder Zeile", "File for the account of every row"));
  command->add_flag("--dry-run", options->dry_run,
                    console.Say("Prüft alles, speichert nichts", "Checks everything, stores nothing"));
  command->add_flag("--strict", options->strict,
                    console.Say("Exit-Code 3, wenn Zeilen abgelehnt wurden", "Exit code 3 where rows were refused"));
  command->add_option("FILE", options->file, console.Say("Die Liste", "The list"))
      ->required()
      ->check(CLI::ExistingFile);
  command->callback([options, &console, &exit_code = commands.exit_code] {
    if (options->preset.empty() && options->mapping_file.empty()) {
      exit_code =
          console.Fail(kUsage, console.Say("Es fehlt --preset oder --mapping.", "--preset or --mapping is missing."),
                       "allmende import --help");
      return;
    }
    exit_code = Import(*options, console);
  });
}

}  // namespace allmende::command
