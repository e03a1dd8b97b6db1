// A program started by a test, ended by it at the latest when the object goes, and by the kernel should the test
// process die before that.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace allmende {

struct ChildOptions {
  std::vector<std::string> command = {};  // absolute path of the program, then its arguments
  std::filesystem::path output = {};      // where stdout and stderr are appended; empty: /dev/null
  std::string user = {};                  // run as this user where we are root; empty: as we are
  int signal_with_parent = 9;             // what the child gets when the test process dies
};

class ChildProcess {
 public:
  explicit ChildProcess(const ChildOptions& options);
  ~ChildProcess();  // kills what still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  bool Running();
  void Signal(int signal) const;
  // Its exit code, or 128 + the number of the signal that ended it.
  int Wait();

 private:
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

}  // namespace allmende
