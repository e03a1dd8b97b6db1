#include "common/rpc/accept_loop.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "common/base/macros.h"
#include "common/log/log.h"

namespace allmende::rpc {
namespace {

// How many connections are taken from one listener before the others have their turn.
constexpr int kBatch = 64;
// How long to rest when the system has nothing to give and waiting for an event would return at once.
constexpr std::chrono::milliseconds kRest(20);
constexpr std::chrono::milliseconds kBetweenSweeps(50);
constexpr std::chrono::seconds kBetweenWarnings(5);

int OpenSpare() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

// The inode of the socket behind a descriptor; 0 where there is none.
ino_t SocketInode(int descriptor) {
  struct stat info {};
  return fstat(descriptor, &info) == 0 && S_ISSOCK(info.st_mode) ? info.st_ino : 0;
}

}  // namespace

AcceptLoop::AcceptLoop(int max_connections, Metrics& metrics)
    : max_connections_(max_connections),
      metrics_(metrics),
      gauge_(metrics.Gauge("allmende_connections", "Connections handed over, as of the last count")),
      spare_(OpenSpare()),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

AcceptLoop::~AcceptLoop() {
  Stop();
  for (const int descriptor : {spare_, wake_}) {
    if (descriptor >= 0) close(descriptor);
  }
}

absl::Status AcceptLoop::Listen(Address address) {
  ASSIGN_OR_RETURN(const int socket, ListenOn(address));
  listeners_.push_back({std::move(address), socket});
  return absl::OkStatus();
}

std::vector<std::string> AcceptLoop::addresses() const {
  std::vector<std::string> addresses;
  for (const Listener& listener : listeners_) addresses.push_back(listener.address.ToString());
  return addresses;
}

void AcceptLoop::Start(Take take) {
  take_ = std::move(take);
  if (!listeners_.empty()) thread_ = std::thread([this] { Loop(); });
}

void AcceptLoop::Stop() {
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    // An eventfd takes 2^64 of these before it refuses one.
    if (write(wake_, &one, sizeof(one)) != sizeof(one)) log::Error("the accept loop cannot be woken");
    thread_.join();
  }
  for (const Listener& listener : listeners_) {
    close(listener.socket);
    if (listener.address.IsUnix()) unlink(listener.address.host.c_str());
  }
  listeners_.clear();
}

void AcceptLoop::Loop() {
  std::vector<pollfd> waiting = {{.fd = wake_, .events = POLLIN, .revents = 0}};
  for (const Listener& listener : listeners_)
    waiting.push_back({.fd = listener.socket, .events = POLLIN, .revents = 0});
  while (true) {
    if (poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) std::this_thread::sleep_for(kRest);
    if (waiting.front().revents != 0) return;
    for (std::size_t i = 1; i < waiting.size(); ++i) {
      if (waiting[i].revents != 0) AcceptFrom(waiting[i].fd);
    }
  }
}

void AcceptLoop::AcceptFrom(int listener) {
  for (int i = 0; i < kBatch; ++i) {
    const int connection = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection >= 0) {
      HandOver(listener, connection);
      continue;
    }
    if (errno == EMFILE || errno == ENFILE) return RefuseWithSpare(listener);
    if (errno == ENOBUFS || errno == ENOMEM) return std::this_thread::sleep_for(kRest);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    // Anything else (ECONNABORTED, network errors) concerns only the connection that was not accepted.
  }
}

void AcceptLoop::HandOver(int listener, int connection) {
  if (spare_ < 0) spare_ = OpenSpare();
  if (spare_ < 0) return Refuse(connection, "descriptors");  // the next one may be needed for the spare
  if (Full()) return Refuse(connection, "connections");
  open_.push_back({connection, SocketInode(connection)});
  gauge_.Set(static_cast<double>(open_.size()));
  take_(listener, connection);
}

void AcceptLoop::Refuse(int connection, std::string_view limit) {
  metrics_.Rejected(limit);
  close(connection);
  const Deadline now = std::chrono::steady_clock::now();
  if (now < next_warning_) return;
  next_warning_ = now + kBetweenWarnings;
  log::Warning("connections are refused", {{"limit", limit}, {"open", open_.size()}});
}

void AcceptLoop::RefuseWithSpare(int listener) {
  if (spare_ >= 0) {
    close(std::exchange(spare_, -1));
    if (const int connection = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC); connection >= 0) {
      Refuse(connection, "descriptors");
    }
    spare_ = OpenSpare();
  }
  // Somebody else may have been faster; without a spare all that is left is to wait for a descriptor to come back.
  if (spare_ < 0) {
    std::this_thread::sleep_for(kRest);
    spare_ = OpenSpare();
  }
}

bool AcceptLoop::Full() {
  if (static_cast<int>(open_.size()) < max_connections_) return false;
  if (const Deadline now = std::chrono::steady_clock::now(); now >= next_sweep_) {
    next_sweep_ = now + kBetweenSweeps;
    std::erase_if(open_, [](const Connection& c) { return SocketInode(c.descriptor) != c.inode; });
    gauge_.Set(static_cast<double>(open_.size()));
  }
  return static_cast<int>(open_.size()) >= max_connections_;
}

}  // namespace allmende::rpc
