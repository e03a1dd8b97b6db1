#include "services/gateway/http/connection.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "services/gateway/http/turn.h"

// In the coroutines here every co_await is a statement of its own: g++ 12 makes code that jumps into nowhere of one
// inside of a condition.

namespace allmende::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kFirstBuffer = 4U << 10U;
constexpr std::size_t kLargestBuffer = 64U << 10U;

// On every answer: nothing in it is to be run, framed, guessed at or kept by others.
constexpr std::string_view kSecurityHeaders =
    "X-Content-Type-Options: nosniff\r\n"
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

std::string_view PhraseOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "-";
  }
}

}  // namespace

Connection::Connection(std::shared_ptr<Loop> loop, tcp::socket socket, const ServerOptions& options, Handler& handler,
                       std::shared_ptr<std::atomic<std::size_t>> count)
    : loop_(std::move(loop)),
      socket_(std::move(socket)),
      options_(options),
      handler_(handler),
      count_(std::move(count)),
      parser_(options.limits),
      wake_(loop_->io) {
  count_->fetch_add(1);
}

void Connection::Start() {
  ErrorCode ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
  loop_->Add(*this);
  asio::co_spawn(
      loop_->io,
      [self = shared_from_this()]() -> Awaitable {
        co_await self->Run();
        self->loop_->Remove(*self);
        self->Close();
        self->count_->fetch_sub(1);
      },
      asio::detached);
}

void Connection::CloseIfOverdue(std::chrono::steady_clock::time_point now) {
  if (now >= deadline_) Close();
}

void Connection::Drain() {
  closing_ = true;
  if (idle_) return Close();
  if (const auto turn = turn_.lock()) turn->TellGone();
}

void Connection::Close() {
  ErrorCode ignored;
  socket_.close(ignored);
  wake_.cancel();
}

Connection::Awaitable Connection::Run() {
  for (;;) {
    const bool complete = co_await ReadHead();
    if (!complete) co_return;
    const bool keep = co_await Serve();
    if (!keep) co_return;
    parser_.Reset();
  }
}

void Connection::FeedParser() {
  while (begin_ < end_ &&
         (parser_.state() == RequestParser::State::kHead || parser_.state() == RequestParser::State::kBody)) {
    const auto before = parser_.state();
    const std::size_t used = parser_.Feed({buffer_.data() + begin_, end_ - begin_});
    begin_ += used;
    if (used == 0 || parser_.state() != before) break;
  }
}

Connection::Task<bool> Connection::ReadSome() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == buffer_.size()) {
    if (begin_ > 0) {
      std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
                buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
      end_ -= begin_;
      begin_ = 0;
    } else if (buffer_.size() < kLargestBuffer) {
      buffer_.resize(std::max(kFirstBuffer, buffer_.size() * 2));
    } else {
      co_return false;  // a single line or chunk extension that long is an attack
    }
  }
  const auto [failed, size] =
      co_await socket_.async_read_some(asio::buffer(buffer_.data() + end_, buffer_.size() - end_), kAwait);
  end_ += size;
  co_return !failed;
}

Connection::Task<bool> Connection::ReadHead() {
  idle_ = begin_ == end_;
  SetDeadline(idle_ ? options_.idle_timeout : options_.head_timeout);
  while (true) {
    FeedParser();
    if (parser_.state() != RequestParser::State::kHead) co_return true;
    if (closing_ || loop_->draining()) co_return false;
    const bool read = co_await ReadSome();
    if (!read) co_return false;
    if (std::exchange(idle_, false)) SetDeadline(options_.head_timeout);  // the clock runs from the first byte
  }
}

Connection::Task<bool> Connection::ReadBody() {
  SetDeadline(options_.body_timeout);
  while (parser_.state() == RequestParser::State::kBody) {
    const std::size_t before = begin_;
    FeedParser();
    if (parser_.state() != RequestParser::State::kBody || begin_ != before) continue;
    const bool read = co_await ReadSome();
    if (!read) co_return false;
  }
  co_return true;
}

Connection::Task<bool> Connection::SendContinue() {
  if (!parser_.expects_continue() || begin_ != end_) co_return true;
  const bool sent = co_await Write("HTTP/1.1 100 Continue\r\n\r\n", {});
  co_return sent;
}

// One request, from the end of its head to the end of its answer. False: the connection is to be closed.
Connection::Task<bool> Connection::Serve() {
  const bool pieces = parser_.has_body() && handler_.ModeOf(parser_.head()) == BodyMode::kPieces;
  if (parser_.has_body()) parser_.SetMode(pieces ? BodyMode::kPieces : BodyMode::kWhole);
  if (parser_.has_body()) {
    bool good = co_await SendContinue();
    if (good && !pieces) good = co_await ReadBody();
    if (!good) co_return false;
  }
  if (parser_.state() == RequestParser::State::kBroken) {
    const Response refusal = handler_.Refuse(parser_.status(), parser_.head().header("accept-language"));
    co_await WriteAnswer(refusal, /*keep_alive=*/false);
    co_await Linger();
    co_return false;
  }
  NoDeadline();
  const auto turn = std::make_shared<Turn>(shared_from_this(), pieces ? std::string() : parser_.TakeBody());
  turn_ = turn;
  handler_.Handle(turn);
  const bool keep = co_await RunTurn(turn);
  turn->Abandon();
  co_return keep;
}

Connection::Task<bool> Connection::RunTurn(std::shared_ptr<Turn> turn) {
  bool good = true;
  while (good) {
    while (turn->events().empty()) {
      if (!socket_.is_open()) co_return false;
      wake_.expires_at(std::chrono::steady_clock::time_point::max());
      co_await wake_.async_wait(kAwait);
    }
    Turn::Event event = std::move(turn->events().front());
    turn->events().pop_front();
    if (auto* answer = std::get_if<Turn::Answer>(&event)) {
      const bool complete = parser_.state() == RequestParser::State::kDone;
      const bool keep = complete && parser_.keep_alive() && !closing_ && !loop_->draining();
      // An upload that broke the limits gets the server's answer, whatever the handler made of the breaking off.
      if (parser_.state() == RequestParser::State::kBroken) {
        answer->response = handler_.Refuse(parser_.status(), parser_.head().header("accept-language"));
      }
      good = co_await WriteAnswer(answer->response, keep);
      if (good && !complete) co_await Linger();
      co_return good&& keep;
    }
    if (auto* begin = std::get_if<Turn::Begin>(&event)) {
      good = co_await WriteBegin(begin->head);
      WatchForGone(turn);
    } else if (auto* piece = std::get_if<Turn::Piece>(&event)) {
      good = co_await WritePiece(piece->bytes);
      piece->sent(good);
    } else if (std::holds_alternative<Turn::End>(event)) {
      if (parser_.version() >= 11) co_await Write("0\r\n\r\n", {});
      co_return false;
    } else if (auto* want = std::get_if<Turn::WantPiece>(&event)) {
      co_await ReadOnePiece(*turn);
      const bool broken = parser_.state() == RequestParser::State::kBroken ||
                          (parser_.state() == RequestParser::State::kBody && parser_.pending_body_bytes() == 0);
      want->done(!broken, broken ? std::string() : parser_.TakeBody());
    }
  }
  co_return false;
}

// Until some of the body is there, or its end, or an answer has come that makes the rest of it pointless.
Connection::Awaitable Connection::ReadOnePiece(Turn& turn) {
  SetDeadline(options_.body_timeout);
  while (parser_.pending_body_bytes() == 0 && parser_.state() == RequestParser::State::kBody && turn.events().empty()) {
    const std::size_t before = begin_;
    FeedParser();
    if (begin_ != before) continue;
    reading_piece_ = true;
    const bool read = co_await ReadSome();
    reading_piece_ = false;
    if (!read) break;
  }
  NoDeadline();
}

void Connection::StatusLine(int status) {
  out_.clear();
  fmt::format_to(std::back_inserter(out_), "HTTP/1.1 {} {}\r\n", status, PhraseOf(status));
  out_.append(loop_->DateLine()).append(kSecurityHeaders);
}

Connection::Task<bool> Connection::WriteAnswer(const Response& response, bool keep_alive) {
  handler_.Answered(response.status);
  StatusLine(response.status);
  out_.append(response.headers).append(response.shared_headers);
  const std::string_view content = response.content();
  if (response.status != 204 && response.status != 304) {
    fmt::format_to(std::back_inserter(out_), "Content-Length: {}\r\n", content.size());
  }
  if (!keep_alive) out_.append("Connection: close\r\n");
  out_.append("\r\n");
  const bool with_content = parser_.head().verb() != "HEAD" && response.status != 204 && response.status != 304;
  const bool sent = co_await Write(out_, with_content ? content : std::string_view());
  co_return sent;
}

Connection::Task<bool> Connection::WriteBegin(const Response& response) {
  handler_.Answered(response.status);
  StatusLine(response.status);
  out_.append(response.headers).append(response.shared_headers);
  if (parser_.version() >= 11) out_.append("Transfer-Encoding: chunked\r\n");
  out_.append("Connection: close\r\n\r\n");
  const bool sent = co_await Write(out_, {});
  co_return sent;
}

Connection::Task<bool> Connection::WritePiece(const std::string& piece) {
  if (piece.empty()) co_return true;
  out_.clear();
  if (parser_.version() >= 11) fmt::format_to(std::back_inserter(out_), "{:x}\r\n", piece.size());
  out_.append(piece);
  if (parser_.version() >= 11) out_.append("\r\n");
  const bool sent = co_await Write(out_, {});
  co_return sent;
}

Connection::Task<bool> Connection::Write(std::string_view head, std::string_view body) {
  std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(body)};
  // Nearly always the socket takes it all at once, and no wait has to be set up.
  ErrorCode failed;
  std::size_t sent = socket_.write_some(parts, failed);
  if (failed && failed != asio::error::would_block) co_return false;
  if (failed) sent = 0;
  if (sent == head.size() + body.size()) co_return true;
  const std::size_t of_head = std::min(sent, head.size());
  parts = {asio::buffer(head.substr(of_head)), asio::buffer(body.substr(sent - of_head))};
  SetDeadline(options_.write_timeout);
  const auto [failed_later, rest] = co_await asio::async_write(socket_, parts, kAwait);
  NoDeadline();
  co_return !failed_later;
}

// Closing while the caller still sends would destroy the answer on its way; so what comes is read and dropped for a
// moment.
Connection::Awaitable Connection::Linger() {
  constexpr std::chrono::seconds kLongest{2};
  ErrorCode ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  SetDeadline(kLongest);
  buffer_.resize(std::max(buffer_.size(), kFirstBuffer));
  for (std::size_t dropped = 0; dropped < options_.limits.upload_bytes;) {
    const auto [failed, size] = co_await socket_.async_read_some(asio::buffer(buffer_), kAwait);
    if (failed) co_return;
    dropped += size;
  }
}

void Connection::WatchForGone(std::shared_ptr<Turn> turn) {
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this(), turn = std::move(turn)](ErrorCode failed) {
    if (turn->abandoned()) return;
    char byte = 0;
    const bool ended = failed || ::recv(self->socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    if (!ended) return;  // more bytes: a caller that pipelines; it will be noticed when writing fails
    self->Close();
    turn->Abandon();
  });
}

}  // namespace allmende::gateway
