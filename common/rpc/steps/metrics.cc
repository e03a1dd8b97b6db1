#include "common/metrics/metrics.h"

#include "common/rpc/steps/steps.h"

namespace allmende::rpc {
namespace {

class CountCalls final : public Step {
 public:
  explicit CountCalls(Metrics& metrics) : metrics_(metrics) {}
  std::string_view name() const override { return "metrics"; }

  absl::Status Handle(CallContext& call, const Incoming& /*incoming*/, const Message* /*request*/,
                      Next next) const override {
    const auto start = std::chrono::steady_clock::now();
    absl::Status status = Seal(call, next());  // what is counted is what the caller gets
    metrics_.CallEnded(call.method->full_name(), status.code(), std::chrono::steady_clock::now() - start);
    return status;
  }

 private:
  Metrics& metrics_;
};

}  // namespace

std::unique_ptr<Step> MetricsStep(Metrics& metrics) { return std::make_unique<CountCalls>(metrics); }

}  // namespace allmende::rpc
