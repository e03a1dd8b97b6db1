#include "common/rpc/arrival.h"

#include <array>

namespace allmende::rpc {
namespace {

constexpr std::array<const char*, 4> kKept = {"authorization", "x-request-id", "traceparent", "accept-language"};

}  // namespace

Arrival::Arrival(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  for (const char* key : kKept) {
    if (const auto found = metadata.find(key); found != metadata.end()) {
      metadata_.emplace(key, std::string(found->second.data(), found->second.size()));
    }
  }
  if (const auto found = metadata_.find("accept-language"); found != metadata_.end()) {
    language_ = LanguageOf(found->second);
  }
  const auto wall = context.deadline();
  // gRPC tells the deadline by the wall clock; a century ahead means that there is none.
  if (const auto left = wall - std::chrono::system_clock::now(); left < std::chrono::hours(24 * 365)) {
    deadline_ = std::chrono::steady_clock::now() + left;
  }
}

Incoming Arrival::incoming() const {
  return {[this](std::string_view key) {
    const auto found = metadata_.find(key);
    return found == metadata_.end() ? std::string_view() : std::string_view(found->second);
  }};
}

void AddRevision(grpc::CallbackServerContext& context, std::int64_t revision) {
  if (revision > 0) context.AddTrailingMetadata("x-revision", std::to_string(revision));
}

}  // namespace allmende::rpc
