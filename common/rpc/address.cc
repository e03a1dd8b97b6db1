#include "common/rpc/address.h"

#include <absl/cleanup/cleanup.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "common/log/log.h"
#include "common/status/error.h"

namespace allmende::rpc {
namespace {

constexpr std::string_view kUnix = "unix:";

absl::Status Malformed(std::string_view text) {
  return FieldError(
      "listen", Reason::MALFORMED,
      {{"value", std::string(text)}, {"expected", "127.0.0.1:8080, [::1]:8080, unix:/run/allmende.sock"}});
}

absl::Status CannotListen(const Address& address, int error) {
  log::Error("cannot listen", {{"address", address.ToString()}, {"cause", std::strerror(error)}});
  return Error(Reason::TEMPORARILY_UNAVAILABLE, {{"what", address.ToString()}});
}

// Removes a socket file behind which nobody listens any more.
void RemoveStale(const sockaddr_un& name) {
  struct stat info {};
  if (stat(name.sun_path, &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return;
  const bool dead =
      connect(probe, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0 && errno == ECONNREFUSED;
  close(probe);
  if (dead) unlink(name.sun_path);
}

absl::StatusOr<int> ListenOnUnix(const Address& address) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (address.host.size() >= sizeof(name.sun_path)) return Malformed(address.ToString());
  std::ranges::copy(address.host, name.sun_path);
  RemoveStale(name);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) return CannotListen(address, errno);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0 || listen(listener, SOMAXCONN) != 0 ||
      chmod(name.sun_path, 0660) != 0) {
    const int error = errno;
    close(listener);
    return CannotListen(address, error);
  }
  return listener;
}

int PortOf(int listener) {
  sockaddr_storage name{};
  socklen_t size = sizeof(name);
  if (getsockname(listener, reinterpret_cast<sockaddr*>(&name), &size) != 0) return 0;
  if (name.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&name)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&name)->sin_port);
}

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

AddressList Resolve(const Address& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found) != 0) found = nullptr;
  return {found, &freeaddrinfo};
}

}  // namespace

std::string Address::ToString() const {
  if (IsUnix()) return std::string(kUnix) + host;
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

absl::StatusOr<Address> ParseAddress(std::string_view text) {
  if (text.starts_with(kUnix)) {
    const std::string_view path = text.substr(kUnix.size());
    if (path.empty()) return Malformed(text);
    return Address{.host = std::string(path), .port = {}};
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size() || text.size() - colon > 6)
    return Malformed(text);
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (!std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; }) || std::stoi(std::string(port)) > 65535) {
    return Malformed(text);
  }
  if (host.starts_with('[') && host.ends_with(']') && host.size() > 2) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return Malformed(text);
  }
  return Address{.host = std::string(host), .port = std::string(port)};
}

bool IsLoopback(const Address& address) {
  if (address.IsUnix()) return true;
  const AddressList found = Resolve(address);
  if (found == nullptr) return false;
  for (const addrinfo* entry = found.get(); entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET) {
      if (ntohl(reinterpret_cast<const sockaddr_in*>(entry->ai_addr)->sin_addr.s_addr) >> 24U != 127) return false;
    } else if (entry->ai_family != AF_INET6 ||
               !IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(entry->ai_addr)->sin6_addr)) {
      return false;
    }
  }
  return true;
}

absl::StatusOr<int> ListenOn(Address& address) {
  if (address.IsUnix()) return ListenOnUnix(address);
  const AddressList found = Resolve(address);
  if (found == nullptr) return CannotListen(address, ENOENT);
  const int listener = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) return CannotListen(address, errno);
  const int on = 1;  // accepted sockets inherit TCP_NODELAY
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (bind(listener, found->ai_addr, found->ai_addrlen) != 0 || listen(listener, SOMAXCONN) != 0) {
    const int error = errno;
    close(listener);
    return CannotListen(address, error);
  }
  address.port = std::to_string(PortOf(listener));
  return listener;
}

}  // namespace allmende::rpc
