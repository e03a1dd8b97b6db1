// The exchange of one request on a connection. Handlers call it from any thread; what they ask for becomes an event on
// the connection's own thread, where its coroutine picks it up.
#pragma once

#include <boost/asio/post.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "services/gateway/http/connection.h"
#include "services/gateway/http/exchange.h"

namespace allmende::gateway {

class Turn final : public Exchange, public std::enable_shared_from_this<Turn> {
 public:
  struct Answer {
    Response response;
  };
  struct Begin {
    Response head;
  };
  struct Piece {
    std::string bytes;
    std::function<void(bool)> sent;
  };
  struct End {};
  struct WantPiece {
    std::function<void(bool, std::string)> done;
  };
  using Event = std::variant<Answer, Begin, Piece, End, WantPiece>;

  Turn(std::shared_ptr<Connection> connection, std::string body)
      : connection_(std::move(connection)), body_(std::move(body)) {}

  const RequestHead& head() const override { return connection_->parser_.head(); }
  std::string_view body() const override { return body_; }
  void ReadPiece(std::function<void(bool, std::string)> done) override { Push(WantPiece{std::move(done)}); }
  void Respond(Response response) override { Push(Answer{std::move(response)}); }
  void BeginPieces(Response head) override { Push(Begin{std::move(head)}); }
  void SendPiece(std::string piece, std::function<void(bool)> sent) override {
    Push(Piece{std::move(piece), std::move(sent)});
  }
  void EndPieces() override { Push(End{}); }
  void OnGone(std::function<void()> gone) override {
    OnLoop([self = shared_from_this(), gone = std::move(gone)]() mutable {
      self->gone_ = std::move(gone);
      if (self->is_gone_) self->TellGone();
    });
  }

  // The rest is for the connection, on its thread.
  std::deque<Event>& events() { return events_; }
  void TellGone() {
    is_gone_ = true;
    if (auto gone = std::exchange(gone_, nullptr)) gone();
  }
  // Nothing of this turn will be written or read any more: whoever waits for it is told.
  void Abandon() {
    abandoned_ = true;
    for (Event& event : std::exchange(events_, {})) Refuse(event);
    TellGone();
  }
  bool abandoned() const { return abandoned_; }

 private:
  void Push(Event event) {
    OnLoop([self = shared_from_this(), event = std::move(event)]() mutable {
      if (self->abandoned_) {
        Refuse(event);
        return;
      }
      self->events_.push_back(std::move(event));
      self->connection_->wake_.cancel();
      if (self->connection_->reading_piece_) self->connection_->socket_.cancel();
    });
  }

  static void Refuse(Event& event) {
    if (auto* piece = std::get_if<Piece>(&event)) piece->sent(false);
    if (auto* want = std::get_if<WantPiece>(&event)) want->done(false, {});
  }

  // At once where we are on the loop's thread already.
  template <typename Action>
  void OnLoop(Action action) {
    Loop& loop = *connection_->loop_;
    if (loop.io.get_executor().running_in_this_thread()) {
      action();
    } else if (!loop.closed) {
      boost::asio::post(loop.io, std::move(action));
    }
  }

  std::shared_ptr<Connection> connection_;
  std::string body_;
  std::deque<Event> events_;
  std::function<void()> gone_;
  bool is_gone_ = false;
  bool abandoned_ = false;
};

}  // namespace allmende::gateway
