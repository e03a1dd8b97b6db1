// Credentials become principals here. One interface, so that OIDC can be added without touching a handler.
#pragma once

#include <absl/status/statusor.h>

#include <string_view>

#include "common/call/principal.h"

namespace allmende::identity {

class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // `authorization` is the header's value ("Bearer ..."). Where it is empty, the caller is anonymous: no error, no
  // roles. One that cannot be accepted is NOT_AUTHENTICATED with {why}. Thread-safe and fast enough for every call.
  virtual absl::StatusOr<Principal> Authenticate(std::string_view authorization) const = 0;
};

}  // namespace allmende::identity
