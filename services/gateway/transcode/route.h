// A route: one google.api.http binding of one method, resolved against the descriptors, so that nothing about it has to
// be looked up or can go wrong when a request comes.
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

#include "services/gateway/transcode/path_template.h"

namespace allmende::gateway {

using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// From the request message to one of its (nested) fields.
using FieldPath = std::vector<const FieldDescriptor*>;

struct Route {
  enum class Body {
    kNone,
    kWhole,   // body: "*"
    kField,   // body: "actor"
    kUpload,  // body: a field of type google.api.HttpBody; the bytes are the body as they are
  };
  const MethodDescriptor* method = nullptr;
  std::string verb;  // "GET"
  PathTemplate path;
  std::vector<FieldPath> variables;  // of path.variables, in order
  Body body = Body::kNone;
  const FieldDescriptor* body_field = nullptr;  // of kField and kUpload
  std::string rpc;                              // "/allmende.registry.v1.RegistryService/GetActor"
};

// Every binding (additional ones too) of every method of the services. MALFORMED where a binding cannot be used: a
// template that does not parse, a variable that is no text field, a body that is no message, streams that HTTP cannot
// carry.
absl::StatusOr<std::vector<Route>> CollectRoutes(const std::vector<const ServiceDescriptor*>& services);

// The field of a dotted path in proto or camelCase names; empty where there is none. Passes through singular messages
// only.
FieldPath FindFieldPath(const google::protobuf::Descriptor& message, std::string_view dotted);

// By proto name or camelCase name; null where there is none.
const FieldDescriptor* FindField(const google::protobuf::Descriptor& message, std::string_view name);

// All services in files of the package "allmende" that are linked into the process and named in `files`.
std::vector<const ServiceDescriptor*> ServicesOf(const std::vector<std::string>& files);

}  // namespace allmende::gateway
