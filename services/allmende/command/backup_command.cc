// allmende backup: everything of an installation in one file, while it goes on working.
// allmende restore: that file into an empty installation, and the proof that nothing differs.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/base/macros.h"
#include "common/store/sql/sql_store.h"
#include "common/store/sqlite/sqlite_engine.h"
#include "services/allmende/backup/archive.h"
#include "services/allmende/backup/history_file.h"
#include "services/allmende/backup/survey.h"
#include "services/allmende/command/installation.h"
#include "services/allmende/version.h"
#include "services/registry/app.h"
#include "services/registry/resources.h"

namespace allmende::command {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char* kManifest = "manifest.json";
constexpr const char* kHistory = "registry.jsonl";
constexpr const char* kKeys = "keys.json";

struct BackupCommand {
  Installation installation;
  std::string archive;
  bool verify = false;
};

absl::Status Trouble(const fs::path& file) { return Error(Reason::TEMPORARILY_UNAVAILABLE, {{"what", file.string()}}); }

// A folder beside the archive or the data, so that the space is where it will be needed anyway.
class WorkFolder {
 public:
  explicit WorkFolder(const fs::path& beside) {
    const fs::path parent = fs::absolute(beside).parent_path();
    std::string pattern = parent / ".allmende-XXXXXX";
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~WorkFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

bool WriteText(const fs::path& file, std::string_view text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  return out.flush().good();
}

// PostgreSQL is read where it stands. SQLite belongs to the process that serves, so a consistent copy is read instead.
absl::StatusOr<std::unique_ptr<store::sql::Engine>> OpenSource(const app::Settings& settings, const fs::path& folder) {
  if (!settings.database.Reveal().empty()) return registry::OpenEngine(settings);
  RETURN_IF_ERROR(store::sqlite::BackUp(registry::DatabaseFile(settings.data), registry::DatabaseFile(folder)));
  app::Settings copy = settings;
  copy.data = folder;
  return registry::OpenEngine(copy);
}

absl::Status WriteManifest(const fs::path& file, const backup::Survey& survey) {
  const ordered_json manifest{
      {"allmende", kVersion}, {"time", ToIso8601(SystemClock().Now())}, {"landscapes", backup::ToJson(survey)}};
  if (!WriteText(file, manifest.dump(2) + "\n")) return Trouble(file);
  std::cout << manifest.dump() << std::endl;
  return absl::OkStatus();
}

absl::Status Backup(const BackupCommand& command, Console& console) {
  const app::Settings& settings = command.installation.settings;
  const WorkFolder folder(command.archive);
  if (folder.path().empty()) return Trouble(command.archive);
  const fs::path history = folder.path() / kHistory;
  ASSIGN_OR_RETURN(auto source, OpenSource(settings, folder.path()));
  ASSIGN_OR_RETURN(const auto revisions, backup::WriteHistory(*source, history, [&](std::int64_t lines) {
                     console.Progress(kHistory, lines, 0);
                   }));
  console.EndProgress();
  // What a restore must give is read from the source, not from the file that was made of it.
  ASSIGN_OR_RETURN(const auto store, store::sql::OpenSqlStore(std::move(source), registry::Resources(), {}));
  ASSIGN_OR_RETURN(const backup::Survey survey, backup::TakeSurvey(*store, registry::Resources(), revisions));

  std::vector<backup::Entry> entries{{folder.path() / kManifest, kManifest}, {history, kHistory}};
  if (fs::exists(settings.KeyFile())) entries.push_back({settings.KeyFile(), kKeys});
  RETURN_IF_ERROR(WriteManifest(entries.front().file, survey));
  return backup::Pack(command.archive, entries);
}

absl::StatusOr<backup::Survey> ReadManifest(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  const auto json = ordered_json::parse(text.str(), nullptr, /*allow_exceptions=*/false);
  if (json.is_object() && json.contains("landscapes")) {
    if (auto survey = backup::SurveyFromJson(json["landscapes"])) return *std::move(survey);
  }
  return FieldError(file.filename().string(), Reason::MALFORMED,
                    {{"value", file.filename().string()}, {"expected", "allmende backup"}});
}

// The differences, a sentence each.
absl::StatusOr<std::vector<std::string>> RestoreAll(const BackupCommand& command, Console& console) {
  const app::Settings& settings = command.installation.settings;
  KeepToYourself();
  std::error_code failed;
  fs::create_directories(settings.data, failed);
  if (failed) return Trouble(settings.data);
  if (fs::exists(settings.KeyFile()) || fs::exists(registry::DatabaseFile(settings.data))) {
    return Error(Reason::ALREADY_EXISTS, {{"name", settings.data}});
  }
  const WorkFolder folder(fs::path(settings.data) / "work");
  if (folder.path().empty()) return Trouble(settings.data);
  RETURN_IF_ERROR(backup::Unpack(command.archive, folder.path()));
  ASSIGN_OR_RETURN(const backup::Survey expected, ReadManifest(folder.path() / kManifest));
  {
    ASSIGN_OR_RETURN(auto engine, registry::OpenEngine(settings));
    ASSIGN_OR_RETURN(const auto replay, store::sql::Replay::Open(std::move(engine), registry::Resources()));
    RETURN_IF_ERROR(backup::ReadHistory(folder.path() / kHistory, *replay,
                                        [&](std::int64_t lines) { console.Progress(kHistory, lines, 0); }));
    console.EndProgress();
  }
  if (fs::exists(folder.path() / kKeys)) {
    fs::copy_file(folder.path() / kKeys, settings.KeyFile(), failed);
    if (failed) return Trouble(settings.KeyFile());
    fs::permissions(settings.KeyFile(), fs::perms::owner_read | fs::perms::owner_write, failed);
  }
  if (!command.verify) return std::vector<std::string>();
  ASSIGN_OR_RETURN(auto engine, registry::OpenEngine(settings));
  ASSIGN_OR_RETURN(const auto store, store::sql::OpenSqlStore(std::move(engine), registry::Resources(), {}));
  ASSIGN_OR_RETURN(const backup::Survey found, backup::TakeSurvey(*store, registry::Resources()));
  return backup::Differences(expected, found);
}

int RunRestore(const BackupCommand& command, Console& console) {
  const auto differences = RestoreAll(command, console);
  if (!differences.ok()) return console.Fail(differences.status());
  ordered_json result{{"restored", command.installation.settings.data}};
  if (command.verify) result["differences"] = *differences;
  std::cout << result.dump() << std::endl;
  if (differences->empty()) return kOk;
  return console.Fail(
      kFailed,
      console.Say("Das Wiederhergestellte weicht von der Sicherung ab.", "What was restored differs from the backup."),
      console.Say("Eine andere Sicherung nehmen; diese und die Ausgabe aufheben.",
                  "Take another backup; keep this one and the output."));
}

}  // namespace

void AddBackup(const Commands& commands) {
  Console& console = commands.console;
  CLI::App* command = commands.Add(
      "backup",
      console.Say("Sichert alles in eine Datei, im laufenden Betrieb", "Backs everything up into a file, online"),
      "  allmende backup --data /var/lib/allmende --to /backup/allmende-2024-06-01");
  auto options = std::make_shared<BackupCommand>();
  options->installation.AttachTo(*command, console.language());
  command->add_option("--to", options->archive, console.Say("Die Datei, die entsteht", "The file to make"))->required();
  command->callback([options, &console, &exit_code = commands.exit_code] {
    absl::Status status = options->installation.Resolve();
    if (!status.ok()) {
      exit_code = UnusableSettings(status, console);
      return;
    }
    status = Backup(*options, console);
    exit_code = status.ok() ? kOk : console.Fail(status);
  });
}

void AddRestore(const Commands& commands) {
  Console& console = commands.console;
  CLI::App* command = commands.Add(
      "restore",
      console.Say("Stellt eine Sicherung in einem leeren Ordner wieder her", "Restores a backup into an empty folder"),
      "  allmende restore --from /backup/allmende-2024-06-01 --data /var/lib/allmende-neu --verify");
  auto options = std::make_shared<BackupCommand>();
  options->installation.AttachTo(*command, console.language());
  command->add_option("--from", options->archive, console.Say("Die Sicherung", "The backup"))->required();
  command->add_flag("--verify", options->verify,
                    console.Say("Liest alles und vergleicht es mit der Sicherung",
                                "Reads everything and compares it with the backup"));
  command->callback([options, &console, &exit_code = commands.exit_code] {
    if (const absl::Status status = options->installation.Resolve(); !status.ok()) {
      exit_code = UnusableSettings(status, console);
      return;
    }
    exit_code = RunRestore(*options, console);
  });
}

}  // namespace allmende::command
