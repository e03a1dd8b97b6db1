// One connection: reads requests, hands them to the handler, writes the answers, one after the other.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

#include "services/gateway/http/loop.h"
#include "services/gateway/http/server.h"

namespace allmende::gateway {

class Turn;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // `count` is one higher from now until the connection has ended.
  Connection(std::shared_ptr<Loop> loop, boost::asio::ip::tcp::socket socket, const ServerOptions& options,
             Handler& handler, std::shared_ptr<std::atomic<std::size_t>> count);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Serves until either side ends it. Keeps itself alive for so long.
  void Start();

  // On the loop's thread.
  void CloseIfOverdue(std::chrono::steady_clock::time_point now);
  void Drain();
  void Close();

 private:
  friend class Turn;
  using Awaitable = boost::asio::awaitable<void>;
  template <typename T>
  using Task = boost::asio::awaitable<T>;

  Awaitable Run();
  Task<bool> ReadHead();
  Task<bool> ReadBody();
  Task<bool> Serve();
  Task<bool> RunTurn(std::shared_ptr<Turn> turn);
  Awaitable ReadOnePiece(Turn& turn);
  Task<bool> SendContinue();
  Task<bool> WriteAnswer(const Response& response, bool keep_alive);
  Task<bool> WriteBegin(const Response& response);
  Task<bool> WritePiece(const std::string& piece);
  Task<bool> Write(std::string_view head, std::string_view body);
  Task<bool> ReadSome();
  Awaitable Linger();
  void WatchForGone(std::shared_ptr<Turn> turn);

  void FeedParser();
  void StatusLine(int status);
  void SetDeadline(std::chrono::milliseconds from_now) { deadline_ = std::chrono::steady_clock::now() + from_now; }
  void NoDeadline() { deadline_ = std::chrono::steady_clock::time_point::max(); }

  std::shared_ptr<Loop> loop_;
  boost::asio::ip::tcp::socket socket_;
  const ServerOptions& options_;
  Handler& handler_;
  std::shared_ptr<std::atomic<std::size_t>> count_;
  RequestParser parser_;
  boost::asio::steady_timer wake_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();

  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what was received and not parsed yet
  std::size_t end_ = 0;
  std::string out_;  // the head of the answer, its memory used again
  std::weak_ptr<Turn> turn_;
  bool idle_ = true;      // nothing of a request has been received
  bool closing_ = false;  // the answer in progress is the last one
  bool reading_piece_ = false;
};

}  // namespace allmende::gateway
