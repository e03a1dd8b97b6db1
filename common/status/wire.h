// The one mapping between our errors and google.rpc.Status, in which they travel over gRPC.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "common/status/error.h"

namespace allmende {

// What goes over the wire: the message in the caller's language, ErrorInfo, BadRequest, RetryInfo and our ErrorDetail,
// serialised as google.rpc.Status (the "grpc-status-details-bin" trailer).
struct WireStatus {
  int code = 0;
  std::string message;
  std::string details;
};

WireStatus ToWire(const absl::Status& status, Language language);
// The status that ToWire was given, as far as it can be told; anything else becomes what its code says.
absl::Status FromWire(int code, const std::string& message, const std::string& details);

}  // namespace allmende
