#include <algorithm>

#include "common/base/ids.h"
#include "common/rpc/steps/steps.h"

namespace allmende::rpc {
namespace {

bool IsHex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Hexadecimal digits that are not all zero, which the standard reserves for "invalid".
bool IsId(std::string_view text) { return IsHex(text) && text.find_first_not_of('0') != std::string_view::npos; }

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    hex += kDigits[value >> 4U];
    hex += kDigits[value & 0xFU];
  }
  return hex;
}

class Trace final : public Step {
 public:
  std::string_view name() const override { return "trace"; }

  absl::Status Handle(CallContext& call, const Incoming& incoming, const Message* /*request*/,
                      Next next) const override {
    const std::string random = RandomBytes(16 + 8);  // asked for at once: each time is a system call
    call.trace_id = ParseTraceParent(incoming.metadata("traceparent")).trace_id;
    if (call.trace_id.empty()) call.trace_id = Hex(std::string_view(random).substr(0, 16));
    call.span_id = Hex(std::string_view(random).substr(16));
    return next();
  }
};

}  // namespace

// https://www.w3.org/TR/trace-context/: a higher version may append fields, version ff is forbidden.
TraceParent ParseTraceParent(std::string_view header) {
  constexpr std::size_t kLength = 55;
  if (header.size() < kLength || header[2] != '-' || header[35] != '-' || header[52] != '-') return {};
  const std::string_view version = header.substr(0, 2);
  if (!IsHex(version) || version == "ff" || (version == "00" && header.size() != kLength)) return {};
  if (header.size() > kLength && header[kLength] != '-') return {};
  const std::string_view trace = header.substr(3, 32);
  const std::string_view span = header.substr(36, 16);
  if (!IsId(trace) || !IsId(span) || !IsHex(header.substr(53, 2))) return {};
  return {std::string(trace), std::string(span)};
}

std::unique_ptr<Step> TraceStep() { return std::make_unique<Trace>(); }

}  // namespace allmende::rpc
