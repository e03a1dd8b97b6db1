#include "services/allmende/backup/survey.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "common/base/macros.h"

namespace allmende::backup {
namespace {

constexpr int kPage = 1000;
constexpr int kChangesAtOnce = 5000;

// A digest over parts whose borders count: ("a", "bc") and ("ab", "c") differ.
class Digest {
 public:
  Digest() { crypto_generichash_init(&state_, nullptr, 0, crypto_generichash_BYTES); }
  void Add(std::string_view part) {
    Add(static_cast<std::int64_t>(part.size()));
    crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  }
  void Add(std::int64_t number) {
    std::array<unsigned char, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(number) >> (8 * i));
    }
    crypto_generichash_update(&state_, bytes.data(), bytes.size());
  }
  std::string Hex() {
    std::array<unsigned char, crypto_generichash_BYTES> bytes{};
    crypto_generichash_final(&state_, bytes.data(), bytes.size());
    std::string hex;
    for (const unsigned char byte : bytes) hex += fmt::format("{:02x}", byte);
    return hex;
  }

 private:
  crypto_generichash_state state_{};
};

CallContext CallFor(std::string landscape) {
  CallContext call;
  call.landscape = std::move(landscape);
  call.principal.kind = Principal::Kind::kService;
  call.principal.subject = "backup";
  return call;
}

absl::StatusOr<std::vector<std::string>> ListLandscapes(store::Store& store, const store::ResourceType& type) {
  std::vector<std::string> ids;
  store::Query query;
  query.limit = kPage;
  do {
    CallContext call = CallFor("");
    ASSIGN_OR_RETURN(const store::QueryResult page, store.FindLandscapes(call, type, query, std::nullopt));
    for (const store::Hit& hit : page.hits) ids.push_back(hit.record.id);
    query.cursor = page.next_cursor;
  } while (!query.cursor.empty());
  return ids;
}

absl::Status SurveyHistory(store::Store& store, const std::string& landscape, LandscapeState& state) {
  Digest digest;
  std::int64_t revision = 0;
  while (revision < state.revision) {
    CallContext call = CallFor(landscape);
    ASSIGN_OR_RETURN(const std::vector<store::Commit> commits, store.Changes(call, revision, kChangesAtOnce, {}));
    if (commits.empty()) break;
    for (const store::Commit& commit : commits) {
      revision = commit.revision;
      if (revision > state.revision) break;
      digest.Add(commit.revision);
      digest.Add(ToMicros(commit.time));
      for (const std::string* text : {&commit.principal, &commit.method, &commit.request_id}) digest.Add(*text);
      for (const store::Change& change : commit.changes) {
        for (const std::string* text : {&change.collection, &change.id, &change.bytes}) digest.Add(*text);
        digest.Add(static_cast<std::int64_t>(change.kind));
        ++state.changes;
      }
    }
  }
  state.history_digest = digest.Hex();
  return absl::OkStatus();
}

absl::Status SurveyRecords(store::Store& store, std::span<const store::ResourceType* const> types,
                           const std::string& landscape, bool present, LandscapeState& state) {
  Digest digest;
  for (const store::ResourceType* type : types) {
    if (type->collection == "landscapes") continue;  // its one record stands in the history
    digest.Add(type->collection);
    store::Query query;
    query.limit = kPage;
    if (!present) query.at.revision = state.revision;
    do {
      CallContext call = CallFor(landscape);
      ASSIGN_OR_RETURN(const store::QueryResult page, store.Find(call, *type, query));
      for (const store::Hit& hit : page.hits) {
        digest.Add(hit.record.id);
        digest.Add(hit.record.revision);
        digest.Add(hit.record.bytes);
        ++state.records;
      }
      query.cursor = page.next_cursor;
    } while (!query.cursor.empty());
  }
  state.records_digest = digest.Hex();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Survey> TakeSurvey(store::Store& store, std::span<const store::ResourceType* const> types,
                                  const std::optional<std::map<std::string, std::int64_t>>& at) {
  const auto landscapes = std::ranges::find(types, "landscapes", &store::ResourceType::collection);
  ASSIGN_OR_RETURN(const std::vector<std::string> ids, ListLandscapes(store, **landscapes));
  Survey survey;
  for (const std::string& id : ids) {
    if (at && !at->contains(id)) continue;  // made since
    CallContext call = CallFor(id);
    ASSIGN_OR_RETURN(const std::int64_t now, store.Revision(call));
    LandscapeState& state = survey[id];
    state.revision = at ? at->at(id) : now;
    RETURN_IF_ERROR(SurveyHistory(store, id, state));
    RETURN_IF_ERROR(SurveyRecords(store, types, id, state.revision == now, state));
  }
  return survey;
}

nlohmann::ordered_json ToJson(const Survey& survey) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [id, state] : survey) {
    json[id] = {{"revision", state.revision},
                {"changes", state.changes},
                {"records", state.records},
                {"history_digest", state.history_digest},
                {"records_digest", state.records_digest}};
  }
  return json;
}

std::optional<Survey> SurveyFromJson(const nlohmann::ordered_json& json) {
  if (!json.is_object()) return std::nullopt;
  Survey survey;
  for (const auto& [id, entry] : json.items()) {
    const auto number = [&, &entry = entry](const char* field) {
      return entry.contains(field) && entry[field].is_number_integer() ? entry[field].get<std::int64_t>() : -1;
    };
    const auto text = [&, &entry = entry](const char* field) {
      return entry.contains(field) && entry[field].is_string() ? entry[field].get<std::string>() : std::string();
    };
    if (!entry.is_object()) return std::nullopt;
    survey[id] = {.revision = number("revision"),
                  .changes = number("changes"),
                  .records = number("records"),
                  .history_digest = text("history_digest"),
                  .records_digest = text("records_digest")};
  }
  return survey;
}

std::vector<std::string> Differences(const Survey& expected, const Survey& found) {
  std::vector<std::string> differences;
  for (const auto& [id, state] : expected) {
    const auto other = found.find(id);
    if (other == found.end()) {
      differences.push_back(fmt::format("{}: missing", id));
      continue;
    }
    const auto compare = [&, &id = id](std::string_view what, const auto& left, const auto& right) {
      if (left != right) differences.push_back(fmt::format("{}: {} {} instead of {}", id, what, right, left));
    };
    compare("revision", state.revision, other->second.revision);
    compare("changes", state.changes, other->second.changes);
    compare("records", state.records, other->second.records);
    compare("history_digest", state.history_digest, other->second.history_digest);
    compare("records_digest", state.records_digest, other->second.records_digest);
  }
  for (const auto& [id, state] : found) {
    if (!expected.contains(id)) differences.push_back(fmt::format("{}: not in the backup", id));
  }
  return differences;
}

}  // namespace allmende::backup
