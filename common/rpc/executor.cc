#include "common/rpc/executor.h"

#include <algorithm>
#include <utility>

namespace allmende::rpc {
namespace {

using std::chrono::steady_clock;

// How long the first job may wait before the threads at work count as held up.
constexpr std::chrono::microseconds kPatience(500);
// How many empty looks it takes until the overseer sleeps.
constexpr int kLooks = 20;

// As many as keep all cores at work, some of them being in a system call.
const int kFewThreads = static_cast<int>(2 * std::max(1U, std::thread::hardware_concurrency()));

}  // namespace

Executor::Executor(int threads, std::size_t max_queue, Metrics& metrics)
    : max_queue_(max_queue),
      waiting_gauge_(metrics.Gauge("allmende_executor_waiting", "Calls that wait for a thread")),
      running_gauge_(metrics.Gauge("allmende_executor_running", "Calls whose handler runs")) {
  threads_.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
  overseer_ = std::thread([this] { Oversee(); });
}

Executor::~Executor() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  held_up_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  overseer_.join();
}

bool Executor::Submit(Job job, JobKind kind) {
  const std::scoped_lock lock(mutex_);
  if (queue_.size() >= max_queue_) return false;
  queue_.push_back({std::move(job), steady_clock::now()});
  waiting_gauge_.Set(static_cast<double>(queue_.size()));
  if (kind == JobKind::kWaiting || busy_ + waking_ < kFewThreads) {
    Wake(1);
  } else if (overseer_sleeps_) {
    held_up_.notify_one();
  }
  return true;
}

bool Executor::Idle() const {
  const std::scoped_lock lock(mutex_);
  return busy_ == 0 && queue_.empty();
}

void Executor::Wake(int count) {
  for (; count > 0 && waking_ < idle_; --count) {
    ++waking_;
    changed_.notify_one();
  }
}

void Executor::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    while (queue_.empty() && !ending_) {
      ++idle_;
      changed_.wait(lock);
      --idle_;
      waking_ = std::max(0, waking_ - 1);
    }
    if (queue_.empty()) return;
    Job job = std::move(queue_.front().job);
    queue_.pop_front();
    waiting_gauge_.Set(static_cast<double>(queue_.size()));
    running_gauge_.Set(++busy_);
    lock.unlock();
    job();
    job = nullptr;  // what the job holds goes before the lock is taken again
    lock.lock();
    running_gauge_.Set(--busy_);
  }
}

void Executor::Oversee() {
  std::unique_lock lock(mutex_);
  int empty_looks = kLooks;
  int more = 1;
  while (!ending_) {
    if (empty_looks >= kLooks) {
      overseer_sleeps_ = true;
      held_up_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      overseer_sleeps_ = false;
      empty_looks = 0;
    }
    held_up_.wait_for(lock, kPatience, [this] { return ending_; });
    if (queue_.empty()) {
      ++empty_looks;
      continue;
    }
    empty_looks = 0;
    const bool held_up = steady_clock::now() - queue_.front().since >= kPatience;
    if (held_up) Wake(more);
    more = held_up ? std::min(2 * more, static_cast<int>(threads_.size())) : 1;
  }
}

}  // namespace allmende::rpc
