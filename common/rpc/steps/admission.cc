#include <absl/cleanup/cleanup.h>

#include <atomic>
#include <cmath>
#include <mutex>

#include "common/base/strings.h"
#include "common/rpc/steps/steps.h"
#include "common/status/error.h"

namespace allmende::rpc {
namespace {

using std::chrono::duration;
using std::chrono::duration_cast;
using Steady = std::chrono::steady_clock;

// A token bucket per landscape, kept as the one time at which the bucket will be full again (the generic cell rate
// algorithm, ITU-T I.371). A full bucket needs no entry, so the table stays as small as the number of busy landscapes.
class Buckets {
 public:
  Buckets(double rate, double burst)
      : interval_(duration_cast<Steady::duration>(duration<double>(1 / rate))),
        tolerance_(duration_cast<Steady::duration>(duration<double>((burst - 1) / rate))) {}

  // Zero: let in. Else: how long until there is room.
  Steady::duration Take(std::string_view landscape, Deadline now) {
    const std::scoped_lock lock(mutex_);
    if (full_at_.size() >= kSweepSize) std::erase_if(full_at_, [&](const auto& entry) { return entry.second <= now; });
    // Invented names share one bucket when there are too many: an attacker cannot fill the memory with them.
    const auto found = full_at_.find(landscape);
    const std::string_view key =
        found == full_at_.end() && full_at_.size() >= kSweepSize ? std::string_view() : landscape;
    Deadline& full_at = full_at_.try_emplace(std::string(key), now).first->second;
    full_at = std::max(full_at, now);
    const Steady::duration wait = full_at - now - tolerance_;
    if (wait > Steady::duration::zero()) return wait;
    full_at += interval_;
    return Steady::duration::zero();
  }

 private:
  static constexpr std::size_t kSweepSize = 10'000;

  const Steady::duration interval_;
  const Steady::duration tolerance_;
  std::mutex mutex_;
  StringMap<Deadline> full_at_;
};

bool IsStream(const CallContext& call) { return call.method->client_streaming() || call.method->server_streaming(); }

class Admission final : public Step {
 public:
  Admission(AdmissionLimits limits, Metrics& metrics, SteadyNow now)
      : limits_(limits), metrics_(metrics), now_(std::move(now)) {
    if (limits.calls_per_second > 0) {
      buckets_ = std::make_unique<Buckets>(limits.calls_per_second, std::max(1.0, limits.burst));
    }
  }
  std::string_view name() const override { return "admission"; }

  absl::Status Handle(CallContext& call, const Incoming& /*incoming*/, const Message* /*request*/,
                      Next next) const override {
    const Deadline now = now_();
    call.deadline = ClampDeadline(call, now);
    if (call.deadline <= now) return Error(Reason::DEADLINE_PASSED);
    const absl::Cleanup leave = [this] { running_.fetch_sub(1, std::memory_order_relaxed); };
    const int before = running_.fetch_add(1, std::memory_order_relaxed);
    if (limits_.concurrency > 0 && before >= limits_.concurrency && !IsStream(call)) return Refuse("concurrency", 1);
    if (buckets_ != nullptr) {
      if (const auto wait = buckets_->Take(call.landscape, now); wait > Steady::duration::zero()) {
        return Refuse("landscape", static_cast<int>(std::ceil(duration<double>(wait).count())));
      }
    }
    return next();
  }

 private:
  absl::Status Refuse(std::string_view limit, int seconds) const {
    metrics_.Rejected(limit);
    return ErrorWithRetry(Reason::TOO_MANY_REQUESTS, seconds, {{"limit", std::string(limit)}});
  }

  const AdmissionLimits limits_;
  Metrics& metrics_;
  const SteadyNow now_;
  std::unique_ptr<Buckets> buckets_;
  mutable std::atomic<int> running_ = 0;
};

}  // namespace

Deadline ClampDeadline(const CallContext& call, Deadline now) {
  const auto& allowed = PolicyOf(*call.method).deadline();
  if (allowed.seconds() == 0 && allowed.nanos() == 0) return call.deadline;  // streams have none
  return std::min(call.deadline,
                  now + std::chrono::seconds(allowed.seconds()) + std::chrono::nanoseconds(allowed.nanos()));
}

std::unique_ptr<Step> AdmissionStep(AdmissionLimits limits, Metrics& metrics, SteadyNow now) {
  return std::make_unique<Admission>(limits, metrics, std::move(now));
}

}  // namespace allmende::rpc
