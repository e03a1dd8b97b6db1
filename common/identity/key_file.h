// API keys in a file: each random, stored only as a hash, bound to roles in landscapes and an expiry. Every process of
// an installation reads the same file (a mounted secret) and notices changes within a second, so a key is withdrawn by
// taking its line out. ADR 0004.
//
// A key is "allmende_<id>_<secret>": id 8 characters, secret 32 random bytes in base64url. The file is the message
// allmende.identity.v1.KeyFile as JSON. The secret is 256 random bits, so a fast hash is right (under a microsecond,
// there is nothing worth remembering between calls); comparison is in constant time.
#pragma once

#include <absl/status/statusor.h>

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "allmende/identity/v1/key_file.pb.h"
#include "common/base/clock.h"
#include "common/base/secret.h"
#include "common/identity/authenticator.h"

namespace allmende::identity {

struct NewKey {
  std::map<std::string, std::set<Role>> roles;  // landscape or "*" -> roles
  std::vector<std::string> actors;              // for representatives: full names
  std::string note;                             // what it is for; no personal data
  Time expires;
};

// Makes a key and adds it to the file (created with mode 0600, replaced atomically under a lock). A file that cannot be
// read or written is refused as it is: MALFORMED or TEMPORARILY_UNAVAILABLE.
absl::StatusOr<Secret<std::string>> AddKey(const std::filesystem::path& file, const NewKey& key, const Clock& clock);

// The keys of the file, without their secrets; none where there is no file.
absl::StatusOr<v1::KeyFile> ListKeys(const std::filesystem::path& file);
// Takes the key out of the file: it is refused within a second. False where there is no key of this id.
absl::StatusOr<bool> RemoveKey(const std::filesystem::path& file, std::string_view id);

// Accepts the keys of the file. A missing file means no key is valid; an unreadable one keeps the last good state and
// logs.
std::unique_ptr<Authenticator> KeyFileAuthenticator(std::filesystem::path file, const Clock& clock);

// Accepts everybody as operator of every landscape. Only for development on loopback, by name (--development).
std::unique_ptr<Authenticator> DevelopmentAuthenticator();

}  // namespace allmende::identity
