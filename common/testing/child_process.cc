#include "common/testing/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "common/testing/temporary.h"

namespace allmende {
namespace {

int ExitCodeOf(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

// Runs in the child between fork and exec: only calls that are safe there.
[[noreturn]] void Become(char* const* arguments, int output, const passwd* user, int signal_with_parent, pid_t parent) {
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  if (user != nullptr && (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) {
    _exit(126);
  }
  // After the change of user, which would clear it.
  prctl(PR_SET_PDEATHSIG, signal_with_parent);
  if (getppid() != parent) _exit(125);
  execv(arguments[0], arguments);
  _exit(127);
}

// The kernel takes the end of the thread that started a child for the end of its parent. So all children are started by
// one thread that lives as long as the process.
class Nursery {
 public:
  static Nursery& Get() {
    static auto* nursery = new Nursery;  // never ends
    return *nursery;
  }

  pid_t Start(std::function<pid_t()> start) {
    std::packaged_task<pid_t()> task(std::move(start));
    std::future<pid_t> pid = task.get_future();
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(task));
    }
    arrived_.notify_one();
    return pid.get();
  }

 private:
  Nursery() {
    std::thread([this] {
      while (true) {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return !waiting_.empty(); });
        std::packaged_task<pid_t()> task = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        task();
      }
    }).detach();
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::packaged_task<pid_t()>> waiting_;
};

}  // namespace

ChildProcess::ChildProcess(const ChildOptions& options) {
  std::vector<char*> arguments;
  for (const std::string& word : options.command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  const passwd* user = nullptr;
  if (geteuid() == 0 && !options.user.empty()) {
    user = getpwnam(options.user.c_str());
    if (user == nullptr) GiveUp(fmt::format("there is no user {}", options.user));
  }
  const std::string output_path = options.output.empty() ? "/dev/null" : options.output.string();
  const int output = open(output_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (output < 0) GiveUp(fmt::format("cannot write {}", output_path));

  const pid_t parent = getpid();
  pid_ = Nursery::Get().Start([&] {
    const pid_t child = fork();
    if (child == 0) Become(arguments.data(), output, user, options.signal_with_parent, parent);
    return child;
  });
  close(output);
  if (pid_ < 0) GiveUp(fmt::format("cannot start {}", options.command.front()));
}

ChildProcess::~ChildProcess() {
  if (!Running()) return;
  Signal(SIGKILL);
  Signal(SIGCONT);
  Wait();
}

bool ChildProcess::Running() {
  int status = 0;
  if (!exit_code_ && waitpid(pid_, &status, WNOHANG) == pid_) exit_code_ = ExitCodeOf(status);
  return !exit_code_.has_value();
}

void ChildProcess::Signal(int signal) const {
  if (!exit_code_) kill(pid_, signal);
}

int ChildProcess::Wait() {
  if (!exit_code_) {
    int status = 0;
    while (waitpid(pid_, &status, 0) != pid_) {
    }
    exit_code_ = ExitCodeOf(status);
  }
  return *exit_code_;
}

}  // namespace allmende
