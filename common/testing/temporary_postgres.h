// A real PostgreSQL for the length of a test: its own data folder, a Unix socket and a free port of loopback, durable
// as in production. Tests that do no harm to the server share one per process and take a database each:
//
//   ALLMENDE_SKIP_WITHOUT_POSTGRES();
//   const std::string url = TemporaryPostgres::Shared().NewDatabase();
//
// The URL's login role "allmende" owns its databases, may create roles and is no superuser, as an operator would set it
// up.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/testing/child_process.h"
#include "common/testing/temporary.h"

namespace allmende {

class TemporaryPostgres {
 public:
  // Why there can be none on this machine; empty where there can.
  static std::string MissingBecause();
  // The instance shared by all tests of the process, started at first use.
  static TemporaryPostgres& Shared();

  // Initialises and starts. `settings` such as "max_connections=20" come after our own.
  explicit TemporaryPostgres(std::vector<std::string> settings = {});
  ~TemporaryPostgres();

  void Start();    // returns when connections are accepted
  void Stop();     // orderly ("fast"): sessions are ended, everything is written
  void Abort();    // "immediate": as after a crash, but without SIGKILL
  void Kill();     // SIGKILL to the server and all its processes at once
  void Restart();  // Abort and Start
  void Pause();    // SIGSTOP to the server and all its processes
  void Resume();

  // The URL of a new, empty database, over loopback.
  std::string NewDatabase();
  // The URL of a database, over loopback or over the Unix socket.
  std::string UrlOf(std::string_view database) const;
  std::string SocketUrlOf(std::string_view database) const;
  int port() const { return port_; }

  // Runs statements as superuser in a database; gives up where they fail. The first column of the first row, if any.
  std::string Execute(std::string_view database, const std::string& sql) const;
  // The part of a URL that is the database's name.
  static std::string DatabaseOf(std::string_view url);

 private:
  std::string SuperuserUrlOf(std::string_view database) const;
  void SignalAll(int signal) const;
  bool Accepts() const;

  TempDir folder_;
  int port_;
  std::vector<std::string> settings_;
  std::unique_ptr<ChildProcess> server_;
  std::atomic<int> databases_ = 0;
};

}  // namespace allmende

#define ALLMENDE_SKIP_WITHOUT_POSTGRES()                                                                       \
  if (const std::string why_missing = ::allmende::TemporaryPostgres::MissingBecause(); !why_missing.empty()) { \
    GTEST_SKIP() << "NOT TESTED: " << why_missing;                                                             \
  }                                                                                                            \
  static_assert(true)
