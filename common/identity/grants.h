// Which role has which right, and the one decision "may this principal make this call?". Pure.
#pragma once

#include <absl/status/status.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "allmende/options/v1/options.pb.h"
#include "common/call/principal.h"

namespace allmende::identity {

using options::v1::Scope;

// How far a role's right reaches.
enum class Reach { kNone, kOwnActors, kLandscape };

// The table of rights: role x scope -> reach. Everything that is not in it is denied.
Reach ReachOf(Role role, Scope scope);

// What the call is about, read from the request.
struct Target {
  std::string_view landscape;              // empty: the installation (ListLandscapes: any landscape counts)
  std::span<const std::string> resources;  // names of the request, for rights that reach only own actors
  // The method's owner_from_store: who has the right for own actors only passes here, and the handler asks once more
  // with the actor to whom the resource belongs.
  bool owner_from_store = false;
};

// OK, NOT_AUTHENTICATED (anonymous) or NOT_ALLOWED. OPERATE needs the role operator for "*" or that landscape.
absl::Status Authorise(const Principal& principal, Scope scope, const Target& target);

// The role's name in key files and texts: "editor". Absent for an unknown name.
std::string_view NameOf(Role role);
std::optional<Role> RoleFromName(std::string_view name);

}  // namespace allmende::identity
