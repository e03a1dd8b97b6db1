// The fixed pages of the gateway: health, readiness, metrics, the OpenAPI document, what a problem type means, and a
// word of welcome.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "common/metrics/metrics.h"
#include "services/gateway/handling/answer.h"
#include "services/gateway/handling/backend.h"
#include "services/gateway/handling/context.h"
#include "services/gateway/http/exchange.h"

namespace allmende::gateway {

class Pages {
 public:
  Pages(const std::string& openapi, Backend& backend, const Metrics& metrics);
  ~Pages();
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  // Absent where the path is none of them.
  std::optional<Response> Find(const RequestHead& head, const RequestContext& context) const;

 private:
  void WatchServices();
  Response Ready(const RequestContext& context) const;

  Backend& backend_;
  const Metrics& metrics_;
  FinishedAnswer openapi_;
  FinishedAnswer openapi_compressed_;

  mutable std::mutex mutex_;
  std::condition_variable stop_changed_;
  bool stop_ = false;
  std::optional<std::string> unreachable_{""};  // empty: not asked yet
  std::thread watcher_;                         // asks the services, because asking waits
};

}  // namespace allmende::gateway
