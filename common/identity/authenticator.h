// Credentials become principals here. One interface, so that OIDC can be added without touching a handler.
#pragma once

#include <absl/status/statusor.h>

#include <string_view>

#include "common/call/principal.h"

namespace allmende::identity {

class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // `authorization` is the header's value ("Bearer ..."), empty where there is none. NOT_AUTHENTICATED with {why}.
  // Thread-safe and fast enough for every call (verified credentials are remembered).
  virtual absl::StatusOr<Principal> Authenticate(std::string_view authorization) const = 0;
};

}  // namespace allmende::identity
