// The threads on which handlers run, and the bounded queue before them. gRPC's own threads never wait: they put a job
// in here or learn at once that there is no room.
#pragma once

#include <absl/functional/any_invocable.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "common/metrics/metrics.h"

namespace allmende::rpc {

class Executor {
 public:
  using Job = absl::AnyInvocable<void()>;

  Executor(int threads, std::size_t max_queue, Metrics& metrics);
  // Runs what is queued and waits for it.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // False: the queue is full.
  bool Submit(Job job);
  // Whether nothing runs and nothing waits.
  bool Idle() const;

 private:
  void Work();

  const std::size_t max_queue_;
  prometheus::Gauge& waiting_;
  prometheus::Gauge& running_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;
  int busy_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace allmende::rpc
