#include <algorithm>

#include "common/resource/request.h"
#include "common/rpc/steps/steps.h"

namespace allmende::rpc {
namespace {

constexpr std::size_t kMaxLength = 100;

bool IsPrintable(std::string_view id) {
  return std::ranges::all_of(id, [](char c) { return c > ' ' && c < '\x7f'; });
}

class RequestId final : public Step {
 public:
  std::string_view name() const override { return "request_id"; }

  absl::Status Handle(CallContext& call, const Incoming& incoming, const Message* request, Next next) const override {
    std::string_view field = "request_id";
    call.request_id = request == nullptr ? std::string() : resource::StringField(*request, "request_id");
    if (call.request_id.empty()) {
      field = "x-request-id";
      call.request_id = incoming.metadata(field);
    }
    if (call.request_id.size() > kMaxLength || !IsPrintable(call.request_id)) {
      const std::string value = call.request_id.substr(0, kMaxLength);
      call.request_id.clear();
      Params params = Both("expected", "bis zu 100 druckbare ASCII-Zeichen ohne Leerzeichen",
                           "up to 100 printable ASCII characters without blanks",
                           {{"value", IsPrintable(value) ? value : std::string("…")}});
      return FieldError(std::string(field), Reason::MALFORMED, std::move(params));
    }
    return next();
  }
};

}  // namespace

std::unique_ptr<Step> RequestIdStep() { return std::make_unique<RequestId>(); }

}  // namespace allmende::rpc
