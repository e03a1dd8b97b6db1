// The parts of the OpenAPI document that do not depend on the protos of single services: headers, problem documents,
// the security scheme.
#pragma once

#include "services/gateway/openapi/schemas.h"

namespace allmende::gateway {

Json HeaderReference(std::string_view name);
Json ParameterReference(std::string_view name);
Json ResponseReference(std::string_view name);

// Everything below "components". `schemas`: the definitions of the messages.
Json Components(Json schemas);

}  // namespace allmende::gateway
