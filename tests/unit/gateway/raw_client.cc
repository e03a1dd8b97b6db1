#include "tests/unit/gateway/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace allmende::gateway {
namespace {

constexpr std::chrono::milliseconds kPatience{10'000};

}  // namespace

RawClient::RawClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(socket_);
    socket_ = -1;
  }
}

RawClient::~RawClient() {
  if (socket_ >= 0) ::close(socket_);
}

bool RawClient::Send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawClient::Fill(std::chrono::milliseconds limit) {
  pollfd wait{socket_, POLLIN, 0};
  if (::poll(&wait, 1, static_cast<int>(limit.count())) <= 0) return false;
  std::array<char, 16384> bytes{};
  const ssize_t size = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (size <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(size));
  return true;
}

std::string RawClient::Take(std::size_t size) {
  while (buffer_.size() < size && Fill(kPatience)) {
  }
  std::string taken = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return taken;
}

std::string RawClient::ReadUntil(std::string_view text) {
  std::size_t found = buffer_.find(text);
  while (found == std::string::npos && Fill(kPatience)) found = buffer_.find(text);
  return Take(found == std::string::npos ? buffer_.size() : found + text.size());
}

std::string RawClient::TakeLine() {
  std::string line = ReadUntil("\r\n");
  if (line.ends_with("\r\n")) line.resize(line.size() - 2);
  return line;
}

RawAnswer RawClient::Read(bool with_body) {
  RawAnswer answer;
  const std::string first = TakeLine();
  if (!first.starts_with("HTTP/1.1 ")) return answer;
  answer.status = std::atoi(first.substr(9, 3).c_str());
  for (std::string line = TakeLine(); !line.empty(); line = TakeLine()) {
    const std::size_t colon = line.find(": ");
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    answer.headers[name] = colon == std::string::npos ? "" : line.substr(colon + 2);
  }
  if (!with_body) return answer;
  if (answer.headers.contains("content-length")) {
    answer.body = Take(std::stoul(answer.headers["content-length"]));
  } else if (answer.headers["transfer-encoding"] == "chunked") {
    for (std::size_t size = std::strtoul(TakeLine().c_str(), nullptr, 16); size > 0;
         size = std::strtoul(TakeLine().c_str(), nullptr, 16)) {
      answer.body += Take(size);
      TakeLine();
    }
    TakeLine();
  }
  return answer;
}

bool RawClient::ClosedWithin(std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd wait{socket_, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(left.count())) <= 0) return false;
    std::array<char, 16384> bytes{};
    if (::recv(socket_, bytes.data(), bytes.size(), 0) <= 0) return true;
  }
}

void RawClient::ShutdownWrite() const { ::shutdown(socket_, SHUT_WR); }

}  // namespace allmende::gateway
