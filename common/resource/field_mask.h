// Field masks (AIP-161): which fields to return, which to change.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>

#include <string_view>

namespace allmende::resource {

// Every path names a field of the type, or is "*". UNKNOWN_FIELD as a violation of `field_name`, with the nearest field
// as a hint.
absl::Status CheckMask(const google::protobuf::FieldMask& mask, const google::protobuf::Descriptor& type,
                       std::string_view field_name);

// Clears what the mask does not name; `name` always stays. An empty mask or "*" leaves everything.
void KeepOnly(const google::protobuf::FieldMask& mask, google::protobuf::Message& message);

// AIP-134: takes the named fields of `from` over into `into`. Empty mask: the fields that are set in `from`; "*": all.
// Fields that are OUTPUT_ONLY, and name and etag, are never taken over. FIELD_IMMUTABLE where an IMMUTABLE field (by
// google.api.field_behavior or our field_class) would change; its `field` is prefixed with `prefix` and a dot.
absl::Status ApplyUpdate(const google::protobuf::Message& from, const google::protobuf::FieldMask& mask,
                         std::string_view prefix, google::protobuf::Message& into);

// Clears every OUTPUT_ONLY field: what a caller sets there does not count.
void ClearOutputOnly(google::protobuf::Message& message);

}  // namespace allmende::resource
