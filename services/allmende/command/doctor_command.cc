// allmende doctor: looks at an installation, or at a running server, and says of everything whether it is well and,
// where it is not, what helps.
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "common/base/clock.h"
#include "common/cache/redis_connection.h"
#include "common/identity/key_file.h"
#include "common/rpc/client.h"
#include "services/allmende/command/installation.h"
#include "services/allmende/version.h"
#include "services/registry/app.h"

namespace allmende::command {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kGrpc = "grpc://";
constexpr std::uint64_t kLittleSpace = 1ULL << 30U;  // bytes

enum class Health { kWell, kWarning, kIll };

struct Finding {
  Health health = Health::kWell;
  std::string subject;
  std::string text;
  std::string remedy = {};
};

class Doctor {
 public:
  Doctor(const app::Settings& settings, const Console& console) : settings_(settings), console_(console) {}

  std::vector<Finding> LookAtInstallation() {
    Versions();
    Clock();
    if (DataFolder()) {
      Space();
      if (settings_.database.Reveal().empty()) Lock();
    }
    if (!settings_.database.Reveal().empty()) Database();
    if (!settings_.redis.Reveal().empty()) Redis();
    Keys();
    return std::move(findings_);
  }

  // http(s)://... asks the pages of the gateway, grpc://host:port the health of a single service.
  std::vector<Finding> LookAtServer(const ServerOptions& server) {
    Versions();
    if (server.url.starts_with(kGrpc)) {
      const auto channel = rpc::ChannelTo(server.url.substr(kGrpc.size()), "");
      const bool serving = rpc::IsServing(channel, "", std::chrono::seconds(2));
      Add({serving ? Health::kWell : Health::kIll, server.url,
           serving ? "SERVING" : Say("antwortet nicht oder ist nicht bereit", "does not answer or is not ready"),
           serving ? ""
                   : Say("Was fehlt, steht im Protokoll unter \"not ready\".",
                         "What is missing is in the log under \"not ready\".")});
      return std::move(findings_);
    }
    HttpClient client(server, console_);
    for (const std::string page : {"/healthz", "/readyz"}) {
      const HttpReply reply = client.Get(page);
      if (reply.ok()) {
        Add({Health::kWell, server.url, page});
      } else if (reply.status == 0) {
        Add({Health::kIll, server.url, Say("antwortet nicht", "does not answer"),
             Say("Läuft er, und stimmt die Adresse? systemctl status allmende",
                 "Is it running, and is the address right? systemctl status allmende")});
        break;
      } else {
        Add({Health::kIll, server.url, fmt::format("{}: HTTP {} {}", page, reply.status, reply.body),
             Say("Was fehlt, steht im Protokoll unter \"not ready\".",
                 "What is missing is in the log under \"not ready\".")});
      }
    }
    return std::move(findings_);
  }

 private:
  void Add(Finding finding) { findings_.push_back(std::move(finding)); }
  std::string Say(std::string_view german, std::string_view english) const { return console_.Say(german, english); }

  void Versions() {
    Add({Health::kWell, Say("Version", "version"),
         fmt::format("allmende {}, SQLite {}", kVersion, sqlite3_libversion())});
  }

  void Clock() {
    timex state{};
    const bool synchronised = adjtimex(&state) != TIME_ERROR;
    Add({synchronised ? Health::kWell : Health::kWarning, Say("Uhr", "clock"), ToIso8601(SystemClock().Now()),
         synchronised ? ""
                      : Say("Nicht abgeglichen: einen Zeitdienst einrichten (timedatectl set-ntp true).",
                            "Not synchronised: set up a time service (timedatectl set-ntp true).")});
  }

  bool DataFolder() {
    const std::string subject = Say("Datenordner", "data folder");
    if (!fs::is_directory(settings_.data)) {
      Add({Health::kIll, subject, Say("fehlt: ", "missing: ") + settings_.data,
           fmt::format("mkdir -p {0} && chmod 700 {0}", settings_.data)});
      return false;
    }
    if (access(settings_.data.c_str(), R_OK | W_OK | X_OK) != 0) {
      Add({Health::kIll, subject, Say("nicht beschreibbar: ", "cannot be written: ") + settings_.data,
           fmt::format("chown allmende {}", settings_.data)});
      return false;
    }
    Add({Health::kWell, subject, settings_.data});
    return true;
  }

  void Space() {
    struct statvfs state {};
    if (statvfs(settings_.data.c_str(), &state) != 0) return;
    const std::uint64_t free = static_cast<std::uint64_t>(state.f_bavail) * state.f_frsize;
    Add({free < kLittleSpace ? Health::kWarning : Health::kWell, Say("freier Platz", "free space"),
         fmt::format("{} MiB", free >> 20U),
         free < kLittleSpace ? Say("Platz schaffen; ohne Platz werden Änderungen abgelehnt.",
                                   "Make space; without it changes are refused.")
                             : ""});
  }

  void Lock() {
    const fs::path file = registry::DatabaseFile(settings_.data).string() + ".lock";
    const int descriptor = open(file.c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0) {
      Add({Health::kWell, Say("Datenbank", "database"), Say("noch keine (SQLite)", "none yet (SQLite)")});
      return;
    }
    const bool free = flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    close(descriptor);
    Add({Health::kWell, Say("Datenbank", "database"),
         free ? Say("SQLite, gerade von niemandem geöffnet", "SQLite, opened by nobody at the moment")
              : Say("SQLite, von einem laufenden Prozess geöffnet", "SQLite, opened by a running process")});
  }

  void Database() {
    const auto engine = registry::OpenEngine(settings_);
    const auto session = engine.ok() ? (*engine)->Reader("", std::chrono::steady_clock::now() + std::chrono::seconds(5))
                                     : absl::StatusOr<store::sql::SessionPtr>(engine.status());
    std::string version;
    absl::Status status = session.status();
    if (status.ok()) {
      status = (*session)->Run("SHOW server_version", {}, [&](const store::sql::Row& row) { version = row.Text(0); });
    }
    if (status.ok()) {
      Add({Health::kWell, "PostgreSQL", version});
    } else {
      Add({Health::kIll, "PostgreSQL", MessageOf(DetailOf(status), console_.language()),
           Say("Läuft sie, und stimmt --database? pg_isready -d …",
               "Is it running, and is --database right? pg_isready -d …")});
    }
  }

  void Redis() {
    const auto address = cache::ParseRedisUrl(settings_.redis.Reveal());
    if (!address) {
      Add({Health::kIll, "Redis", Say("die Adresse ist keine", "the address is none"),
           "redis://[:password@]host:port/0"});
      return;
    }
    const std::string where = fmt::format("{}:{}", address->host, address->port);
    const auto connection = cache::RedisConnection::Open(*address);
    if (connection != nullptr && connection->Run({{"PING"}}, std::chrono::seconds(1)).has_value()) {
      Add({Health::kWell, "Redis", where});
    } else {
      Add({Health::kIll, "Redis", fmt::format("{} {}", where, Say("antwortet nicht", "does not answer")),
           Say("Läuft er, und stimmt das Passwort? Ohne ihn geht alles, nur langsamer.",
               "Is it running, and is the password right? Without it everything works, only slower.")});
    }
  }

  void Keys() {
    const std::string subject = Say("Schlüssel", "keys");
    const fs::path file = settings_.KeyFile();
    const auto keys = identity::ListKeys(file);
    if (!keys.ok()) {
      Add({Health::kIll, subject, MessageOf(DetailOf(keys.status()), console_.language()),
           Say("Die Datei aus der Sicherung zurückholen: ", "Get the file back from the backup: ") + file.string()});
      return;
    }
    const Time now = SystemClock().Now();
    int expired = 0;
    for (const auto& key : keys->keys()) expired += FromProto(key.expires()) <= now ? 1 : 0;
    const bool none = keys->keys_size() == expired;
    Add({none ? Health::kWarning : Health::kWell, subject,
         fmt::format(fmt::runtime(Say("{} gültig, {} abgelaufen", "{} valid, {} expired")), keys->keys_size() - expired,
                     expired),
         none ? "allmende key create --help" : ""});
    std::error_code failed;
    const auto status = fs::status(file, failed);
    if (!failed && fs::exists(status) &&
        (status.permissions() & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none) {
      Add({Health::kWarning, subject, Say("auch für andere lesbar", "readable for others, too"),
           "chmod 600 " + file.string()});
    }
  }

  const app::Settings& settings_;
  const Console& console_;
  std::vector<Finding> findings_;
};

int Report(const std::vector<Finding>& findings, bool quiet, const Console& console) {
  bool ill = false;
  for (const Finding& finding : findings) {
    ill = ill || finding.health == Health::kIll;
    if (quiet && finding.health != Health::kIll) continue;
    const std::string mark = finding.health == Health::kWell      ? console.Say("gut     ", "well    ")
                             : finding.health == Health::kWarning ? console.Say("Hinweis ", "notice  ")
                                                                  : console.Say("Mangel  ", "ill     ");
    fmt::print("{} {}: {}\n", mark, finding.subject, finding.text);
    if (!finding.remedy.empty()) fmt::print("         {}: {}\n", console.Say("Abhilfe", "Remedy"), finding.remedy);
  }
  return ill ? kFailed : kOk;
}

}  // namespace

void AddDoctor(const Commands& commands) {
  struct DoctorCommand {
    Installation installation;
    ServerOptions server;
    bool quiet = false;
  };
  Console& console = commands.console;
  CLI::App* command = commands.Add(
      "doctor",
      console.Say("Prüft eine Installation oder einen laufenden Server", "Checks an installation or a running server"),
      "  allmende doctor --data /var/lib/allmende\n"
      "  allmende doctor --config /etc/allmende/allmende.toml\n"
      "  allmende doctor --server http://127.0.0.1:8080\n"
      "  allmende doctor --server grpc://127.0.0.1:9090");
  auto options = std::make_shared<DoctorCommand>();
  options->installation.AttachTo(*command, console.language());
  AddServerOptions(*command, options->server, console);
  command->add_flag("--quiet", options->quiet, console.Say("Nur Mängel zeigen", "Show only what is ill"));
  command->callback([options, command, &console, &exit_code = commands.exit_code] {
    if (const absl::Status status = options->installation.Resolve(); !status.ok()) {
      exit_code = UnusableSettings(status, console);
      return;
    }
    Doctor doctor(options->installation.settings, console);
    const auto findings =
        command->count("--server") > 0 ? doctor.LookAtServer(options->server) : doctor.LookAtInstallation();
    exit_code = Report(findings, options->quiet, console);
  });
}

}  // namespace allmende::command
