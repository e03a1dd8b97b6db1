#include "common/rpc/grpc_status.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include "common/status/wire.h"

namespace allmende::rpc {
namespace {

// Statuses travel in trailing metadata, of which a client takes 8 KiB unless it asked for more: base64 adds a third to
// the details, percent-encoding up to two thirds to the message.
constexpr std::size_t kMaxDetailsBytes = 4'500;
constexpr std::size_t kMaxMessageBytes = 500;

// At most this many violations in every detail that has some. The count in the parameters still says how many there
// are.
void KeepViolations(google::rpc::Status& wire, int count) {
  for (auto& any : *wire.mutable_details()) {
    if (google::rpc::BadRequest bad; any.UnpackTo(&bad) && bad.field_violations_size() > count) {
      bad.mutable_field_violations()->DeleteSubrange(count, bad.field_violations_size() - count);
      any.PackFrom(bad);
    } else if (ErrorDetail detail; any.UnpackTo(&detail) && detail.violations_size() > count) {
      detail.mutable_violations()->DeleteSubrange(count, detail.violations_size() - count);
      any.PackFrom(detail);
    }
  }
}

std::string Fitting(const std::string& details, int violations) {
  if (details.size() <= kMaxDetailsBytes) return details;
  google::rpc::Status wire;
  if (!wire.ParseFromString(details)) return {};
  wire.clear_message();  // the status itself has it
  while (wire.ByteSizeLong() > kMaxDetailsBytes && violations > 0) KeepViolations(wire, violations /= 2);
  if (wire.ByteSizeLong() > kMaxDetailsBytes) return {};
  return wire.SerializeAsString();
}

// Without cutting a character of UTF-8 in two.
std::string Shortened(std::string message) {
  if (message.size() <= kMaxMessageBytes) return message;
  std::size_t end = kMaxMessageBytes;
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xC0U) == 0x80) --end;
  message.resize(end);
  return message + "…";
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status, Language language) {
  if (status.ok()) return grpc::Status::OK;
  WireStatus wire = ToWire(status, language);
  return {static_cast<grpc::StatusCode>(wire.code), Shortened(std::move(wire.message)),
          Fitting(wire.details, DetailOf(status).violations_size())};
}

absl::Status FromGrpc(const grpc::Status& status) {
  return FromWire(static_cast<int>(status.error_code()), status.error_message(), status.error_details());
}

}  // namespace allmende::rpc
