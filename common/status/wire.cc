#include "common/status/wire.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include "common/base/strings.h"

namespace allmende {

WireStatus ToWire(const absl::Status& status, Language language) {
  const ErrorDetail detail = DetailOf(status);
  google::rpc::Status wire;
  wire.set_code(static_cast<int>(status.code()));
  wire.set_message(MessageOf(detail, language));

  google::rpc::ErrorInfo info;
  info.set_reason(type::v1::Reason_Name(detail.reason()));
  info.set_domain("allmende");
  *info.mutable_metadata() = detail.params();
  wire.add_details()->PackFrom(info);

  if (!detail.violations().empty()) {
    google::rpc::BadRequest bad;
    for (const FieldViolation& violation : detail.violations()) {
      auto* entry = bad.add_field_violations();
      entry->set_field(violation.field());
      entry->set_description(MessageOf(violation, language));
    }
    wire.add_details()->PackFrom(bad);
  }
  if (detail.has_retry_after()) {
    google::rpc::RetryInfo retry;
    *retry.mutable_retry_delay() = detail.retry_after();
    wire.add_details()->PackFrom(retry);
  }
  wire.add_details()->PackFrom(detail);
  return {wire.code(), wire.message(), wire.SerializeAsString()};
}

absl::Status FromWire(int code, const std::string& message, const std::string& details) {
  if (code == 0) return absl::OkStatus();
  if (google::rpc::Status wire; wire.ParseFromString(details)) {
    for (const auto& any : wire.details()) {
      if (ErrorDetail detail; any.UnpackTo(&detail)) {
        absl::Status status(static_cast<absl::StatusCode>(code), Av(message));
        status.SetPayload("type.googleapis.com/allmende.type.v1.ErrorDetail", absl::Cord(detail.SerializeAsString()));
        return status;
      }
    }
  }
  return {static_cast<absl::StatusCode>(code), Av(message)};
}

}  // namespace allmende
