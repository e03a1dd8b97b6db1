#include "tests/support/lying_redis.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <optional>

#include "common/testing/temporary.h"

namespace allmende {
namespace {

using std::chrono::milliseconds;

// Cuts one command (an array of bulk strings) off the front of the bytes; absent where it is not complete yet.
std::optional<std::vector<std::string>> TakeCommand(std::string& bytes) {
  std::size_t at = 0;
  const auto number = [&](char sign) -> std::optional<std::size_t> {
    const std::size_t end = bytes.find("\r\n", at);
    if (end == std::string::npos || bytes[at] != sign) return std::nullopt;
    const std::size_t value = std::strtoull(bytes.c_str() + at + 1, nullptr, 10);
    at = end + 2;
    return value;
  };
  const auto count = number('*');
  if (!count) return std::nullopt;
  std::vector<std::string> words;
  for (std::size_t i = 0; i < *count; ++i) {
    const auto size = number('$');
    if (!size || bytes.size() < at + *size + 2) return std::nullopt;
    words.push_back(bytes.substr(at, *size));
    at += *size + 2;
  }
  bytes.erase(0, at);
  return words;
}

std::string Bulk(const std::string& bytes) { return fmt::format("${}\r\n{}\r\n", bytes.size(), bytes); }

bool SendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

LyingRedis::LyingRedis() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), port_(0) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    GiveUp("no port for the lying Redis");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { Accept(); });
}

LyingRedis::~LyingRedis() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  threads_.clear();
  for (const int socket : sockets_) close(socket);
  close(listener_);
}

std::string LyingRedis::url() const { return fmt::format("redis://127.0.0.1:{}/0", port_); }

void LyingRedis::Accept() {
  while (!stopping_) {
    const int socket = accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    const std::lock_guard lock(mutex_);
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket] { Serve(socket); });
  }
}

void LyingRedis::Serve(int socket) {
  std::string received;
  std::string chunk(64U << 10U, '\0');
  while (true) {
    const ssize_t size = recv(socket, chunk.data(), chunk.size(), 0);
    if (size <= 0) return;
    received.append(chunk, 0, static_cast<std::size_t>(size));
    while (auto command = TakeCommand(received)) {
      const std::string answer = Answer(*command);
      if (lie == Lie::kHangUp) {
        shutdown(socket, SHUT_RDWR);
        return;
      }
      if (lie == Lie::kSilence) continue;
      if (lie != Lie::kDribble) {
        if (!SendAll(socket, answer)) return;
        continue;
      }
      for (const char byte : answer) {
        std::this_thread::sleep_for(milliseconds(3));
        if (stopping_ || !SendAll(socket, {&byte, 1})) return;
      }
    }
  }
}

std::string LyingRedis::Answer(const std::vector<std::string>& command) {
  if (lie == Lie::kNoProtocol) return "HTTP/1.1 400 Bad Request\r\n\r\n";
  if (lie == Lie::kError) return "-ERR no\r\n";
  if (command[0] == "EVAL") {
    const std::lock_guard lock(mutex_);
    kept_[command.at(3)].push_back(command.at(4));
    return ":1\r\n";
  }
  if (command[0] != "MGET") return "+OK\r\n";
  ++asked;
  const std::size_t count = command.size() - (lie == Lie::kWrongCount ? 2 : 1);
  std::string answer = fmt::format("*{}\r\n", count);
  for (std::size_t i = 1; i <= count; ++i) answer += FrameFor(command[i]);
  return answer;
}

std::string LyingRedis::FrameFor(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(key);
  const std::vector<std::string> none;
  const std::vector<std::string>& frames = found == kept_.end() ? none : found->second;
  switch (lie.load()) {
    case Lie::kGarbage:
      return Bulk("\x01\x02 nothing you know, but rather long, so that it could be something");
    case Lie::kOtherKey:
      for (const auto& [other, others] : kept_) {
        if (other != key) return Bulk(others.back());
      }
      return "$-1\r\n";
    case Lie::kOldest:
      return frames.empty() ? "$-1\r\n" : Bulk(frames.front());
    case Lie::kFlippedBit: {
      if (frames.empty()) return "$-1\r\n";
      std::string changed = frames.back();
      changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 4);
      return Bulk(changed);
    }
    case Lie::kNothing:
      return "$-1\r\n";
    default:
      return frames.empty() ? "$-1\r\n" : Bulk(frames.back());
  }
}

}  // namespace allmende
