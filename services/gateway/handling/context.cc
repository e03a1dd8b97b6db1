#include "services/gateway/handling/context.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

#include "common/rpc/steps/steps.h"

namespace allmende::gateway {
namespace {

// Ids of traces have to be unlike each other, not secret: no system call for them.
std::string RandomHex(int words) {
  thread_local std::mt19937_64 random = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(static_cast<std::size_t>(words) * 16);
  for (int i = 0; i < words; ++i) {
    std::uint64_t word = random();
    for (int digit = 0; digit < 16; ++digit, word >>= 4U) hex.push_back(kDigits[word & 15U]);
  }
  return hex;
}

bool FitForLogs(std::string_view id) {
  constexpr std::size_t kLongest = 100;
  return !id.empty() && id.size() <= kLongest && std::ranges::all_of(id, [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace

RequestContext ContextOf(const RequestHead& head) {
  RequestContext context;
  context.language = LanguageOf(head.header("accept-language"));
  if (const std::string_view parent = head.header("traceparent"); !parent.empty()) {
    context.trace_id = rpc::ParseTraceParent(parent).trace_id;
  }
  if (context.trace_id.empty()) context.trace_id = RandomHex(2);
  context.span_id = RandomHex(1);
  const std::string_view id = head.header("x-request-id");
  context.request_id = FitForLogs(id) ? std::string(id) : context.trace_id;
  return context;
}

rpc::Forwarded RequestContext::Forward(const RequestHead& head) const {
  return {.authorization = std::string(head.header("authorization")),
          .traceparent = fmt::format("00-{}-{}-01", trace_id, span_id),
          .request_id = request_id,
          .accept_language = language == Language::kEnglish ? "en" : "de"};
}

}  // namespace allmende::gateway
