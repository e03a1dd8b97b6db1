#include "common/identity/grants.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/status/error.h"

namespace allmende::identity {
namespace {

using enum options::v1::Scope;

constexpr std::array<std::pair<Role, std::string_view>, 7> kRoleNames = {{{Role::kPublic, "public"},
                                                                          {Role::kRepresentative, "representative"},
                                                                          {Role::kEditor, "editor"},
                                                                          {Role::kModerator, "moderator"},
                                                                          {Role::kAdmin, "admin"},
                                                                          {Role::kIntegration, "integration"},
                                                                          {Role::kOperator, "operator"}}};

Reach If(bool granted) { return granted ? Reach::kLandscape : Reach::kNone; }

// The furthest that any of these roles reaches.
Reach Furthest(const std::set<Role>& roles, Scope scope) {
  Reach furthest = Reach::kNone;
  for (const Role role : roles) furthest = std::max(furthest, ReachOf(role, scope));
  return furthest;
}

Reach ReachIn(const Principal& principal, Scope scope, std::string_view landscape) {
  Reach reach = Reach::kNone;
  for (const auto& [where, roles] : principal.roles) {
    // Without a landscape any one counts, but what concerns the installation needs a role for all of it.
    const bool counts = where == "*" || (landscape.empty() ? scope != OPERATE : where == landscape);
    if (counts) reach = std::max(reach, Furthest(roles, scope));
  }
  return reach;
}

bool AllOwn(const Principal& principal, std::span<const std::string> resources) {
  return !resources.empty() && std::ranges::all_of(resources, [&](const std::string& name) {
    return std::ranges::find(principal.actors, name) != principal.actors.end();
  });
}

}  // namespace

Reach ReachOf(Role role, Scope scope) {
  const bool reads = scope == LANDSCAPE_READ || scope == REGISTRY_READ;
  const bool works = reads || scope == REGISTRY_EDIT || scope == REGISTRY_CURATE || scope == REGISTRY_IMPORT;
  switch (role) {
    case Role::kPublic:
      return If(scope == LANDSCAPE_READ);
    case Role::kRepresentative:
      return scope == REGISTRY_EDIT ? Reach::kOwnActors : If(reads);
    case Role::kEditor:
    case Role::kModerator:
    case Role::kIntegration:
      return If(works);
    case Role::kAdmin:
      return If(works || scope == LANDSCAPE_ADMIN);
    case Role::kOperator:
      return If(works || scope == LANDSCAPE_ADMIN || scope == OPERATE);
  }
  return Reach::kNone;
}

absl::Status Authorise(const Principal& principal, Scope scope, const Target& target) {
  const Reach reach = ReachIn(principal, scope, target.landscape);
  if (reach == Reach::kLandscape) return absl::OkStatus();
  if (reach == Reach::kOwnActors && (target.owner_from_store || AllOwn(principal, target.resources))) {
    return absl::OkStatus();
  }
  if (principal.kind == Principal::Kind::kAnonymous) {
    return Error(Reason::NOT_AUTHENTICATED, Both("why", "Es war keiner dabei.", "There was none."));
  }
  return Error(Reason::NOT_ALLOWED, {{"scope", options::v1::Scope_Name(scope)},
                                     {"landscape", target.landscape.empty() ? "*" : std::string(target.landscape)}});
}

std::string_view NameOf(Role role) {
  const auto* found = std::ranges::find(kRoleNames, role, &std::pair<Role, std::string_view>::first);
  return found == kRoleNames.end() ? std::string_view() : found->second;
}

std::optional<Role> RoleFromName(std::string_view name) {
  const auto* found = std::ranges::find(kRoleNames, name, &std::pair<Role, std::string_view>::second);
  if (found == kRoleNames.end()) return std::nullopt;
  return found->first;
}

}  // namespace allmende::identity
