// Everything around the handlers of one process: the chain, the threads for calls and for streams, and the watch that
// ends calls at their deadline. Services reach it through the adapters (service.h).
#pragma once

#include <memory>

#include "common/identity/authenticator.h"
#include "common/metrics/metrics.h"
#include "common/rpc/chain.h"
#include "common/rpc/deadline_watch.h"
#include "common/rpc/executor.h"
#include "common/rpc/steps/steps.h"
#include "common/rpc/stream_pool.h"

namespace allmende::rpc {

struct CallLimits {
  int threads = 32;   // on which handlers run
  int queue = 1'024;  // calls that wait for one of them
  int streams = 256;  // open at the same time
  AdmissionLimits admission;
  // How long a stream waits for a caller that neither reads nor writes.
  std::chrono::milliseconds stream_patience = std::chrono::seconds(60);
  // How long a client stream may take to say what it wants.
  std::chrono::milliseconds first_message = std::chrono::seconds(10);
};

class CallEngine {
 public:
  CallEngine(const CallLimits& limits, Metrics& metrics, const identity::Authenticator& authenticator)
      : limits_(limits),
        metrics_(metrics),
        chain_(StandardSteps(limits.admission, metrics, authenticator)),
        streams_(limits.streams, metrics),
        executor_(limits.threads, static_cast<std::size_t>(limits.queue), metrics) {}

  const CallLimits& limits() const { return limits_; }
  Metrics& metrics() { return metrics_; }
  const Chain& chain() const { return chain_; }
  DeadlineWatch& watch() { return watch_; }
  StreamPool& streams() { return streams_; }
  Executor& executor() { return executor_; }

 private:
  const CallLimits limits_;
  Metrics& metrics_;
  Chain chain_;
  DeadlineWatch watch_;
  StreamPool streams_;
  Executor executor_;
};

}  // namespace allmende::rpc
