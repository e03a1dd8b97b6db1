// The threads on which streams run, one each, counted and bounded: a stream may wait for hours and must not take a
// thread of the executor. Draining tells every stream to end.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>

#include "common/base/clock.h"
#include "common/metrics/metrics.h"

namespace allmende::rpc {

// A stream as the pool sees it.
class Stream {
 public:
  virtual ~Stream() = default;
  // Runs the handler to its end.
  virtual void Execute() = 0;
  // Answers the caller. The last use of the stream, which may destroy itself here.
  virtual void End() = 0;
  // Makes the handler's next read or write fail, and one that waits.
  virtual void Stop() = 0;
};

class StreamPool {
 public:
  StreamPool(int max_streams, Metrics& metrics);
  // Stops all streams and waits for them.
  ~StreamPool();
  StreamPool(const StreamPool&) = delete;
  StreamPool& operator=(const StreamPool&) = delete;

  // Runs the stream on a thread. False: there are too many, or the pool drains.
  bool Start(Stream& stream);
  // Stops all streams; no further one starts.
  void Drain();
  bool draining() const;
  // Whether all streams have ended by then.
  bool AwaitEmpty(Deadline until);

 private:
  void Run(Stream& stream);

  const int max_streams_;
  prometheus::Gauge& gauge_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::set<Stream*> streams_;  // whose handler runs
  int threads_ = 0;
  bool draining_ = false;
};

}  // namespace allmende::rpc
