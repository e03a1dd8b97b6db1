#include "common/app/run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "common/config/settings.h"
#include "common/log/log.h"

namespace allmende::app {
namespace {

constexpr int kOk = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kUnreachable = 4;

int Fail(const absl::Status& status, Language language) {
  fmt::print(stderr, "{}\n", config::Explain(status, language));
  if (status.code() == absl::StatusCode::kInvalidArgument || status.code() == absl::StatusCode::kNotFound)
    return kUsage;
  return status.code() == absl::StatusCode::kUnavailable ? kUnreachable : kFailed;
}

sigset_t EndingSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// Waits on a thread of its own for the signal that does not want to wait for the drain.
void EndAtOnceOnNextSignal(const sigset_t& signals) {
  std::thread([signals] {
    int signal = 0;
    sigwait(&signals, &signal);
    log::Warning("ended at once by a second signal");
    std::_Exit(128 + signal);
  }).detach();
}

void TakeAllDescriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int RunUntilSignal(Settings settings, const std::vector<Bind>& binds, Language language,
                   const std::function<void(Application&)>& on_ready) {
  // Blocked before any thread starts, so that every thread inherits it and only sigwait sees these signals.
  const sigset_t signals = EndingSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  TakeAllDescriptors();
  auto application = Application::Start(std::move(settings), binds);
  if (!application.ok()) return Fail(application.status(), language);
  for (const std::string& address : (*application)->addresses())
    log::Info("listening", {{"address", address}, {"protocol", "grpc"}});
  if (on_ready) on_ready(**application);

  int signal = 0;
  sigwait(&signals, &signal);
  log::Info("ending", {{"signal", signal}});
  EndAtOnceOnNextSignal(signals);
  if (!(*application)->Stop()) {
    log::Error("a handler hangs, the process ends without waiting for it");
    std::_Exit(kFailed);
  }
  log::Info("ended");
  return kOk;
}

int RunApplication(int argc, char** argv, std::string_view name, const Bind& bind, Settings defaults) {
  const Language language = config::LanguageOfEnvironment();
  Settings settings = std::move(defaults);
  config::Settings declared;
  Declare(declared, settings);
  CLI::App app{std::string(name), std::string(name)};
  declared.AttachTo(app, language);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "{}\n{} --help\n", error.what(), name);
    return kUsage;
  }
  if (const absl::Status status = declared.Resolve(); !status.ok()) return Fail(status, language);
  return RunUntilSignal(std::move(settings), {bind}, language);
}

}  // namespace allmende::app
