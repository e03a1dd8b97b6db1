// A gRPC server without services, for out_of_descriptors_test: only health, at the address given, with no cap on
// connections that would keep it from running out of file descriptors.
#include <csignal>
#include <cstdio>
#include <span>

#include "common/identity/key_file.h"
#include "common/rpc/server_host.h"

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() != 2) return 2;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  using namespace allmende;  // NOLINT(google-build-using-namespace): a main of a test
  Metrics metrics;
  const auto everybody = identity::DevelopmentAuthenticator();
  rpc::CallEngine engine({.threads = 2, .admission = {}}, metrics, *everybody);
  rpc::ServerHost host({.listen = {arguments[1]}, .max_connections = 1'000'000}, engine);
  if (!host.Start().ok()) return 1;
  host.SetServing(true);
  int signal = 0;
  sigwait(&signals, &signal);
  return host.Drain() ? 0 : 1;
}
