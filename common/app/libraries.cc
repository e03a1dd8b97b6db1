#include "common/app/libraries.h"

#include <absl/synchronization/mutex.h>
#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <csignal>
#include <mutex>

#include "common/log/log.h"

namespace allmende::app {
namespace {

// protobuf's texts name fields, never values, but the file and line are all that helps.
void FromProtobuf(google::protobuf::LogLevel level, const char* file, int line, const std::string& /*text*/) {
  if (level >= google::protobuf::LOGLEVEL_ERROR)
    log::Debug("protobuf refused something", {{"file", file}, {"line", line}});
}

void FromGrpc(gpr_log_func_args* arguments) {
  if (arguments->severity < GPR_LOG_SEVERITY_ERROR) return;
  log::Debug("grpc", {{"text", arguments->message}, {"file", arguments->file}, {"line", arguments->line}});
}

}  // namespace

void PrepareLibraries() {
  static std::once_flag once;
  std::call_once(once, [] {
    google::protobuf::SetLogHandler(&FromProtobuf);
    gpr_set_log_function(&FromGrpc);
    std::signal(SIGPIPE, SIG_IGN);
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  });
}

}  // namespace allmende::app
