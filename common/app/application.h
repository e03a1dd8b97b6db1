// A process's services from start to end. Each service brings a Bind that makes what it needs and hands itself over:
//
//   absl::Status Bind(app::Runtime& runtime) {
//     ASSIGN_OR_RETURN(auto opened, OpenStore(runtime.settings()));
//     store::Store& store = runtime.Own(std::move(opened));
//     runtime.AddReadiness("store", [&store] { return store.Ping(); });
//     runtime.Serve(std::make_unique<RegistryService>(runtime.engine(), store));
//     return absl::OkStatus();
//   }
//
// Everything ends in the reverse order of its beginning. The server begins after all Binds and before what they gave to
// OnStarted; so what was owned in a Bind outlives every call, and a gateway started in OnStarted ends before the
// server.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "common/app/settings.h"
#include "common/base/clock.h"
#include "common/identity/authenticator.h"
#include "common/metrics/metrics.h"
#include "common/rpc/call_engine.h"
#include "common/rpc/server_host.h"

namespace allmende::app {

// Whether something that the process needs is there.
struct Readiness {
  std::string name;
  absl::Status status;
};

class Runtime {
 public:
  Runtime(Settings settings, const Clock& clock);
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  const Settings& settings() const { return settings_; }
  const Clock& clock() const { return clock_; }
  Metrics& metrics() { return metrics_; }
  const identity::Authenticator& authenticator() const { return *authenticator_; }
  rpc::CallEngine& engine() { return engine_; }

  // In Bind: a service of this process.
  void Serve(std::unique_ptr<rpc::HostedService> service) { host_services_.push_back(std::move(service)); }
  // In Bind: what answers the methods that no service of this process has.
  void ServeUnknown(std::unique_ptr<grpc::CallbackGenericService> service) { host_unknown_ = std::move(service); }
  // In Bind: the addresses of --listen, on which the caller answers by itself (HTTP). gRPC then has only --grpc-listen.
  std::vector<std::string> TakeListenAddresses();
  // Runs when the server is there; from here on ChannelTo works. What it adds below ends before the server does.
  void OnStarted(std::function<absl::Status()> action) { on_started_.push_back(std::move(action)); }
  // A channel to a service by its full name: at `address`, or of this process where that is empty. FIELD_REQUIRED of
  // the setting `flag` where there is neither.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> ChannelTo(std::string_view service, const std::string& address,
                                                           const std::string& flag);

  // Runs at the end.
  void AddCloser(std::function<void()> closer) { closers_.push_back(std::move(closer)); }
  // Keeps an object until the end, and gives it back for use.
  template <typename T>
  T& Own(std::unique_ptr<T> object) {
    T& owned = *object;
    // A std::function must be copyable, so the object moves into a shared one.
    AddCloser([holder = std::shared_ptr<T>(std::move(object))]() mutable { holder.reset(); });
    return owned;
  }
  // Asked every second, and by CheckReadiness. Thread-safe and quick. The server's health follows.
  void AddReadiness(std::string name, std::function<absl::Status()> check);
  // What is there and what is not, at this moment.
  std::vector<Readiness> CheckReadiness() const;

 private:
  friend class Application;

  const Settings settings_;
  const Clock& clock_;
  Metrics metrics_;
  std::unique_ptr<identity::Authenticator> authenticator_;
  rpc::CallEngine engine_;
  std::vector<std::unique_ptr<rpc::HostedService>> host_services_;
  std::unique_ptr<grpc::CallbackGenericService> host_unknown_;
  std::vector<std::function<absl::Status()>> on_started_;
  std::vector<std::function<void()>> closers_;
  std::vector<std::pair<std::string, std::function<absl::Status()>>> readiness_;
  std::unique_ptr<rpc::ServerHost> host_;
  bool listen_taken_ = false;
};

using Bind = std::function<absl::Status(Runtime&)>;

class Application {
 public:
  // Checks the settings, binds, starts the server, runs OnStarted. On an error everything that began has ended again.
  static absl::StatusOr<std::unique_ptr<Application>> Start(Settings settings, const std::vector<Bind>& binds,
                                                            const Clock& clock = SystemClock());
  // Stops, where that has not happened. Ends the process where a handler hangs: nothing may be destroyed under it.
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  Runtime& runtime() { return runtime_; }
  // Where gRPC is answered, with the ports it really got.
  std::vector<std::string> addresses() const;
  // False: a handler still hangs after --drain, and what it uses has not been closed.
  bool Stop();

 private:
  Application(Settings settings, const Clock& clock);
  absl::Status Begin(const std::vector<Bind>& binds);
  void WatchReadiness();
  void CloseDownTo(std::size_t count);

  Runtime runtime_;
  std::unique_ptr<class MetricsEndpoint> metrics_endpoint_;
  std::size_t bound_closers_ = 0;  // those that outlive the server
  bool stopped_ = false;
  bool hangs_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  std::thread readiness_watch_;
};

}  // namespace allmende::app
