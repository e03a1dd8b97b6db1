// Time as a dependency: production code asks a Clock, tests hand in one that stands still until told otherwise.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <atomic>
#include <chrono>
#include <string>

namespace allmende {

using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using Deadline = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  // The present, to the microsecond, UTC.
  virtual Time Now() const = 0;
};

// The machine's clock. Lives as long as the process.
const Clock& SystemClock();

// A clock for tests: stands still, moves by hand. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time start = Time{std::chrono::sys_days{std::chrono::year{2024} / 1 / 1}}) : now_(start) {}
  Time Now() const override { return now_.load(); }
  void Advance(std::chrono::microseconds by) { now_.store(now_.load() + by); }

 private:
  std::atomic<Time> now_;
};

// Microseconds since 1970, the form in which times are stored.
inline std::int64_t ToMicros(Time time) { return time.time_since_epoch().count(); }
inline Time FromMicros(std::int64_t micros) { return Time{std::chrono::microseconds{micros}}; }

google::protobuf::Timestamp ToProto(Time time);
Time FromProto(const google::protobuf::Timestamp& timestamp);

// "2024-01-01T12:00:00.000000Z"
std::string ToIso8601(Time time);

}  // namespace allmende
