#include "common/rpc/stream_pool.h"

#include <system_error>
#include <thread>

namespace allmende::rpc {

StreamPool::StreamPool(int max_streams, Metrics& metrics)
    : max_streams_(max_streams), gauge_(metrics.Gauge("allmende_streams", "Streams that are open")) {}

StreamPool::~StreamPool() {
  Drain();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return threads_ == 0; });
}

bool StreamPool::Start(Stream& stream) {
  const std::scoped_lock lock(mutex_);
  if (draining_ || threads_ >= max_streams_) return false;
  try {
    std::thread([this, &stream] { Run(stream); }).detach();
  } catch (const std::system_error&) {  // the machine has no thread left
    return false;
  }
  streams_.insert(&stream);
  gauge_.Set(++threads_);
  return true;
}

void StreamPool::Run(Stream& stream) {
  stream.Execute();
  {
    const std::scoped_lock lock(mutex_);
    streams_.erase(&stream);
  }
  stream.End();
  const std::scoped_lock lock(mutex_);
  gauge_.Set(--threads_);
  changed_.notify_all();  // under the lock: whoever waits may destroy the pool
}

void StreamPool::Drain() {
  const std::scoped_lock lock(mutex_);
  draining_ = true;
  for (Stream* stream : streams_) stream->Stop();
}

bool StreamPool::draining() const {
  const std::scoped_lock lock(mutex_);
  return draining_;
}

bool StreamPool::AwaitEmpty(Deadline until) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, until, [this] { return threads_ == 0; });
}

}  // namespace allmende::rpc
