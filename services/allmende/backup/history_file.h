// The history of a service's landscapes as a file of JSON lines, one commit or kept reply a line, oldest first:
//   {"landscape":"musterland","revision":1,"time":1704067200000000,"principal":"key:4f7qk2ma","method":"...",
//    "request_id":"","changes":[{"collection":"actors","id":"x","kind":1,"data":"<base64url of the message>"}]}
//   {"landscape":"musterland","reply":"<base64url>","principal":"...","request_id":"...","fingerprint":"...",...}
// Everything else in a database is made of it. Times are microseconds since 1970.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "common/store/sql/transfer.h"

namespace allmende::backup {

// How many lines were written or read so far.
using Progress = absl::FunctionRef<void(std::int64_t lines)>;

// Every landscape of the engine, each as it is at one moment; gives the revision of each at that moment.
absl::StatusOr<std::map<std::string, std::int64_t>> WriteHistory(store::sql::Engine& engine,
                                                                 const std::filesystem::path& file, Progress progress);

// MALFORMED with the line's number for a line that is none of the above, and what Replay refuses.
absl::Status ReadHistory(const std::filesystem::path& file, store::sql::Replay& replay, Progress progress);

}  // namespace allmende::backup
