// What is read from gRPC's context when a call arrives, copied because the context may be gone before the handler is
// done.
#pragma once

#include <grpcpp/server_context.h>

#include <map>
#include <string>
#include <string_view>

#include "common/call/call_context.h"
#include "common/rpc/chain.h"

namespace allmende::rpc {

class Arrival {
 public:
  explicit Arrival(const grpc::CallbackServerContext& context);

  // Valid as long as this is.
  Incoming incoming() const;
  // The caller's own; max() where it set none.
  Deadline deadline() const { return deadline_; }
  Language language() const { return language_; }

 private:
  std::map<std::string, std::string, std::less<>> metadata_;
  Deadline deadline_ = Deadline::max();
  Language language_ = Language::kGerman;
};

// Puts call.revision into the trailing metadata "x-revision", where there is one.
void AddRevision(grpc::CallbackServerContext& context, std::int64_t revision);

}  // namespace allmende::rpc
