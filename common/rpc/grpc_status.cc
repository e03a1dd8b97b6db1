#include "common/rpc/grpc_status.h"

#include "common/status/wire.h"

namespace allmende::rpc {

grpc::Status ToGrpc(const absl::Status& status, Language language) {
  if (status.ok()) return grpc::Status::OK;
  const WireStatus wire = ToWire(status, language);
  return {static_cast<grpc::StatusCode>(wire.code), wire.message, wire.details};
}

absl::Status FromGrpc(const grpc::Status& status) {
  return FromWire(static_cast<int>(status.error_code()), status.error_message(), status.error_details());
}

}  // namespace allmende::rpc
