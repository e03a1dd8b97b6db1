// One thread of the HTTP server and the connections that belong to it.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <unordered_set>

namespace allmende::gateway {

class Connection;

// Used on its own thread only, except for `io`, which anybody may post to, and `closed`.
class Loop {
 public:
  Loop() : sweeper_(io) {}

  // Closes connections that are past their deadline, once a second, until the loop ends.
  void StartSweeping();
  void Add(Connection& connection) { connections_.insert(&connection); }
  void Remove(Connection& connection) { connections_.erase(&connection); }
  // Tells every connection to end as soon as it decently can.
  void Drain();
  void CloseAll();
  bool draining() const { return draining_; }

  // "Date: Tue, 24 Nov 2026 14:32:44 GMT\r\n", made once a second.
  const std::string& DateLine();

  boost::asio::io_context io{1};  // one thread runs it
  std::atomic<bool> closed = false;

 private:
  boost::asio::steady_timer sweeper_;
  std::unordered_set<Connection*> connections_;
  bool draining_ = false;
  std::time_t date_second_ = 0;
  std::string date_line_;
};

}  // namespace allmende::gateway
