#include "common/rpc/executor.h"

#include <utility>

namespace allmende::rpc {

Executor::Executor(int threads, std::size_t max_queue, Metrics& metrics)
    : max_queue_(max_queue),
      waiting_(metrics.Gauge("allmende_executor_waiting", "Calls that wait for a thread")),
      running_(metrics.Gauge("allmende_executor_running", "Calls whose handler runs")) {
  threads_.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

Executor::~Executor() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Executor::Submit(Job job) {
  {
    const std::scoped_lock lock(mutex_);
    if (queue_.size() >= max_queue_) return false;
    queue_.push_back(std::move(job));
    waiting_.Set(static_cast<double>(queue_.size()));
  }
  changed_.notify_one();
  return true;
}

bool Executor::Idle() const {
  const std::scoped_lock lock(mutex_);
  return busy_ == 0 && queue_.empty();
}

void Executor::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    waiting_.Set(static_cast<double>(queue_.size()));
    running_.Set(++busy_);
    lock.unlock();
    job();
    job = nullptr;  // what the job holds goes before the lock is taken again
    lock.lock();
    running_.Set(--busy_);
  }
}

}  // namespace allmende::rpc
