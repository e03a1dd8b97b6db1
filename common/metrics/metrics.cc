#include "common/metrics/metrics.h"

#include <prometheus/text_serializer.h>

#include <vector>

namespace allmende {
namespace {

const std::vector<double>& DefaultBounds() {
  static const std::vector<double> bounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                             0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
  return bounds;
}

}  // namespace

Metrics::Metrics() : registry_(std::make_shared<prometheus::Registry>()) {}

prometheus::Counter& Metrics::Counter(const std::string& name, const std::string& help, const Labels& labels) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(*registry_).Add(labels);
}

prometheus::Gauge& Metrics::Gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(*registry_).Add(labels);
}

prometheus::Histogram& Metrics::Histogram(const std::string& name, const std::string& help, const Labels& labels,
                                          const std::vector<double>& bounds) {
  return prometheus::BuildHistogram()
      .Name(name)
      .Help(help)
      .Register(*registry_)
      .Add(labels, bounds.empty() ? DefaultBounds() : bounds);
}

Metrics::Method& Metrics::Of(std::string_view method) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = methods_.find(method); found != methods_.end()) return found->second;
  }
  const std::scoped_lock lock(mutex_);
  const auto [entry, is_new] = methods_.try_emplace(std::string(method));
  if (is_new) {
    const std::string name(method);
    for (std::size_t code = 0; code < entry->second.by_code.size(); ++code) {
      const std::string code_name = absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
      entry->second.by_code.at(code) =
          &Counter("allmende_calls_total", "Calls that have ended", {{"method", name}, {"code", code_name}});
    }
    entry->second.seconds = &Histogram("allmende_call_seconds", "How long calls took", {{"method", name}});
  }
  return entry->second;
}

void Metrics::CallEnded(std::string_view method, absl::StatusCode code, std::chrono::nanoseconds took) {
  Method& counted = Of(method);
  counted.by_code.at(static_cast<std::size_t>(code))->Increment();
  counted.seconds->Observe(std::chrono::duration<double>(took).count());
}

double Metrics::Calls(std::string_view method, absl::StatusCode code) {
  return Of(method).by_code.at(static_cast<std::size_t>(code))->Value();
}

void Metrics::Rejected(std::string_view limit) {
  Counter("allmende_rejected_total", "Calls and connections turned away at a limit", {{"limit", std::string(limit)}})
      .Increment();
}

std::string Metrics::Exposition() const { return prometheus::TextSerializer().Serialize(registry_->Collect()); }

}  // namespace allmende
