// allmende key: makes, lists and withdraws API keys in the key file of an installation.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <optional>

#include "common/base/clock.h"
#include "common/identity/grants.h"
#include "common/identity/key_file.h"
#include "services/allmende/command/commands.h"

namespace allmende::command {
namespace {

struct KeyOptions {
  std::filesystem::path data;
  std::filesystem::path file;
  std::vector<std::string> landscapes;
  std::vector<std::string> roles;
  std::vector<std::string> actors;
  std::string expires = "90d";
  std::string note;
  std::string id;

  std::filesystem::path KeyFile() const { return file.empty() ? data / "keys.json" : file; }
};

// "90d", "12h", "2y" -> a duration; absent for anything else, or for nothing and for more than ten years.
std::optional<std::chrono::seconds> ParseSpan(std::string_view text) {
  constexpr std::chrono::seconds kLongest = std::chrono::hours(24) * 3653;
  std::int64_t count = 0;
  std::size_t at = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && count < 1'000'000; ++at) {
    count = count * 10 + (text[at] - '0');
  }
  if (at == 0 || at + 1 != text.size()) return std::nullopt;
  std::chrono::seconds span{0};
  switch (text[at]) {
    case 'h':
      span = std::chrono::hours(count);
      break;
    case 'd':
      span = std::chrono::hours(24 * count);
      break;
    case 'y':
      span = std::chrono::hours(24 * 365 * count);
      break;
    default:
      return std::nullopt;
  }
  if (span <= std::chrono::seconds(0) || span > kLongest) return std::nullopt;
  return span;
}

int Create(const KeyOptions& options, const Console& console) {
  const auto span = ParseSpan(options.expires);
  if (!span) {
    return console.Fail(kUsage, fmt::format("--expires {}", options.expires),
                        console.Say("Zahl mit h, d oder y, höchstens 10y, etwa 90d.",
                                    "A number with h, d or y, at most 10y, such as 90d."));
  }
  identity::NewKey key;
  key.note = options.note;
  key.actors = options.actors;
  key.expires = SystemClock().Now() + *span;
  for (const std::string& name : options.roles) {
    const auto role = identity::RoleFromName(name);
    if (!role) {
      return console.Fail(kUsage, fmt::format("--role {}", name),
                          "public, representative, editor, moderator, admin, integration, operator");
    }
    for (const std::string& landscape : options.landscapes) key.roles[landscape].insert(*role);
  }
  const auto made = identity::AddKey(options.KeyFile(), key, SystemClock());
  if (!made.ok()) return console.Fail(made.status());
  console.Note(console.Say("Der Schlüssel wird nur dieses eine Mal gezeigt und nirgends gespeichert.",
                           "The key is shown only this once and stored nowhere."));
  std::cout << made->Reveal() << std::endl;
  return kOk;
}

int List(const KeyOptions& options, const Console& console) {
  const auto keys = identity::ListKeys(options.KeyFile());
  if (!keys.ok()) return console.Fail(keys.status());
  const Time now = SystemClock().Now();
  for (const auto& key : keys->keys()) {
    std::string roles;
    for (const auto& [landscape, names] : key.roles()) {
      for (const auto& name : names.values()) {
        roles += fmt::format("{}{}:{}", roles.empty() ? "" : ",", landscape, name.string_value());
      }
    }
    const Time expires = FromProto(key.expires());
    fmt::print("{}  {}{}  {}  {}\n", key.id(), ToIso8601(expires).substr(0, 10),
               expires <= now ? console.Say(" (abgelaufen)", " (expired)") : "", roles, key.note());
  }
  return kOk;
}

int Remove(const KeyOptions& options, const Console& console) {
  const auto removed = identity::RemoveKey(options.KeyFile(), options.id);
  if (!removed.ok()) return console.Fail(removed.status());
  if (!*removed) {
    return console.Fail(kFailed, console.Say("Diesen Schlüssel gibt es nicht: ", "There is no such key: ") + options.id,
                        "allmende key list");
  }
  console.Note(console.Say("Entzogen; in einer Sekunde gilt er nirgends mehr.",
                           "Withdrawn; within a second it is valid nowhere."));
  return kOk;
}

void AddPlace(CLI::App& command, KeyOptions& options, const Console& console) {
  auto* data = command.add_option(
      "--data", options.data,
      console.Say("Datenordner; die Datei ist dann DIR/keys.json", "Data folder; the file is DIR/keys.json then"));
  auto* file =
      command.add_option("--keys", options.file, console.Say("Die Schlüsseldatei selbst", "The key file itself"));
  data->excludes(file);
}

}  // namespace

void AddKey(const Commands& commands) {
  Console& console = commands.console;
  int& exit_code = commands.exit_code;
  CLI::App* key =
      commands.Add("key", console.Say("API-Schlüssel anlegen, zeigen, entziehen", "Make, list and withdraw API keys"),
                   "  allmende key create --data /var/lib/allmende --landscape musterland --role editor --expires 90d "
                   "--note \"Portal\"\n"
                   "  allmende key list --data /var/lib/allmende");
  key->require_subcommand(1);
  auto options = std::make_shared<KeyOptions>();

  CLI::App* create =
      key->add_subcommand("create", console.Say("Legt einen Schlüssel an und zeigt ihn", "Makes a key and shows it"));
  create
      ->add_option("--landscape", options->landscapes,
                   console.Say("Kennung der Landschaft, * für alle", "Id of the landscape, * for all"))
      ->required();
  create
      ->add_option("--role", options->roles, "public, representative, editor, moderator, admin, integration, operator")
      ->required();
  create->add_option("--actor", options->actors,
                     console.Say("Akteure, für die ein representative spricht (voller Name)",
                                 "Actors that a representative speaks for (full name)"));
  create
      ->add_option("--expires", options->expires,
                   console.Say("Wie lange er gilt: 12h, 90d, 2y", "How long it is valid: 12h, 90d, 2y"))
      ->capture_default_str();
  create
      ->add_option("--note", options->note,
                   console.Say("Wofür er ist; keine personenbezogenen Daten", "What it is for; no personal data"))
      ->required();
  CLI::App* list = key->add_subcommand(
      "list", console.Say("Zeigt die Schlüssel ohne ihr Geheimnis", "Shows the keys without their secrets"));
  CLI::App* remove = key->add_subcommand("remove", console.Say("Entzieht einen Schlüssel", "Withdraws a key"));
  remove->add_option("ID", options->id, console.Say("Kennung aus `allmende key list`", "Id from `allmende key list`"))
      ->required();
  for (CLI::App* command : {create, list, remove}) AddPlace(*command, *options, console);
  const auto run = [options, &console, &exit_code](int (*action)(const KeyOptions&, const Console&)) {
    return [options, &console, &exit_code, action] {
      const bool placed = !options->data.empty() || !options->file.empty();
      exit_code =
          placed ? action(*options, console)
                 : console.Fail(kUsage, console.Say("Es fehlt --data oder --keys.", "--data or --keys is missing."),
                                "allmende key --help");
    };
  };
  create->callback(run(&Create));
  list->callback(run(&List));
  remove->callback(run(&Remove));
}

}  // namespace allmende::command
