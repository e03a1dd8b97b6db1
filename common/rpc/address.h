// Where a server listens or is reached: "127.0.0.1:8080", "[::1]:8080", "localhost:0" (a free port) or
// "unix:/run/x.sock".
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

namespace allmende::rpc {

struct Address {
  std::string host;  // or the path of a Unix socket
  std::string port;  // empty: a Unix socket
  bool IsUnix() const { return port.empty(); }
  std::string ToString() const;
};

// A violation of the field "listen" where it cannot be read.
absl::StatusOr<Address> ParseAddress(std::string_view text);

// Whether only this machine can get there.
bool IsLoopback(const Address& address);

// A socket that listens there, non-blocking and closed on exec, without SO_REUSEPORT: a second process is refused
// instead of taking half of the calls. The socket file that a dead process left behind is replaced. `address.port` is
// filled in where it was 0. TEMPORARILY_UNAVAILABLE where the address cannot be had.
absl::StatusOr<int> ListenOn(Address& address);

}  // namespace allmende::rpc
