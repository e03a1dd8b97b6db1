#include "common/log/log.h"
#include "common/rpc/steps/steps.h"
#include "common/status/error.h"

namespace allmende::rpc {
namespace {

// Beyond this even a read that went well is worth a line.
constexpr std::chrono::seconds kSlow(1);

class AccessLog final : public Step {
 public:
  std::string_view name() const override { return "access_log"; }

  absl::Status Handle(CallContext& call, const Incoming& /*incoming*/, const Message* /*request*/,
                      Next next) const override {
    const auto start = std::chrono::steady_clock::now();
    const std::string request_id = call.request_id;  // later steps may take it away
    absl::Status status = next();
    const auto took = std::chrono::steady_clock::now() - start;
    const bool read = PolicyOf(*call.method).idempotency() == options::v1::READ_ONLY;
    const bool quiet = read && status.ok() && took < kSlow;
    if (!log::Enabled(quiet ? log::Level::kDebug : log::Level::kInfo)) return status;
    const double milliseconds = std::chrono::duration<double, std::milli>(took).count();
    const std::string outcome = status.ok() ? "OK" : type::v1::Reason_Name(ReasonOf(status));
    (quiet ? log::Debug : log::Info)("call", {{"method", call.method->full_name()},
                                              {"outcome", outcome},
                                              {"milliseconds", milliseconds},
                                              {"landscape", call.landscape},
                                              {"revision", call.revision},
                                              {"subject", call.principal.subject},
                                              {"request_id", request_id},
                                              {"trace_id", call.trace_id},
                                              {"span_id", call.span_id}});
    return status;
  }
};

}  // namespace

std::unique_ptr<Step> AccessLogStep() { return std::make_unique<AccessLog>(); }

}  // namespace allmende::rpc
