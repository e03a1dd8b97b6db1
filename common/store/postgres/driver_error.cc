#include "common/store/postgres/driver_error.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/log/log.h"
#include "common/status/error.h"

namespace allmende::store::postgres {
namespace {

constexpr int kRetryAfterSeconds = 1;

// Conditions that pass: connection, resources (disk, memory, connections), intervention of the operator, system errors,
// deadlocks and serialisation, a server that is read-only since a failover.
constexpr std::array<std::string_view, 8> kPassing = {"08", "53", "57P", "58", "40", "25006", "55P03", "3D000"};
// Data or statements that the server refused without harm to the session.
constexpr std::array<std::string_view, 4> kHarmless = {"22", "23", "25P02", "42"};

// Keeps a server that is away from filling the log: lets one line through per second, and says how many it held back.
class OncePerSecond {
 public:
  std::optional<int> Pass() {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) {
      ++held_back_;
      return std::nullopt;
    }
    next_ = now + std::chrono::seconds(1);
    return std::exchange(held_back_, 0);
  }

 private:
  std::mutex mutex_;
  Deadline next_ = Deadline::min();
  int held_back_ = 0;
};

constexpr std::string_view kQueryCancelled = "57014";

bool StartsWithOneOf(std::string_view sqlstate, auto prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](auto prefix) { return sqlstate.starts_with(prefix); });
}

}  // namespace

absl::Status Unreachable(std::string_view log_text) {
  static OncePerSecond limit;
  if (const auto alike = limit.Pass()) {
    log::Warning("PostgreSQL cannot be reached", {{"driver", log_text}, {"alike_since_last", *alike}});
  }
  return StillUnreachable();
}

absl::Status StillUnreachable() {
  return ErrorWithRetry(Reason::TEMPORARILY_UNAVAILABLE, kRetryAfterSeconds,
                        Both("what", "Die Datenbank", "The database"));
}

absl::Status Refused(std::string_view sqlstate, std::string_view log_text, std::string_view statement) {
  if (sqlstate == kQueryCancelled) return Error(Reason::DEADLINE_PASSED);
  if (sqlstate.empty() || StartsWithOneOf(sqlstate, kPassing)) return Unreachable(log_text);
  const std::string error_id = RandomId();
  log::Error("PostgreSQL refused a statement",
             {{"error_id", error_id}, {"sqlstate", sqlstate}, {"driver", log_text}, {"statement", statement}});
  return Error(Reason::INTERNAL_ERROR, {{"error_id", error_id}});
}

bool SessionSurvives(std::string_view sqlstate) {
  return StartsWithOneOf(sqlstate, kHarmless) || sqlstate.starts_with("40") || sqlstate == kQueryCancelled;
}

}  // namespace allmende::store::postgres
