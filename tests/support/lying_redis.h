// A server that speaks the protocol of Redis and lies. It remembers every frame that it was given and, as told, answers
// with the oldest one of the key, with one of another key, or with something that is none at all.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace allmende {

enum class Lie {
  kTruth,
  kOldest,      // the first frame that was ever kept under the key
  kOtherKey,    // the frame of another key
  kGarbage,     // random bytes
  kFlippedBit,  // the right frame with one bit changed
  kNothing,     // no such key
  kWrongCount,  // fewer answers than keys
  kError,       // -ERR
  kNoProtocol,  // bytes that are not RESP
  kSilence,     // takes commands, never answers
  kDribble,     // one byte every few milliseconds
  kHangUp,      // closes the connection
};

class LyingRedis {
 public:
  LyingRedis();
  ~LyingRedis();
  LyingRedis(const LyingRedis&) = delete;
  LyingRedis& operator=(const LyingRedis&) = delete;

  std::atomic<Lie> lie = Lie::kTruth;
  std::atomic<int> asked = 0;  // MGETs so far

  std::string url() const;

 private:
  void Accept();
  void Serve(int socket);
  // The bytes to send for a command; empty: close the connection.
  std::string Answer(const std::vector<std::string>& command);
  std::string FrameFor(const std::string& key);

  int listener_;
  int port_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> kept_;  // all frames of a key, oldest first
  std::vector<int> sockets_;
  std::vector<std::jthread> threads_;
  std::jthread acceptor_;
};

}  // namespace allmende
