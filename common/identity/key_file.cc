#include "common/identity/key_file.h"

#include <absl/cleanup/cleanup.h>
#include <absl/functional/function_ref.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <optional>

#include "allmende/identity/v1/key_file.pb.h"
#include "common/base/base64url.h"
#include "common/base/ids.h"
#include "common/base/macros.h"
#include "common/base/strings.h"
#include "common/identity/grants.h"
#include "common/log/log.h"
#include "common/status/error.h"

namespace allmende::identity {
namespace {

namespace fs = std::filesystem;
using v1::KeyFile;

constexpr std::string_view kPrefix = "allmende_";
constexpr std::size_t kIdLength = 8;
constexpr std::string_view kBearer = "Bearer ";
// A file beyond this is not a key file.
constexpr std::size_t kMaxFileBytes = 64U << 20U;

std::string HashOf(std::string_view key) {
  std::array<unsigned char, crypto_generichash_BYTES> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(key.data()), key.size(), nullptr,
                     0);
  std::string hex;
  for (const unsigned char byte : hash) hex += fmt::format("{:02x}", byte);
  return hex;
}

absl::Status FileTrouble(const fs::path& file) {
  return Error(Reason::TEMPORARILY_UNAVAILABLE, {{"what", file.string()}});
}

absl::Status NotAuthenticated(std::string german, std::string english) {
  return Error(Reason::NOT_AUTHENTICATED, Both("why", std::move(german), std::move(english)));
}

// The whole file; absent where there is none.
absl::StatusOr<std::optional<std::string>> ReadFile(const fs::path& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) return std::nullopt;
  if (descriptor < 0) return FileTrouble(file);
  const absl::Cleanup closer = [&] { close(descriptor); };
  std::string text;
  std::array<char, 65536> buffer{};
  while (text.size() <= kMaxFileBytes) {
    const ssize_t got = read(descriptor, buffer.data(), buffer.size());
    if (got < 0) return FileTrouble(file);
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return FileTrouble(file);
}

absl::StatusOr<KeyFile> ReadKeys(const fs::path& file) {
  ASSIGN_OR_RETURN(const std::optional<std::string> text, ReadFile(file));
  KeyFile keys;
  if (!text) return keys;
  const auto parsed = google::protobuf::util::JsonStringToMessage(*text, &keys);
  if (!parsed.ok()) {
    return FieldError(file.string(), Reason::MALFORMED,
                      {{"value", file.string()}, {"expected", "allmende.identity.v1.KeyFile"}});
  }
  return keys;
}

// Writes beside the file and renames, so that readers see the old or the new state and never half of one.
absl::Status WriteKeys(const fs::path& file, const KeyFile& keys) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(keys, &text, options).ok()) return FileTrouble(file);
  const fs::path fresh = file.string() + ".new";
  const int descriptor = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return FileTrouble(file);
  const bool written =
      write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(descriptor) == 0;
  close(descriptor);
  if (!written || rename(fresh.c_str(), file.c_str()) != 0) return FileTrouble(file);
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const int directory = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return FileTrouble(file);
  const bool synced = fsync(directory) == 0;
  close(directory);
  return synced ? absl::OkStatus() : FileTrouble(file);
}

// Reads the file, changes it and writes it back, alone.
absl::Status ChangeKeys(const fs::path& file, absl::FunctionRef<void(KeyFile&)> change) {
  const std::string lock_file = file.string() + ".lock";
  const int lock = open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return FileTrouble(file);
  const absl::Cleanup unlock = [&] { close(lock); };
  if (flock(lock, LOCK_EX) != 0) return FileTrouble(file);
  ASSIGN_OR_RETURN(KeyFile keys, ReadKeys(file));
  change(keys);
  return WriteKeys(file, keys);
}

struct Credential {
  Principal principal;
  std::string hash;
  Time expires;
};
using Credentials = StringMap<Credential>;  // by id

Credential FromKey(const v1::Key& key) {
  Credential credential{.principal = {}, .hash = key.hash(), .expires = FromProto(key.expires())};
  credential.principal.kind = Principal::Kind::kKey;
  credential.principal.subject = "key:" + key.id();
  credential.principal.actors.assign(key.actors().begin(), key.actors().end());
  for (const auto& [landscape, names] : key.roles()) {
    for (const auto& name : names.values()) {
      // A role of a newer version grants nothing here.
      if (const auto role = RoleFromName(name.string_value())) credential.principal.roles[landscape].insert(*role);
    }
  }
  return credential;
}

// What tells one state of the file from another without reading it.
struct Stamp {
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t modified_seconds = 0;
  std::int64_t modified_nanoseconds = 0;
  bool operator==(const Stamp&) const = default;
};

Stamp StampOf(const fs::path& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) return {};
  return {info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

class KeyFileReader final : public Authenticator {
 public:
  KeyFileReader(fs::path file, const Clock& clock) : file_(std::move(file)), clock_(clock) {}

  absl::StatusOr<Principal> Authenticate(std::string_view authorization) const override {
    if (authorization.empty()) return Principal{};
    if (!authorization.starts_with(kBearer)) {
      return NotAuthenticated("Erwartet wird „Bearer“.", "Expected is “Bearer”.");
    }
    const std::string_view key = authorization.substr(kBearer.size());
    const std::size_t id_end = kPrefix.size() + kIdLength;
    const absl::Status unknown = NotAuthenticated("Der Schlüssel ist unbekannt.", "The key is unknown.");
    if (!key.starts_with(kPrefix) || key.size() <= id_end || key[id_end] != '_') return unknown;

    const Time now = clock_.Now();
    const std::shared_ptr<const Credentials> credentials = Current(now);
    const auto found = credentials->find(key.substr(kPrefix.size(), kIdLength));
    if (found == credentials->end()) return unknown;
    const std::string hash = HashOf(key);
    const Credential& credential = found->second;
    if (hash.size() != credential.hash.size() || sodium_memcmp(hash.data(), credential.hash.data(), hash.size()) != 0) {
      return unknown;
    }
    if (credential.expires <= now) return NotAuthenticated("Der Schlüssel ist abgelaufen.", "The key has expired.");
    return credential.principal;
  }

 private:
  // The state of the file, looked at again when a second has passed.
  std::shared_ptr<const Credentials> Current(Time now) const {
    const std::scoped_lock lock(mutex_);
    if (!looked_ || now - *looked_ >= std::chrono::seconds(1) || now < *looked_) {
      looked_ = now;
      if (const Stamp stamp = StampOf(file_); stamp != stamp_) Load(stamp);
    }
    return credentials_;
  }

  void Load(const Stamp& stamp) const {
    const absl::StatusOr<KeyFile> keys = ReadKeys(file_);
    if (!keys.ok()) {
      log::Error("the key file cannot be read, the last good state stays in force", {{"file", file_.string()}});
      return;  // the stamp stays as it was, so the next look tries again
    }
    auto credentials = std::make_shared<Credentials>();
    for (const v1::Key& key : keys->keys()) credentials->insert_or_assign(key.id(), FromKey(key));
    log::Info("keys loaded", {{"count", credentials->size()}});
    credentials_ = std::move(credentials);
    stamp_ = stamp;
  }

  const fs::path file_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::optional<Time> looked_;
  mutable Stamp stamp_;
  mutable std::shared_ptr<const Credentials> credentials_ = std::make_shared<Credentials>();
};

class Everybody final : public Authenticator {
 public:
  Everybody() {
    principal_.kind = Principal::Kind::kDevelopment;
    principal_.subject = "development";
    principal_.roles["*"] = {Role::kOperator};
  }
  absl::StatusOr<Principal> Authenticate(std::string_view) const override { return principal_; }

 private:
  Principal principal_;
};

}  // namespace

absl::StatusOr<Secret<std::string>> AddKey(const fs::path& file, const NewKey& key, const Clock& clock) {
  const std::string id = RandomId().substr(0, kIdLength);
  const std::string secret = fmt::format("{}{}_{}", kPrefix, id, Base64UrlEncode(RandomBytes(32)));
  RETURN_IF_ERROR(ChangeKeys(file, [&](KeyFile& keys) {
    v1::Key* added = keys.add_keys();
    added->set_id(id);
    added->set_hash(HashOf(secret));
    for (const auto& [landscape, roles] : key.roles) {
      auto& names = (*added->mutable_roles())[landscape];
      for (const Role role : roles) names.add_values()->set_string_value(std::string(NameOf(role)));
    }
    for (const std::string& actor : key.actors) added->add_actors(actor);
    added->set_note(key.note);
    *added->mutable_created() = ToProto(clock.Now());
    *added->mutable_expires() = ToProto(key.expires);
  }));
  return Secret<std::string>(secret);
}

absl::StatusOr<KeyFile> ListKeys(const fs::path& file) { return ReadKeys(file); }

absl::StatusOr<bool> RemoveKey(const fs::path& file, std::string_view id) {
  int removed = 0;
  RETURN_IF_ERROR(ChangeKeys(file, [&](KeyFile& keys) {
    auto& all = *keys.mutable_keys();
    const auto gone = std::remove_if(all.begin(), all.end(), [&](const v1::Key& key) { return key.id() == id; });
    removed = static_cast<int>(all.end() - gone);
    all.erase(gone, all.end());
  }));
  return removed > 0;
}

std::unique_ptr<Authenticator> KeyFileAuthenticator(fs::path file, const Clock& clock) {
  return std::make_unique<KeyFileReader>(std::move(file), clock);
}

std::unique_ptr<Authenticator> DevelopmentAuthenticator() { return std::make_unique<Everybody>(); }

}  // namespace allmende::identity
