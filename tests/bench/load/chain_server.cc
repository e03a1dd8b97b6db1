// What our chain and adapters cost: a registry that answers every GetActor with the same actor, once through everything
// of ours ("chain") and once as bare gRPC callbacks ("bare"). Prints the CPU time it took per call when it gets
// SIGTERM.
//
//   chain_server chain|bare ADDRESS
#include <fmt/format.h>
#include <grpcpp/server_builder.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <span>
#include <string_view>

#include "allmende/registry/v1/registry_service.grpc.pb.h"
#include "common/app/libraries.h"
#include "common/identity/key_file.h"
#include "common/rpc/server_host.h"

namespace allmende::bench {
namespace {

using registry::v1::Actor;
using registry::v1::GetActorRequest;
using registry::v1::RegistryService;

std::atomic<std::int64_t> calls = 0;

Actor TheActor(const GetActorRequest& request) {
  ++calls;
  Actor actor;
  actor.set_name(request.name());
  actor.set_display_name("Gemeinschaftsgrundschule am Park");
  actor.set_description("Offene Ganztagsschule mit Schwerpunkt Sprache, Musik und Bewegung.");
  return actor;
}

class Chained final : public rpc::ServiceOf<RegistryService> {
 public:
  using ServiceOf::ServiceOf;
  rpc::Unary* GetActor(rpc::Context* c, const GetActorRequest* q, Actor* r) override {
    return Run(c, q, r, this, &Chained::Answer);
  }

 private:
  absl::StatusOr<Actor> Answer(CallContext& /*call*/, const GetActorRequest& request) { return TheActor(request); }
};

class Bare final : public RegistryService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetActor(grpc::CallbackServerContext* c, const GetActorRequest* q, Actor* r) override {
    *r = TheActor(*q);
    auto* reactor = c->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

double CpuMicroseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto micros = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

void AwaitEnd(std::string_view mode) {
  const double before = CpuMicroseconds();
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  int signal = 0;
  sigwait(&signals, &signal);
  fmt::print("{{\"server\":\"{}\",\"calls\":{},\"cpu_us_per_call\":{:.1f}}}\n", mode, calls.load(),
             (CpuMicroseconds() - before) / static_cast<double>(std::max<std::int64_t>(calls.load(), 1)));
}

int RunBare(const std::string& address) {
  Bare service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  AwaitEnd("bare");
  return 0;
}

int RunChain(const std::string& address) {
  Metrics metrics;
  const auto everybody = identity::DevelopmentAuthenticator();
  rpc::CallEngine engine({.admission = {}}, metrics, *everybody);
  rpc::ServerHost host({.listen = {address}}, engine);
  host.Serve(std::make_unique<Chained>(engine));
  if (!host.Start().ok()) return 1;
  host.SetServing(true);
  AwaitEnd("chain");
  return host.Drain() ? 0 : 1;
}

}  // namespace
}  // namespace allmende::bench

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() != 3) return 2;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  allmende::app::PrepareLibraries();
  return std::string_view(arguments[1]) == "bare" ? allmende::bench::RunBare(arguments[2])
                                                  : allmende::bench::RunChain(arguments[2]);
}
