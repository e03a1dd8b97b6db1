// The program that crash_test kills: several threads write to a store as fast as they can and say on standard output
// what was acknowledged, one line per request.
//   crash_writer ADDRESS ROUND THREADS
#include <fmt/format.h>
#include <unistd.h>

#include <thread>

#include "tests/fault/crash_story.h"

namespace allmende {
namespace {

int Main(const std::string& address, int round, int threads) {
  auto engine = OpenAddress(address);
  if (!engine.ok()) return 2;
  auto store = store::sql::OpenSqlStore(*std::move(engine), TestTypes(), {});
  if (!store.ok()) return 3;
  std::vector<std::thread> writers;
  for (int thread = 0; thread < threads; ++thread) {
    writers.emplace_back([&, thread] {
      for (int i = 0;; ++i) {
        const CrashRequest request{round, thread, i};
        if (!Send(**store, request).ok()) continue;
        const std::string line = fmt::format("{} {} {}\n", round, thread, i);
        // One system call: either the line is there or it is not.
        if (write(STDOUT_FILENO, line.data(), line.size()) < 0) return;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  return 0;
}

}  // namespace
}  // namespace allmende

int main(int argc, char** argv) {
  if (argc != 4) return 1;
  return allmende::Main(argv[1], std::stoi(argv[2]), std::stoi(argv[3]));
}
