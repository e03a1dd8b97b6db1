#include <chrono>

#include "common/base/macros.h"
#include "common/standard/changes.h"
#include "common/standard/request_parts.h"
#include "common/standard/standard_methods.h"

namespace allmende::standard {
namespace {

using std::chrono::steady_clock;
using type::v1::WatchRequest;
using type::v1::WatchResponse;

constexpr int kChangesAtOnce = 500;
constexpr std::size_t kMessageBytes = 1U << 20U;  // well below what clients accept
constexpr std::chrono::milliseconds kUsualHeartbeat{15'000};

absl::StatusOr<std::chrono::milliseconds> ReadHeartbeat(const WatchRequest& request) {
  if (!request.has_heartbeat()) return kUsualHeartbeat;
  const auto& asked = request.heartbeat();
  constexpr std::int64_t kLongest = 60;
  const bool fits = asked.seconds() >= 1 && asked.nanos() >= 0 && asked.seconds() <= kLongest &&
                    (asked.seconds() < kLongest || asked.nanos() == 0);
  if (!fits) {
    return FieldError("heartbeat", Reason::OUT_OF_RANGE,
                      {{"value", std::to_string(asked.seconds()) + " s"}, {"range", "1..60 s"}});
  }
  return std::chrono::milliseconds(asked.seconds() * 1000 + asked.nanos() / 1'000'000);
}

// Sends one caller what happens, and remembers up to where.
class Sender {
 public:
  Sender(const std::vector<const store::ResourceType*>& types, std::string landscape, std::int64_t revision,
         rpc::Writer<WatchResponse>& writer)
      : types_(types), landscape_(std::move(landscape)), revision_(revision), writer_(writer) {}

  // Everything up to here has been sent.
  std::int64_t revision() const { return revision_; }
  steady_clock::time_point last_sent() const { return last_sent_; }

  // False: the caller is gone.
  bool Send(const store::Commit& commit) {
    WatchResponse response;
    std::size_t bytes = 0;
    for (const store::Change& change : commit.changes) {
      if (bytes > kMessageBytes) {
        // A part of the commit: who resumes from its revision gets the whole commit again.
        response.set_revision(revision_);
        if (!Write(response)) return false;
        response.Clear();
        bytes = 0;
      }
      bytes += change.bytes.size();
      *response.add_changes() = ToChange(types_, landscape_, commit, change);
    }
    revision_ = commit.revision;
    response.set_revision(revision_);
    return Write(response);
  }

  // Nothing in this commit was asked for.
  void Pass(const store::Commit& commit) { revision_ = commit.revision; }

  bool Heartbeat() {
    WatchResponse response;
    response.set_revision(revision_);
    return Write(response);
  }

 private:
  bool Write(const WatchResponse& response) {
    last_sent_ = steady_clock::now();
    return writer_.Write(response);
  }

  const std::vector<const store::ResourceType*>& types_;
  std::string landscape_;
  std::int64_t revision_;
  rpc::Writer<WatchResponse>& writer_;
  steady_clock::time_point last_sent_ = steady_clock::time_point::min();
};

// Sends what there is; false: the caller is gone.
absl::StatusOr<bool> SendAll(store::Store& store, CallContext& call, const std::vector<std::string>& collections,
                             Sender& sender) {
  while (!call.cancelled()) {
    ASSIGN_OR_RETURN(const std::vector<store::Commit> commits,
                     store.Changes(call, sender.revision(), kChangesAtOnce, collections));
    if (commits.empty()) return true;
    for (const store::Commit& commit : commits) {
      if (commit.changes.empty()) {
        sender.Pass(commit);
      } else if (!sender.Send(commit)) {
        return false;
      }
    }
    // Commits that touched nothing that was asked for still say how far the stream is.
    if (commits.back().changes.empty() && !sender.Heartbeat()) return false;
  }
  return false;
}

}  // namespace

absl::Status StandardMethods::Watch(CallContext& call, const WatchRequest& request, rpc::Writer<WatchResponse>& writer,
                                    const std::vector<std::string>& collections) {
  ASSIGN_OR_RETURN(call.landscape, ReadParent(request));
  ASSIGN_OR_RETURN(const std::chrono::milliseconds heartbeat, ReadHeartbeat(request));
  if (request.from_revision() < -1) {
    return FieldError("from_revision", Reason::OUT_OF_RANGE,
                      {{"value", std::to_string(request.from_revision())}, {"range", ">= -1"}});
  }
  ASSIGN_OR_RETURN(const std::int64_t head, store_.Revision(call));
  if (request.from_revision() > head) {
    return Error(Reason::REVISION_UNAVAILABLE,
                 {{"revision", std::to_string(request.from_revision())}, {"current", std::to_string(head)}});
  }
  Sender sender(types_, call.landscape, request.from_revision() == -1 ? head : request.from_revision(), writer);
  while (true) {
    ASSIGN_OR_RETURN(const bool there, SendAll(store_, call, collections, sender));
    if (!there) return absl::OkStatus();
    const bool due =
        sender.last_sent() == steady_clock::time_point::min() || steady_clock::now() >= sender.last_sent() + heartbeat;
    if (due && !sender.Heartbeat()) return absl::OkStatus();
    RETURN_IF_ERROR(store_.AwaitRevision(call, sender.revision(), sender.last_sent() + heartbeat).status());
  }
}

}  // namespace allmende::standard
