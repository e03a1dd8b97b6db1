#include <utility>

#include "common/rpc/steps/steps.h"

namespace allmende::rpc {

std::vector<std::unique_ptr<Step>> StandardSteps(AdmissionLimits limits, Metrics& metrics,
                                                 const identity::Authenticator& authenticator) {
  std::vector<std::unique_ptr<Step>> steps;
  steps.push_back(RequestIdStep());
  steps.push_back(TraceStep());
  steps.push_back(AccessLogStep());
  steps.push_back(MetricsStep(metrics));
  steps.push_back(AdmissionStep(limits, metrics));
  steps.push_back(AuthenticateStep(authenticator));
  steps.push_back(AuthoriseStep());
  steps.push_back(ValidateStep());
  steps.push_back(IdempotencyStep());
  return steps;
}

}  // namespace allmende::rpc
