// A load generator for gRPC that looks at the answers: h2load counts a gRPC error as a success, this does not. Keeps a
// fixed number of calls in flight for a time and prints one JSON line: calls, errors, calls per second, latencies in
// ms.
//
//   grpc_load TARGET get NAME [seconds [in_flight]]
//   grpc_load TARGET create PARENT [seconds [in_flight]]     every call creates an actor of its own, durably
#include <fmt/format.h>
#include <grpcpp/create_channel.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "allmende/registry/v1/registry_service.grpc.pb.h"
#include "common/base/ids.h"

namespace allmende::bench {
namespace {

using registry::v1::RegistryService;
using SteadyClock = std::chrono::steady_clock;

struct Outcome {
  std::mutex mutex;
  std::vector<double> latencies_ms;
  std::int64_t errors = 0;
  std::string first_error;

  void Add(double milliseconds, const grpc::Status& status) {
    const std::scoped_lock lock(mutex);
    latencies_ms.push_back(milliseconds);
    if (status.ok()) return;
    if (errors++ == 0) first_error = status.error_message();
  }
};

// One caller of many: starts its next call when the last one is answered, until the time is over.
class Caller {
 public:
  Caller(RegistryService::Stub& stub, std::string mode, std::string name, SteadyClock::time_point end, Outcome& outcome)
      : stub_(stub), mode_(std::move(mode)), name_(std::move(name)), end_(end), outcome_(outcome) {}

  void Start() {
    context_ = std::make_unique<grpc::ClientContext>();
    started_ = SteadyClock::now();
    if (mode_ == "get") {
      get_.set_name(name_);
      stub_.async()->GetActor(context_.get(), &get_, &actor_, [this](const grpc::Status& s) { Done(s); });
    } else {
      create_.set_parent(name_);
      create_.set_request_id(RandomId());
      create_.mutable_actor()->set_display_name("Förderverein der Grundschule " + RandomId().substr(0, 6));
      create_.mutable_actor()->clear_kinds();
      create_.mutable_actor()->add_kinds(registry::v1::ASSOCIATION);
      stub_.async()->CreateActor(context_.get(), &create_, &actor_, [this](const grpc::Status& s) { Done(s); });
    }
  }

  bool finished() const { return finished_.load(); }

 private:
  void Done(const grpc::Status& status) {
    const auto now = SteadyClock::now();
    outcome_.Add(std::chrono::duration<double, std::milli>(now - started_).count(), status);
    if (now < end_) {
      Start();
    } else {
      finished_.store(true);
    }
  }

  RegistryService::Stub& stub_;
  std::string mode_;
  std::string name_;
  SteadyClock::time_point end_;
  Outcome& outcome_;
  std::unique_ptr<grpc::ClientContext> context_;
  SteadyClock::time_point started_;
  registry::v1::GetActorRequest get_;
  registry::v1::CreateActorRequest create_;
  registry::v1::Actor actor_;
  std::atomic<bool> finished_{false};
};

double Percentile(std::vector<double>& sorted, double share) {
  return sorted.empty() ? 0 : sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * sorted.size()))];
}

int Run(const std::string& target, const std::string& mode, const std::string& name, int seconds, int in_flight) {
  const auto stub = RegistryService::NewStub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  Outcome outcome;
  const auto start = SteadyClock::now();
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < in_flight; ++i) {
    callers.push_back(std::make_unique<Caller>(*stub, mode, name, start + std::chrono::seconds(seconds), outcome));
    callers.back()->Start();
  }
  while (!std::all_of(callers.begin(), callers.end(), [](const auto& caller) { return caller->finished(); })) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const double elapsed = std::chrono::duration<double>(SteadyClock::now() - start).count();
  std::sort(outcome.latencies_ms.begin(), outcome.latencies_ms.end());
  fmt::print(
      R"({{"calls": {}, "errors": {}, "first_error": "{}", "per_second": {:.0f}, "p50_ms": {:.3f}, "p99_ms": {:.3f}}})",
      outcome.latencies_ms.size(), outcome.errors, outcome.first_error, outcome.latencies_ms.size() / elapsed,
      Percentile(outcome.latencies_ms, 0.5), Percentile(outcome.latencies_ms, 0.99));
  fmt::print("\n");
  return outcome.errors == 0 ? 0 : 1;
}

}  // namespace
}  // namespace allmende::bench

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 3 || (arguments[1] != "get" && arguments[1] != "create")) {
    fmt::print(stderr, "usage: grpc_load TARGET get|create NAME [seconds [in_flight]]\n");
    return 2;
  }
  const auto number = [&](std::size_t index, int fallback) {
    return arguments.size() > index ? std::atoi(arguments[index].c_str()) : fallback;
  };
  return allmende::bench::Run(arguments[0], arguments[1], arguments[2], number(3, 5), number(4, 32));
}
