// One request and its answer, as the gateway's handlers see them: no socket, no framing, no thread of anybody's is
// held. The server implements it on a connection, tests and fuzzers in memory.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace allmende::gateway {

// What stands before the body of a request. Views are valid as long as the exchange.
class RequestHead {
 public:
  virtual ~RequestHead() = default;
  virtual std::string_view verb() const = 0;    // "GET"
  virtual std::string_view target() const = 0;  // "/v1/landscapes?page_size=5"
  // The value of a header by its name in lower case, several joined by ", "; empty where there is none.
  virtual std::string_view header(std::string_view name) const = 0;

  std::string_view path() const { return target().substr(0, target().find('?')); }
  std::string_view query() const {
    const std::size_t mark = target().find('?');
    return mark == std::string_view::npos ? std::string_view() : target().substr(mark + 1);
  }
};

// An answer. Its body is either its own or shared with a cache.
struct Response {
  int status = 200;
  std::string headers;              // complete lines, each with its CR LF
  std::string_view shared_headers;  // more of them, prepared before
  std::string body;
  std::string_view shared_body;        // takes the place of `body` where not empty
  std::shared_ptr<const void> shared;  // keeps what the views above point to

  // Adds a header. Line breaks in the value are dropped, so that no value can become a header of its own.
  void Add(std::string_view name, std::string_view value);
  std::string_view content() const { return shared_body.empty() ? std::string_view(body) : shared_body; }
};

// All methods may be called from any thread; callbacks run on the connection's.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual const RequestHead& head() const = 0;
  // The whole body; empty where it is read in pieces.
  virtual std::string_view body() const = 0;

  // The next piece of a body that is read in pieces: `done(true, piece)`; an empty piece is the end; `done(false, "")`
  // where the body broke off or is too large. One call at a time; nothing is read from the network before it is asked
  // for.
  virtual void ReadPiece(std::function<void(bool ok, std::string piece)> done) = 0;

  // Ends the exchange with a complete answer. Once.
  virtual void Respond(Response response) = 0;

  // Or an answer in pieces: begin, pieces, end. `sent(false)`: the caller is gone or the server drains.
  virtual void BeginPieces(Response head) = 0;
  virtual void SendPiece(std::string piece, std::function<void(bool ok)> sent) = 0;
  virtual void EndPieces() = 0;
  // Called once where the caller goes away, or the server drains, before the end of an answer in pieces.
  virtual void OnGone(std::function<void()> gone) = 0;
};

enum class BodyMode { kWhole, kPieces };

// What answers requests.
class Handler {
 public:
  virtual ~Handler() = default;
  // How the body of this request is to be read; asked only where it has one.
  virtual BodyMode ModeOf(const RequestHead& head) const = 0;
  // Must not block. Ends the exchange now or later.
  virtual void Handle(std::shared_ptr<Exchange> exchange) = 0;
  // An answer with this status is on its way to the caller.
  virtual void Answered(int /*status*/) {}
  // An answer for a request that cannot be read, or not to its end.
  virtual Response Refuse(int status, std::string_view accept_language) = 0;
};

}  // namespace allmende::gateway
