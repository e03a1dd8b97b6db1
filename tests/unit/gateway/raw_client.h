// A TCP client that sends bytes as they are and reads answers, for tests of what well-behaved clients never do.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace allmende::gateway {

struct RawAnswer {
  int status = 0;                              // 0: the connection ended before a complete answer
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // chunks put together
};

class RawClient {
 public:
  explicit RawClient(int port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool Send(std::string_view bytes) const;
  // Reads one answer. `with_body` false: of a HEAD request.
  RawAnswer Read(bool with_body = true);
  // Reads until `text` has come, and gives everything up to its end; what has come where the connection ends before.
  std::string ReadUntil(std::string_view text);
  // Whether the server closes within this time.
  bool ClosedWithin(std::chrono::milliseconds limit);
  void ShutdownWrite() const;

  // Sends and reads one.
  RawAnswer Ask(std::string_view request) { return Send(request) ? Read() : RawAnswer{}; }

 private:
  bool Fill(std::chrono::milliseconds limit);
  std::string Take(std::size_t size);
  std::string TakeLine();

  int socket_ = -1;
  std::string buffer_;
};

}  // namespace allmende::gateway
