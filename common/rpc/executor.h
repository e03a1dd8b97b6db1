// The threads on which handlers run, and the bounded queue before them. gRPC's own threads never wait: they put a job
// in here or learn at once that there is no room.
//
// Waking a thread costs more than most reads take, so a quick job wakes one only while few are at work; those come back
// for it at once. Should they be held up (a handler that waits for a database), an overseer notices within a
// millisecond and wakes more and more. A job that is known to wait, such as a durable write, wakes a thread of its own.
#pragma once

#include <absl/functional/any_invocable.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/metrics/metrics.h"

namespace allmende::rpc {

enum class JobKind { kQuick, kWaiting };

class Executor {
 public:
  using Job = absl::AnyInvocable<void()>;

  Executor(int threads, std::size_t max_queue, Metrics& metrics);
  // Runs what is queued and waits for it.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // False: the queue is full.
  bool Submit(Job job, JobKind kind = JobKind::kQuick);
  // Whether nothing runs and nothing waits.
  bool Idle() const;

 private:
  struct Queued {
    Job job;
    Deadline since;
  };

  void Work();
  void Oversee();
  void Wake(int count);  // under the lock

  const std::size_t max_queue_;
  prometheus::Gauge& waiting_gauge_;
  prometheus::Gauge& running_gauge_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable held_up_;
  std::deque<Queued> queue_;
  int busy_ = 0;
  int idle_ = 0;
  int waking_ = 0;  // of the idle ones: woken, but not yet there
  bool overseer_sleeps_ = false;
  bool ending_ = false;
  std::vector<std::thread> threads_;
  std::thread overseer_;
};

}  // namespace allmende::rpc
