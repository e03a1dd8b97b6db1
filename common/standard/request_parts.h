// The parts that requests of standard methods share, read by reflection and checked: names, masks, states, bodies.
// Every error is a violation of the field it is about.
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "common/resource/name.h"
#include "common/store/store.h"

namespace allmende::standard {

using google::protobuf::Message;

// FIELD_REQUIRED where `text` is empty, MALFORMED where it is no name of `type` (null: of any resource).
absl::StatusOr<resource::Name> ReadName(std::string_view field, const std::string& text,
                                        const store::ResourceType* type);

// The landscape's id out of the request's parent.
absl::StatusOr<std::string> ReadParent(const Message& request);

// min_revision, read_revision and read_time, as far as the request has them. OUT_OF_RANGE, CONFLICTING_FIELDS.
absl::StatusOr<store::ReadAt> ReadState(const Message& request);

// The mask in this field, checked against the type; empty where the request has none.
absl::StatusOr<google::protobuf::FieldMask> ReadMask(const Message& request, const std::string& field,
                                                     const google::protobuf::Descriptor& type);

// The field of the request that holds the resource to be created or changed; null where it has none.
const google::protobuf::FieldDescriptor* BodyField(const Message& request, const google::protobuf::Descriptor& type);

// The id for a new record: the request's, or a random one. MALFORMED. A landscape's id is never chosen: FIELD_REQUIRED.
absl::StatusOr<std::string> ReadNewId(const Message& request, const std::string& field, bool landscape);

}  // namespace allmende::standard
