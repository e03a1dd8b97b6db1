// From the paths in which services name fields ("actor.channels[2].value") to where a caller over HTTP finds them: a
// JSON pointer into the body ("/channels/2/value"), or the name of a parameter.
#pragma once

#include <string>
#include <string_view>

#include "services/gateway/transcode/route.h"

namespace allmende::gateway {

struct FieldPlace {
  std::string pointer;    // RFC 6901; "" is the whole body
  std::string parameter;  // "readMask"; where not empty, the field is a parameter and the pointer does not count
};

// `path` in proto names or, for what is unknown, as it was written. Never fails: what the descriptors do not know is
// put into camelCase as it is.
FieldPlace PlaceOfField(const Route& route, std::string_view path);

}  // namespace allmende::gateway
