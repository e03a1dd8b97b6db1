// A real Redis for the length of a test, on a free port of loopback, without persistence. It can be killed, stopped in
// its tracks (it then accepts connections but answers nothing) and wiped.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/testing/child_process.h"
#include "common/testing/temporary.h"

namespace allmende {

class TemporaryRedis {
 public:
  // Why there can be none on this machine; empty where there can.
  static std::string MissingBecause();

  TemporaryRedis();  // starts

  void Start();   // returns when commands are answered; the same port as before
  void Kill();    // SIGKILL; everything it held is gone
  void Pause();   // SIGSTOP
  void Resume();  // SIGCONT
  void Flush();   // FLUSHALL

  // "redis://127.0.0.1:PORT/0"
  std::string url() const;
  int port() const { return port_; }

 private:
  // Whether the server answers this command.
  bool Answers(const char* command) const;

  TempDir folder_;
  int port_;
  std::unique_ptr<ChildProcess> server_;
};

}  // namespace allmende

#define ALLMENDE_SKIP_WITHOUT_REDIS()                                                                       \
  if (const std::string why_missing = ::allmende::TemporaryRedis::MissingBecause(); !why_missing.empty()) { \
    GTEST_SKIP() << "NOT TESTED: " << why_missing;                                                          \
  }                                                                                                         \
  static_assert(true)
