// Counters, gauges and histograms of one process, in a Prometheus registry. The calls of all services are counted the
// same way here; a cache or store asks for its own counters once and keeps the reference:
//   hits_(metrics.Counter("allmende_cache_reads_total", "Reads of the caches", {{"cache", "near"}, {"result", "hit"}}))
// Labels take values from small fixed sets only, never from input. Thread-safe.
#pragma once

#include <absl/status/status.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "common/base/strings.h"

namespace allmende {

class Metrics {
 public:
  using Labels = std::map<std::string, std::string>;

  Metrics();

  // A call of `method` ("allmende.registry.v1.RegistryService.GetActor") has ended.
  void CallEnded(std::string_view method, absl::StatusCode code, std::chrono::nanoseconds took);
  // How often that was said.
  double Calls(std::string_view method, absl::StatusCode code);
  // Calls turned away before they ran; `limit`: "landscape", "concurrency", "queue", "streams" or "connections".
  void Rejected(std::string_view limit);

  // The counter or gauge of this name and these labels; the same one for the same arguments. Lives as long as this.
  prometheus::Counter& Counter(const std::string& name, const std::string& help, const Labels& labels = {});
  prometheus::Gauge& Gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  // `bounds`: upper ends of the buckets in seconds; empty: 0.1 ms to 10 s.
  prometheus::Histogram& Histogram(const std::string& name, const std::string& help, const Labels& labels = {},
                                   const std::vector<double>& bounds = {});

  // Everything in Prometheus' text format (version 0.0.4), for /metrics.
  std::string Exposition() const;
  std::shared_ptr<prometheus::Registry> registry() const { return registry_; }

 private:
  struct Method {
    std::array<prometheus::Counter*, 17> by_code{};
    prometheus::Histogram* seconds = nullptr;
  };
  Method& Of(std::string_view method);

  std::shared_ptr<prometheus::Registry> registry_;
  std::shared_mutex mutex_;
  StringMap<Method> methods_;
};

}  // namespace allmende
