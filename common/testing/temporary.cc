#include "common/testing/temporary.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace allmende {

TempDir::TempDir() {
  const char* parent = std::getenv("TMPDIR");
  std::string name = fmt::format("{}/allmende-XXXXXX", parent != nullptr ? parent : "/tmp");
  if (mkdtemp(name.data()) == nullptr) GiveUp(fmt::format("no folder {}: {}", name, std::strerror(errno)));
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool found = listener >= 0 && bind(listener, generic, size) == 0 && getsockname(listener, generic, &size) == 0;
  if (!found) GiveUp(fmt::format("no free port: {}", std::strerror(errno)));
  close(listener);
  return ntohs(address.sin_port);
}

void GiveUp(std::string_view why) {
  fmt::print(stderr, "test helper: {}\n", why);
  std::abort();
}

}  // namespace allmende
