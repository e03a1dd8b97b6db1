// What the call chain and the standard methods read out of any request by reflection.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace allmende::resource {

// A singular string field by its proto name; empty where the request has no such field.
std::string StringField(const google::protobuf::Message& request, std::string_view field);
bool BoolField(const google::protobuf::Message& request, std::string_view field);
std::int64_t IntField(const google::protobuf::Message& request, std::string_view field);

// Every resource name that the request is about: name, parent, names, and the name of the resource in its body.
std::vector<std::string> NamesOf(const google::protobuf::Message& request);

// The landscape id out of NamesOf; empty where the request is about none.
std::string LandscapeOf(const google::protobuf::Message& request);

// 32 hex digits over the method and every field but request_id, page_token and page_size (deterministic bytes).
std::string Fingerprint(std::string_view method, const google::protobuf::Message& request);

// The field in which a List, BatchGet or similar response carries its resources: its only repeated message field, or
// null.
const google::protobuf::FieldDescriptor* ItemsField(const google::protobuf::Descriptor& response);

}  // namespace allmende::resource
