#include "common/app/application.h"

#include <prometheus/exposer.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>

#include "common/app/libraries.h"
#include "common/base/macros.h"
#include "common/identity/key_file.h"
#include "common/log/log.h"
#include "common/rpc/client.h"
#include "common/status/error.h"

namespace allmende::app {
namespace {

// Descriptors for databases, files and everything else that is not a connection of a caller.
constexpr int kReservedDescriptors = 200;

std::unique_ptr<identity::Authenticator> MakeAuthenticator(const Settings& settings, const Clock& clock) {
  if (settings.development) return identity::DevelopmentAuthenticator();
  return identity::KeyFileAuthenticator(settings.KeyFile(), clock);
}

// As many connections as asked for, but only as the descriptors allow.
int MaxConnections(int wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  const auto descriptors = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1'000'000));
  const int possible = std::max(descriptors - kReservedDescriptors, descriptors / 4);
  if (possible < wanted)
    log::Warning("fewer connections than set, for lack of file descriptors", {{"connections", possible}});
  return std::min(wanted, possible);
}

}  // namespace

// Prometheus' own small HTTP server, for the services that speak no HTTP themselves.
class MetricsEndpoint {
 public:
  static absl::StatusOr<std::unique_ptr<MetricsEndpoint>> Start(const std::string& address, Metrics& metrics) {
    try {
      auto endpoint = std::make_unique<MetricsEndpoint>();
      endpoint->exposer_ = std::make_unique<prometheus::Exposer>(address, 1);
      endpoint->exposer_->RegisterCollectable(metrics.registry());
      return endpoint;
    } catch (const std::exception&) {  // the library's way to say that the address cannot be had
      return Error(Reason::TEMPORARILY_UNAVAILABLE, {{"what", address}});
    }
  }

 private:
  std::unique_ptr<prometheus::Exposer> exposer_;
};

Runtime::Runtime(Settings settings, const Clock& clock)
    : settings_(std::move(settings)),
      clock_(clock),
      authenticator_(MakeAuthenticator(settings_, clock)),
      engine_(settings_.calls, metrics_, *authenticator_) {}

std::vector<std::string> Runtime::TakeListenAddresses() {
  listen_taken_ = true;
  return settings_.listen;
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Runtime::ChannelTo(std::string_view service, const std::string& address,
                                                                  const std::string& flag) {
  if (!address.empty()) return rpc::ChannelTo(address, service);
  if (host_->Serves(service)) return host_->InProcessChannel();
  return FieldError(flag, Reason::FIELD_REQUIRED);
}

void Runtime::AddReadiness(std::string name, std::function<absl::Status()> check) {
  readiness_.emplace_back(std::move(name), std::move(check));
}

std::vector<Readiness> Runtime::CheckReadiness() const {
  std::vector<Readiness> found;
  for (const auto& [name, check] : readiness_) found.push_back({name, check()});
  return found;
}

Application::Application(Settings settings, const Clock& clock) : runtime_(std::move(settings), clock) {}

absl::StatusOr<std::unique_ptr<Application>> Application::Start(Settings settings, const std::vector<Bind>& binds,
                                                                const Clock& clock) {
  RETURN_IF_ERROR(CheckTogether(settings));
  PrepareLibraries();
  if (const auto level = log::LevelFromName(settings.log_level)) log::SetLevel(*level);
  auto application = std::unique_ptr<Application>(new Application(std::move(settings), clock));
  RETURN_IF_ERROR(application->Begin(binds));
  return application;
}

absl::Status Application::Begin(const std::vector<Bind>& binds) {
  for (const Bind& bind : binds) RETURN_IF_ERROR(bind(runtime_));
  bound_closers_ = runtime_.closers_.size();

  rpc::HostOptions options = runtime_.settings_.host;
  options.listen = runtime_.settings_.grpc_listen;
  if (!runtime_.listen_taken_) std::ranges::copy(runtime_.settings_.listen, std::back_inserter(options.listen));
  options.max_connections = MaxConnections(options.max_connections);
  runtime_.host_ = std::make_unique<rpc::ServerHost>(std::move(options), runtime_.engine_);
  for (auto& service : runtime_.host_services_) runtime_.host_->Serve(std::move(service));
  if (runtime_.host_unknown_ != nullptr) runtime_.host_->ServeUnknown(std::move(runtime_.host_unknown_));
  RETURN_IF_ERROR(runtime_.host_->Start());
  if (!runtime_.settings_.metrics.empty()) {
    ASSIGN_OR_RETURN(metrics_endpoint_, MetricsEndpoint::Start(runtime_.settings_.metrics, runtime_.metrics_));
  }
  for (const auto& action : runtime_.on_started_) RETURN_IF_ERROR(action());
  readiness_watch_ = std::thread([this] { WatchReadiness(); });
  return absl::OkStatus();
}

void Application::WatchReadiness() {
  std::vector<std::string> missing_before;
  std::unique_lock lock(mutex_);
  bool first = true;
  while (!ending_) {
    lock.unlock();
    std::vector<std::string> missing;
    for (const Readiness& checked : runtime_.CheckReadiness()) {
      if (!checked.status.ok()) missing.push_back(checked.name);
    }
    if (first || missing != missing_before) {
      runtime_.host_->SetServing(missing.empty());
      for (const std::string& name : missing) log::Warning("not ready", {{"missing", name}});
      if (missing.empty()) log::Info("ready");
    }
    missing_before = std::move(missing);
    first = false;
    lock.lock();
    changed_.wait_for(lock, std::chrono::seconds(1), [this] { return ending_; });
  }
}

std::vector<std::string> Application::addresses() const { return runtime_.host_->addresses(); }

void Application::CloseDownTo(std::size_t count) {
  while (runtime_.closers_.size() > count) {
    // Taken out first: what a closer holds goes with it, before the next one runs.
    const std::function<void()> closer = std::move(runtime_.closers_.back());
    runtime_.closers_.pop_back();
    closer();
  }
}

bool Application::Stop() {
  if (std::exchange(stopped_, true)) return !hangs_;
  if (readiness_watch_.joinable()) {
    {
      const std::scoped_lock lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    readiness_watch_.join();
  }
  CloseDownTo(std::min(bound_closers_, runtime_.closers_.size()));
  metrics_endpoint_.reset();
  hangs_ = runtime_.host_ != nullptr && !runtime_.host_->Drain();
  if (hangs_) return false;
  runtime_.host_.reset();
  runtime_.host_services_.clear();
  CloseDownTo(0);
  return true;
}

Application::~Application() {
  if (Stop()) return;
  log::Error("a handler hangs, the process ends without waiting for it");
  std::_Exit(EXIT_FAILURE);
}

}  // namespace allmende::app
