// allmende demo: the fictional Landkreis Musterland, into an installation's data or a running server.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "common/base/macros.h"
#include "common/store/sql/sql_store.h"
#include "services/allmende/command/installation.h"
#include "services/allmende/command/server_sink.h"
#include "services/allmende/demo/writer.h"
#include "services/registry/app.h"
#include "services/registry/resources.h"

namespace allmende::command {
namespace {

struct DemoCommand {
  Installation installation;
  ServerOptions server;
  bool to_server = false;
  demo::DemoOptions demo;
  std::string truth_file;
};

absl::StatusOr<std::unique_ptr<store::Store>> OpenStore(const app::Settings& settings) {
  KeepToYourself();
  std::error_code failed;
  std::filesystem::create_directories(settings.data, failed);  // where that fails, opening says so
  ASSIGN_OR_RETURN(auto engine, registry::OpenEngine(settings));
  return store::sql::OpenSqlStore(std::move(engine), registry::Resources(), {});
}

int Done(const demo::DemoOptions& options, const demo::Written& written) {
  const nlohmann::ordered_json summary{{"landscape", options.landscape},
                                       {"areas", written.areas},
                                       {"actors", written.actors},
                                       {"sites", written.sites},
                                       {"recorded_twice", written.truth}};
  std::cout << summary.dump() << std::endl;
  return kOk;
}

int Run(const DemoCommand& command, Console& console) {
  std::ofstream truth;
  if (!command.truth_file.empty()) {
    truth.open(command.truth_file, std::ios::binary);
    truth << demo::TruthHeader();
  }
  const auto on_pair = [&](const demo::TruthPair& pair) {
    if (truth.is_open()) truth << demo::ToCsvLine(pair);
  };
  const auto on_progress = [&](int done) { console.Progress("demo", done, command.demo.scale); };

  absl::StatusOr<demo::Written> written = absl::InternalError("");
  HttpReply last{.status = 200, .body = {}, .headers = {}};
  HttpClient client(command.server, console);
  if (command.to_server) {
    const auto sink = ServerSink(client, command.demo.landscape, last);
    written = demo::WriteDemo(command.demo, *sink, on_pair, on_progress);
  } else {
    const auto store = OpenStore(command.installation.settings);
    if (!store.ok()) return console.Fail(store.status());
    const auto types = registry::Resources();
    const auto sink = demo::StoreSink(**store, types, command.demo.landscape);
    written = demo::WriteDemo(command.demo, *sink, on_pair, on_progress);
  }
  console.EndProgress();
  if (!last.ok()) return client.Explain(last);
  if (!written.ok()) return console.Fail(written.status());
  truth.flush();
  if (!truth.good()) {
    return console.Fail(kFailed, command.truth_file,
                        console.Say("Ist der Ordner beschreibbar?", "Can the folder be written?"));
  }
  return Done(command.demo, *written);
}

}  // namespace

void AddDemo(const Commands& commands) {
  Console& console = commands.console;
  CLI::App* command = commands.Add("demo",
                                   console.Say("Legt die Demo-Landschaft „Landkreis Musterland“ an",
                                               "Makes the demo landscape \"Landkreis Musterland\""),
                                   "  allmende demo --data /tmp/allmende\n"
                                   "  allmende demo --server http://127.0.0.1:8080\n"
                                   "  allmende demo --data /tmp/gross --scale 100 --truth doppelte.csv");
  auto options = std::make_shared<DemoCommand>();
  options->installation.AttachTo(*command, console.language());
  AddServerOptions(*command, options->server, console);
  command
      ->add_option("--landscape", options->demo.landscape, console.Say("Kennung der Landschaft", "Id of the landscape"))
      ->capture_default_str();
  command
      ->add_option("--seed", options->demo.seed,
                   console.Say("Derselbe Wert ergibt dieselbe Landschaft", "The same value makes the same landscape"))
      ->capture_default_str();
  command
      ->add_option("--scale", options->demo.scale,
                   console.Say("So viele Kreise, je rund 900 Akteure", "So many Kreise, each about 900 actors"))
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--truth", options->truth_file,
                      console.Say("CSV-Datei mit den Akteuren, die zweimal erfasst sind",
                                  "CSV file of the actors that are recorded twice"));
  command->callback([options, command, &console, &exit_code = commands.exit_code] {
    options->to_server = command->count("--server") > 0;
    if (const absl::Status status = options->installation.Resolve(); !status.ok()) {
      exit_code = UnusableSettings(status, console);
      return;
    }
    exit_code = Run(*options, console);
  });
}

}  // namespace allmende::command
