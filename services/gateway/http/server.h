// The HTTP/1.1 server of the gateway: coroutines on a few threads, limits on everything, and a way to stop without
// cutting anybody off. Each connection belongs to one thread for its whole life, so nothing in it is locked.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <memory>
#include <string>

#include "services/gateway/http/exchange.h"
#include "services/gateway/http/request_parser.h"

namespace allmende::gateway {

struct ServerOptions {
  std::string address = "127.0.0.1";
  int port = 0;  // 0: a free one
  int threads = 2;
  ParserLimits limits;
  std::size_t max_connections = 4096;               // one more is answered 503 and closed
  std::chrono::milliseconds head_timeout{10'000};   // from the first byte of a head to its end
  std::chrono::milliseconds body_timeout{30'000};   // for a body read whole, or from piece to piece
  std::chrono::milliseconds idle_timeout{75'000};   // between two requests
  std::chrono::milliseconds write_timeout{30'000};  // until the caller has taken what was sent
};

class Server {
 public:
  // Listens and serves from now on. TEMPORARILY_UNAVAILABLE where the address cannot be listened on. `handler` outlives
  // it.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, Handler& handler);
  // Drains for no time at all.
  ~Server();

  int port() const;
  std::size_t connections() const;

  // Accepts nobody any more, lets requests in progress end (answers in pieces are told to), then closes. Returns when
  // all connections are closed, or closes those that are left after `limit`.
  void Drain(std::chrono::milliseconds limit);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace allmende::gateway
