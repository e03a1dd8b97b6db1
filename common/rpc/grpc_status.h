// Our errors as gRPC's statuses and back. Texts are made here, in the caller's language.
#pragma once

#include <absl/status/status.h>
#include <grpcpp/support/status.h>

#include "common/status/error.h"

namespace allmende::rpc {

// With "grpc-status-details-bin", from which FromGrpc (and any client that knows google.rpc.Status) reads everything,
// except that only so many violations go along as fit into what every client takes (about thirty).
grpc::Status ToGrpc(const absl::Status& status, Language language);
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace allmende::rpc
