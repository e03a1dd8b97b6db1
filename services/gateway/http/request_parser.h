// HTTP/1.1 requests out of bytes (RFC 9112), by Boost.Beast's parser with limits on everything and without the
// ambiguities that request smuggling lives on. Knows no socket, so that it can be fuzzed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "services/gateway/http/exchange.h"

namespace allmende::gateway {

struct ParserLimits {
  std::size_t head_bytes = 16U << 10U;
  std::size_t body_bytes = 1U << 20U;     // of a body that is read whole
  std::size_t upload_bytes = 64U << 20U;  // of a body that is read in pieces
};

class RequestParser {
 public:
  enum class State {
    kHead,    // the head is not complete
    kBody,    // the head is complete, the body is not
    kDone,    // all is there
    kBroken,  // refused: see status()
  };

  explicit RequestParser(const ParserLimits& limits);
  ~RequestParser();

  // Reads on; how many of the bytes were used. The rest is to be handed in again, with more behind it, or belongs to
  // the next request. Stops once at the end of the head, so that its owner can say how the body is to be read.
  std::size_t Feed(std::string_view bytes);

  State state() const;
  // The HTTP status of the refusal: 400, 413, 431, 501, 505.
  int status() const;
  const RequestHead& head() const;
  // To be called at the end of the head: a body longer than the mode allows breaks the request.
  void SetMode(BodyMode mode);
  // What has been read of the body since the last call.
  std::string TakeBody();
  std::size_t pending_body_bytes() const;
  bool keep_alive() const;
  int version() const;  // 10 or 11
  // Whether the caller waits for "100 Continue" before it sends the body.
  bool expects_continue() const;
  bool has_body() const;

  // Ready for the next request.
  void Reset();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace allmende::gateway
