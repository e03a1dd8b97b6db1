// Messages and enums as JSON schemas (2020-12), by the proto3 JSON mapping.
#pragma once

#include <google/protobuf/descriptor.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "services/gateway/transcode/scalar.h"

namespace allmende::gateway {

using Json = nlohmann::ordered_json;

class Schemas {
 public:
  // A reference to the schema of a message; the message and all that it needs are defined.
  Json Reference(const google::protobuf::Descriptor& message);
  Json Reference(const google::protobuf::EnumDescriptor& type);
  // The schema of one value of a field; `Of` also sees that it is repeated or a map.
  Json OfValue(const google::protobuf::FieldDescriptor& field);
  Json Of(const google::protobuf::FieldDescriptor& field);

  // Every definition, by name.
  Json Definitions() const;

 private:
  Json Define(const google::protobuf::Descriptor& message);
  static Json Define(const google::protobuf::EnumDescriptor& type);

  std::map<std::string, Json> defined_;
};

}  // namespace allmende::gateway
