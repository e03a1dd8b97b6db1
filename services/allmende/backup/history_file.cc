#include "services/allmende/backup/history_file.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/base64url.h"
#include "common/base/macros.h"

namespace allmende::backup {
namespace {

using nlohmann::ordered_json;
using store::Change;
using store::ChangeKind;
using store::Commit;
using store::sql::KeptReply;

constexpr std::size_t kCommitsAtOnce = 200;
constexpr std::int64_t kLinesPerStep = 1000;

ordered_json ToJson(const std::string& landscape, const Commit& commit) {
  ordered_json changes = ordered_json::array();
  for (const Change& change : commit.changes) {
    changes.push_back({{"collection", change.collection},
                       {"id", change.id},
                       {"kind", static_cast<int>(change.kind)},
                       {"data", Base64UrlEncode(change.bytes)}});
  }
  return {{"landscape", landscape},        {"revision", commit.revision}, {"time", ToMicros(commit.time)},
          {"principal", commit.principal}, {"method", commit.method},     {"request_id", commit.request_id},
          {"changes", std::move(changes)}};
}

ordered_json ToJson(const std::string& landscape, const KeptReply& reply) {
  return {{"landscape", landscape},         {"reply", Base64UrlEncode(reply.reply)}, {"principal", reply.principal},
          {"request_id", reply.request_id}, {"fingerprint", reply.fingerprint},      {"revision", reply.revision},
          {"time", ToMicros(reply.time)}};
}

// Reads a line's fields and remembers whether all of them were there.
class Fields {
 public:
  explicit Fields(const ordered_json& json) : json_(json), complete_(json.is_object()) {}
  bool complete() const { return complete_; }
  bool Has(const char* name) const { return json_.is_object() && json_.contains(name); }

  std::string Text(const char* name) {
    if (Has(name) && json_[name].is_string()) return json_[name].get<std::string>();
    complete_ = false;
    return {};
  }
  std::int64_t Number(const char* name) {
    if (Has(name) && json_[name].is_number_integer()) return json_[name].get<std::int64_t>();
    complete_ = false;
    return 0;
  }
  std::string Bytes(const char* name) {
    const std::optional<std::string> bytes = Base64UrlDecode(Text(name));
    if (!bytes) complete_ = false;
    return bytes.value_or("");
  }

 private:
  const ordered_json& json_;
  bool complete_;
};

std::optional<Commit> CommitFrom(const ordered_json& json) {
  Fields fields(json);
  Commit commit{.revision = fields.Number("revision"),
                .time = FromMicros(fields.Number("time")),
                .principal = fields.Text("principal"),
                .method = fields.Text("method"),
                .request_id = fields.Text("request_id"),
                .changes = {}};
  if (!fields.complete() || !fields.Has("changes") || !json["changes"].is_array()) return std::nullopt;
  for (const ordered_json& entry : json["changes"]) {
    Fields change(entry);
    commit.changes.push_back({.collection = change.Text("collection"),
                              .id = change.Text("id"),
                              .kind = static_cast<ChangeKind>(change.Number("kind")),
                              .bytes = change.Bytes("data")});
    const int kind = static_cast<int>(commit.changes.back().kind);
    if (!change.complete() || kind < 1 || kind > 3) return std::nullopt;
  }
  return commit;
}

std::optional<KeptReply> ReplyFrom(const ordered_json& json) {
  Fields fields(json);
  KeptReply reply{.principal = fields.Text("principal"),
                  .request_id = fields.Text("request_id"),
                  .fingerprint = fields.Text("fingerprint"),
                  .reply = fields.Bytes("reply"),
                  .revision = fields.Number("revision"),
                  .time = FromMicros(fields.Number("time"))};
  if (!fields.complete()) return std::nullopt;
  return reply;
}

absl::Status Trouble(const std::filesystem::path& file) {
  return Error(Reason::TEMPORARILY_UNAVAILABLE, {{"what", file.string()}});
}

// Collects commits of one landscape, so that restoring needs few transactions.
class Collector {
 public:
  explicit Collector(store::sql::Replay& replay) : replay_(replay) {}

  absl::Status Add(std::string landscape, Commit commit) {
    if (landscape != landscape_ || waiting_.size() >= kCommitsAtOnce) RETURN_IF_ERROR(Flush());
    landscape_ = std::move(landscape);
    waiting_.push_back(std::move(commit));
    return absl::OkStatus();
  }
  absl::Status Flush() {
    RETURN_IF_ERROR(replay_.Append(landscape_, waiting_));
    waiting_.clear();
    return absl::OkStatus();
  }

 private:
  store::sql::Replay& replay_;
  std::string landscape_;
  std::vector<Commit> waiting_;
};

}  // namespace

absl::StatusOr<std::map<std::string, std::int64_t>> WriteHistory(store::sql::Engine& engine,
                                                                 const std::filesystem::path& file, Progress progress) {
  std::map<std::string, std::int64_t> revisions;
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  std::int64_t lines = 0;
  const auto write = [&](const ordered_json& json) {
    out << json.dump() << '\n';
    if (++lines % kLinesPerStep == 0) progress(lines);
    return out.good() ? absl::OkStatus() : Trouble(file);
  };
  ASSIGN_OR_RETURN(const std::vector<std::string> landscapes, store::sql::ListLandscapes(engine));
  for (const std::string& landscape : landscapes) {
    RETURN_IF_ERROR(store::sql::ReadLandscape(
        engine, landscape,
        [&](const Commit& commit) {
          revisions[landscape] = commit.revision;
          return write(ToJson(landscape, commit));
        },
        [&](const KeptReply& reply) { return write(ToJson(landscape, reply)); }));
  }
  out.flush();
  progress(lines);
  if (!out.good()) return Trouble(file);
  return revisions;
}

absl::Status ReadHistory(const std::filesystem::path& file, store::sql::Replay& replay, Progress progress) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Trouble(file);
  Collector collector(replay);
  std::int64_t lines = 0;
  for (std::string line; std::getline(in, line);) {
    ++lines;
    const ordered_json json = ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
    const auto malformed = [&] {
      return FieldError(
          file.filename().string(), Reason::MALFORMED,
          {{"value", fmt::format("{}:{}", file.filename().string(), lines)}, {"expected", "allmende backup"}});
    };
    Fields fields(json);
    std::string landscape = fields.Text("landscape");
    if (!fields.complete()) return malformed();
    if (fields.Has("reply")) {
      const std::optional<KeptReply> reply = ReplyFrom(json);
      if (!reply) return malformed();
      RETURN_IF_ERROR(collector.Flush());
      RETURN_IF_ERROR(replay.Append(landscape, *reply));
    } else {
      std::optional<Commit> commit = CommitFrom(json);
      if (!commit) return malformed();
      RETURN_IF_ERROR(collector.Add(std::move(landscape), *std::move(commit)));
    }
    if (lines % kLinesPerStep == 0) progress(lines);
  }
  progress(lines);
  return collector.Flush();
}

}  // namespace allmende::backup
