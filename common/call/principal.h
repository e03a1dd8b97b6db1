// Who calls: the one answer to "may they?", whatever the credential was (API key, later OIDC).
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace allmende {

// Roles a principal can have in a landscape. What each may do: common/identity/grants.h.
enum class Role { kPublic, kRepresentative, kEditor, kModerator, kAdmin, kIntegration, kOperator };

struct Principal {
  enum class Kind { kAnonymous, kKey, kDevelopment, kService };
  Kind kind = Kind::kAnonymous;
  // Stable id of the caller for the audit trail, such as "key:4f7q"; never a person's name.
  std::string subject;
  // Landscape id -> roles there. "*" means every landscape.
  std::map<std::string, std::set<Role>, std::less<>> roles;
  // Full names of the actors a representative speaks for.
  std::vector<std::string> actors;
};

}  // namespace allmende
