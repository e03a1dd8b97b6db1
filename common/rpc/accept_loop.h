// Accepts connections and hands them to a server. Ours, because gRPC 1.51's own listener never accepts again after it
// once ran out of file descriptors (CVE-2023-4785, unfixed in Debian 12). This one keeps a spare descriptor: when there
// is no other left it gives that one up to accept and close the connection, so callers are refused at once instead of
// waiting, and it goes on as soon as there is room. A cap on connections keeps the process from getting there in the
// first place.
#pragma once

#include <absl/status/status.h>
#include <sys/types.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/metrics/metrics.h"
#include "common/rpc/address.h"

namespace allmende::rpc {

class AcceptLoop {
 public:
  // Takes ownership of a connected, non-blocking socket. `listener` is the socket it came from.
  using Take = std::function<void(int listener, int connection)>;

  AcceptLoop(int max_connections, Metrics& metrics);
  ~AcceptLoop();
  AcceptLoop(const AcceptLoop&) = delete;
  AcceptLoop& operator=(const AcceptLoop&) = delete;

  // Before Start. From here on the kernel queues connections.
  absl::Status Listen(Address address);
  // The addresses with the ports they really have.
  std::vector<std::string> addresses() const;

  void Start(Take take);
  // Closes the listening sockets and waits for the thread. Connections that were handed over stay.
  void Stop();

 private:
  struct Listener {
    Address address;
    int socket;
  };
  // A connection that was handed over. Its owner closes it without telling, which shows in the inode behind the number.
  struct Connection {
    int descriptor;
    ino_t inode;
  };

  void Loop();
  void AcceptFrom(int listener);
  void HandOver(int listener, int connection);
  void Refuse(int connection, std::string_view limit);
  void RefuseWithSpare(int listener);
  bool Full();

  const int max_connections_;
  Metrics& metrics_;
  prometheus::Gauge& gauge_;
  std::vector<Listener> listeners_;
  std::vector<Connection> open_;
  Deadline next_sweep_;
  Deadline next_warning_;
  int spare_ = -1;
  int wake_ = -1;
  Take take_;
  std::thread thread_;
};

}  // namespace allmende::rpc
