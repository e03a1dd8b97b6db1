#include "common/testing/temporary_postgres.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace allmende {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

// PostgreSQL refuses to run as root; this user comes with its package.
constexpr char kServerUser[] = "postgres";
constexpr auto kStartLimit = 60s;

std::filesystem::path BinaryFolder() {
  const char* elsewhere = std::getenv("ALLMENDE_POSTGRES_BIN");
  return elsewhere != nullptr ? elsewhere : "/usr/lib/postgresql/15/bin";
}

std::string ContentOf(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// The processes that `parent` started. Threads of the server do not exist: PostgreSQL is all processes.
std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::istringstream list(ContentOf(fmt::format("/proc/{0}/task/{0}/children", parent)));
  std::vector<pid_t> children;
  for (pid_t child = 0; list >> child;) children.push_back(child);
  return children;
}

// Ended, or dead and only waiting to be noticed by whoever inherited it.
bool Gone(pid_t process) {
  const std::string stat = ContentOf(fmt::format("/proc/{}/stat", process));
  const std::size_t name_end = stat.rfind(')');
  return name_end == std::string::npos || stat.substr(name_end).starts_with(") Z");
}

struct ConnectionCloser {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, ConnectionCloser>;

}  // namespace

std::string TemporaryPostgres::MissingBecause() {
  const std::filesystem::path server = BinaryFolder() / "postgres";
  if (access(server.c_str(), X_OK) != 0)
    return fmt::format("{} is not there (Debian package postgresql-15)", server.string());
  if (geteuid() == 0 && getpwnam(kServerUser) == nullptr)
    return fmt::format("root needs a user {} to run it as", kServerUser);
  return {};
}

TemporaryPostgres& TemporaryPostgres::Shared() {
  static TemporaryPostgres shared;
  return shared;
}

TemporaryPostgres::TemporaryPostgres(std::vector<std::string> settings)
    : port_(FreePort()), settings_(std::move(settings)) {
  if (geteuid() == 0) {
    const passwd* user = getpwnam(kServerUser);
    if (user == nullptr || chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) != 0) {
      GiveUp(fmt::format("{} cannot be given to the user {}", folder_.path().string(), kServerUser));
    }
  }
  ChildProcess initdb({.command = {BinaryFolder() / "initdb", "-D", folder_ / "data", "-U", "postgres", "-A", "trust",
                                   "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"},
                       .output = folder_ / "initdb.log",
                       .user = kServerUser});
  if (initdb.Wait() != 0) GiveUp("initdb failed:\n" + ContentOf(folder_ / "initdb.log"));
  Start();
  Execute("postgres", "CREATE ROLE allmende LOGIN CREATEDB CREATEROLE");
}

TemporaryPostgres::~TemporaryPostgres() { Abort(); }

void TemporaryPostgres::Start() {
  std::vector<std::string> command = {BinaryFolder() / "postgres",
                                      "-D",
                                      folder_ / "data",
                                      "-p",
                                      std::to_string(port_),
                                      "-k",
                                      folder_.path(),
                                      "-h",
                                      "127.0.0.1"};
  std::vector<std::string> settings = {"max_connections=120", "shared_buffers=64MB", "fsync=on",
                                       "synchronous_commit=on", "recovery_init_sync_method=syncfs"};
  settings.insert(settings.end(), settings_.begin(), settings_.end());
  for (const std::string& setting : settings) command.insert(command.end(), {"-c", setting});
  server_ = std::make_unique<ChildProcess>(ChildOptions{
      .command = command, .output = folder_ / "server.log", .user = kServerUser, .signal_with_parent = SIGQUIT});
  for (const auto until = steady_clock::now() + kStartLimit; !Accepts();) {
    if (!server_->Running() || steady_clock::now() > until) {
      GiveUp("PostgreSQL does not start:\n" + ContentOf(folder_ / "server.log"));
    }
    std::this_thread::sleep_for(20ms);
  }
}

void TemporaryPostgres::Stop() {
  if (server_ == nullptr) return;
  server_->Signal(SIGINT);
  server_->Wait();
  server_.reset();
}

void TemporaryPostgres::Abort() {
  if (server_ == nullptr) return;
  Resume();
  server_->Signal(SIGQUIT);
  server_->Wait();
  server_.reset();
}

void TemporaryPostgres::Kill() {
  if (server_ == nullptr) return;
  server_->Signal(SIGSTOP);  // so that it starts no further process meanwhile
  const std::vector<pid_t> children = ChildrenOf(server_->pid());
  for (const pid_t child : children) kill(child, SIGKILL);
  server_.reset();  // kills
  for (const pid_t child : children) {
    while (!Gone(child)) std::this_thread::sleep_for(2ms);
  }
}

void TemporaryPostgres::Restart() {
  Abort();
  Start();
}

void TemporaryPostgres::SignalAll(int signal) const {
  if (server_ == nullptr) return;
  server_->Signal(signal);
  for (const pid_t child : ChildrenOf(server_->pid())) kill(child, signal);
}

void TemporaryPostgres::Pause() { SignalAll(SIGSTOP); }
void TemporaryPostgres::Resume() { SignalAll(SIGCONT); }

bool TemporaryPostgres::Accepts() const { return PQping(SuperuserUrlOf("postgres").c_str()) == PQPING_OK; }

std::string TemporaryPostgres::NewDatabase() {
  const std::string name = fmt::format("test_{}", ++databases_);
  Execute("postgres", fmt::format("CREATE DATABASE {} OWNER allmende", name));
  return UrlOf(name);
}

std::string TemporaryPostgres::UrlOf(std::string_view database) const {
  return fmt::format("postgresql://allmende@127.0.0.1:{}/{}", port_, database);
}

std::string TemporaryPostgres::SocketUrlOf(std::string_view database) const {
  return fmt::format("postgresql:///{}?user=allmende&host={}&port={}", database, folder_.path().string(), port_);
}

std::string TemporaryPostgres::SuperuserUrlOf(std::string_view database) const {
  return fmt::format("postgresql://postgres@127.0.0.1:{}/{}?connect_timeout=5", port_, database);
}

std::string TemporaryPostgres::Execute(std::string_view database, const std::string& sql) const {
  const Connection connection(PQconnectdb(SuperuserUrlOf(database).c_str()));
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    GiveUp(fmt::format("{}\n{}", sql, PQerrorMessage(connection.get())));
  }
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

std::string TemporaryPostgres::DatabaseOf(std::string_view url) {
  const std::string_view path = url.substr(0, url.find('?'));
  return std::string(path.substr(path.rfind('/') + 1));
}

}  // namespace allmende
