// What a store holds, in a few numbers: for each landscape its revision, and digests over its whole history and over
// all its records. Two stores whose surveys are equal hold the same; a backup carries the survey, a restore is checked
// by it.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/store/store.h"

namespace allmende::backup {

struct LandscapeState {
  std::int64_t revision = 0;
  std::int64_t changes = 0;    // in the history up to that revision
  std::int64_t records = 0;    // that exist at that revision
  std::string history_digest;  // BLAKE2b-256 over every commit in order
  std::string records_digest;  // BLAKE2b-256 over every record by collection and id
  bool operator==(const LandscapeState&) const = default;
};

using Survey = std::map<std::string, LandscapeState>;  // by landscape id

// The present state of every landscape, or of those in `at` the state at that revision. `types` are the resources of
// the service; the one with the collection "landscapes" lists the landscapes.
absl::StatusOr<Survey> TakeSurvey(store::Store& store, std::span<const store::ResourceType* const> types,
                                  const std::optional<std::map<std::string, std::int64_t>>& at = {});

nlohmann::ordered_json ToJson(const Survey& survey);
// Absent where the JSON is not one of a survey.
std::optional<Survey> SurveyFromJson(const nlohmann::ordered_json& json);

// What differs, a sentence of plain words each; empty where nothing does.
std::vector<std::string> Differences(const Survey& expected, const Survey& found);

}  // namespace allmende::backup
