#include "common/rpc/chain.h"

#include <cstdlib>
#include <utility>

#include "common/base/ids.h"
#include "common/base/strings.h"
#include "common/log/log.h"
#include "common/resource/request.h"
#include "common/status/error.h"

namespace allmende::rpc {
namespace {

std::string_view MethodName(const CallContext& call) {
  return call.method == nullptr ? std::string_view("?") : std::string_view(call.method->full_name());
}

// "value=..., list=...": the parameters of an error of ours that nobody planned for.
std::string ParamsText(const ErrorDetail& detail) {
  std::string text;
  for (const auto& [key, value] : detail.params()) text += key + "=" + value + " ";
  return text;
}

}  // namespace

Chain::Chain(std::vector<std::unique_ptr<Step>> steps) : steps_(std::move(steps)) {
  bool in_order = steps_.size() == kStepOrder.size();
  for (std::size_t i = 0; in_order && i < steps_.size(); ++i) in_order = steps_[i]->name() == kStepOrder.at(i);
  if (!in_order) {
    log::Error("the steps of the call chain are not in their order");
    std::abort();
  }
}

absl::Status Chain::Run(CallContext& call, const Incoming& incoming, const Message* request, Next handler) const {
  if (request != nullptr) call.landscape = resource::LandscapeOf(*request);
  call.language = LanguageOf(incoming.metadata("accept-language"));
  return Seal(call, RunFrom(0, call, incoming, request, handler));
}

absl::Status Chain::RunFrom(std::size_t step, CallContext& call, const Incoming& incoming, const Message* request,
                            Next handler) const {
  if (step == steps_.size()) return handler();
  return steps_[step]->Handle(call, incoming, request,
                              [&] { return RunFrom(step + 1, call, incoming, request, handler); });
}

absl::Status Seal(const CallContext& call, absl::Status status) {
  if (status.ok()) return status;
  const ErrorDetail detail = DetailOf(status);
  if (detail.reason() != Reason::INTERNAL_ERROR) {
    if (HasDetail(status)) return status;
    const std::string what = call.method == nullptr ? std::string() : call.method->service()->name();
    return Error(detail.reason(), {{"what", what}});
  }
  if (detail.params().contains("error_id")) return status;
  const std::string id = RandomId().substr(0, 12);
  log::Error("a call failed for a reason that nobody planned for",
             {{"error_id", id},
              {"method", MethodName(call)},
              {"landscape", call.landscape},
              {"trace_id", call.trace_id},
              {"cause", HasDetail(status) ? ParamsText(detail) : std::string(Sv(status.message()))}});
  return Error(Reason::INTERNAL_ERROR, {{"error_id", id}});
}

}  // namespace allmende::rpc
