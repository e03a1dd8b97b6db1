// The change streams of the registry: of one collection, or of the landscape as a whole.
#pragma once

#include <absl/status/status.h>

#include "allmende/type/v1/changes.pb.h"
#include "common/call/call_context.h"
#include "common/rpc/stream.h"
#include "common/standard/standard_methods.h"

namespace allmende::registry {

class Watching {
 public:
  using Request = type::v1::WatchRequest;
  using Writer = rpc::Writer<type::v1::WatchResponse>;

  explicit Watching(standard::StandardMethods& standard) : standard_(standard) {}

  absl::Status Areas(CallContext& call, const Request& request, Writer& writer) {
    return standard_.Watch(call, request, writer, {"areas"});
  }
  absl::Status Actors(CallContext& call, const Request& request, Writer& writer) {
    return standard_.Watch(call, request, writer, {"actors"});
  }
  absl::Status Sites(CallContext& call, const Request& request, Writer& writer) {
    return standard_.Watch(call, request, writer, {"sites"});
  }
  absl::Status Everything(CallContext& call, const Request& request, Writer& writer) {
    return standard_.Watch(call, request, writer, {});
  }

 private:
  standard::StandardMethods& standard_;
};

}  // namespace allmende::registry
