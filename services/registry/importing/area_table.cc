#include "services/registry/importing/area_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/text/text.h"

namespace allmende::importing {
namespace {

constexpr std::size_t kMostCandidates = 5;

bool ValidOn(std::int32_t day, std::int32_t from, std::int32_t to) { return from <= day && (to == 0 || day <= to); }

// "Hennstedt (Dithmarschen)" -> "Hennstedt"
std::string_view WithoutBrackets(std::string_view name) { return name.substr(0, name.find(" (")); }

}  // namespace

std::int32_t DayNumber(const google::type::Date& date) {
  return date.year() * 10'000 + date.month() * 100 + date.day();
}

void AreaTable::Add(std::string_view id, const Area& area) {
  if (Has(id)) return;
  const auto index = static_cast<std::uint32_t>(areas_.size());
  areas_.push_back({std::string(id), area.display_name(), area.kind(), {}});
  by_id_.emplace(id, index);
  for (const registry::v1::AreaKey& key : area.keys()) {
    by_key_[key.value()].push_back({index,
                                    DayNumber(key.valid_from()),
                                    DayNumber(key.valid_to()),
                                    {key.successors().begin(), key.successors().end()}});
  }
  AddName(area.display_name(), index);
  for (const std::string& name : area.other_names()) AddName(name, index);
  for (const std::string& postcode : area.postcodes()) {
    by_postcode_[postcode].push_back(index);
    areas_.back().postcodes.push_back(postcode);
  }
}

void AreaTable::AddName(std::string_view name, std::uint32_t area) {
  const auto add = [area](std::vector<std::uint32_t>& areas) {
    if (areas.empty() || areas.back() != area) areas.push_back(area);
  };
  add(by_name_[text::Fold(name)]);
  add(by_short_name_[text::Fold(WithoutBrackets(name))]);
}

const AreaTable::KeyEntry* AreaTable::ValidKey(std::string_view key) const {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  for (const KeyEntry& entry : found->second) {
    if (ValidOn(today_, entry.valid_from, entry.valid_to)) return &entry;
  }
  return nullptr;
}

std::optional<std::string> AreaTable::ByKey(std::string_view key) const {
  const KeyEntry* entry = ValidKey(key);
  if (entry != nullptr) return areas_[entry->area].id;
  return std::nullopt;
}

std::string AreaTable::HintFor(std::string_view key) const {
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    for (const KeyEntry& entry : found->second) {
      for (const std::string& successor : entry.successors) {
        if (const auto id = ByKey(successor)) return Label(*id);
      }
    }
  }
  const std::string padded = fmt::format("0{}", key);
  if (const auto id = ByKey(padded)) return Label(*id);
  return "";
}

bool AreaTable::Fits(const Entry& entry, const AreaQuestion& question) {
  if (!std::string_view(entry.id).starts_with(question.within)) return false;
  return std::find(question.kinds.begin(), question.kinds.end(), entry.kind) != question.kinds.end();
}

std::vector<const AreaTable::Entry*> AreaTable::Find(const Index& index, std::string_view key,
                                                     const AreaQuestion& question) const {
  std::vector<const Entry*> entries;
  const auto found = index.find(key);
  if (found == index.end()) return entries;
  for (const std::uint32_t area : found->second) {
    if (Fits(areas_[area], question)) entries.push_back(&areas_[area]);
  }
  return entries;
}

AreaAnswer AreaTable::ByName(const AreaQuestion& question) const {
  std::vector<const Entry*> fitting = Find(by_name_, text::Fold(question.locality), question);
  if (fitting.size() == 1) return {fitting.front()->id, {}};
  if (fitting.empty()) {
    fitting = Find(by_short_name_, text::Fold(WithoutBrackets(question.locality)), question);
  }
  std::vector<const Entry*> with_postcode;
  for (const Entry* entry : fitting) {
    const auto& postcodes = entry->postcodes;
    if (std::find(postcodes.begin(), postcodes.end(), question.postcode) != postcodes.end())
      with_postcode.push_back(entry);
  }
  if (with_postcode.size() == 1) return {with_postcode.front()->id, {}};
  if (fitting.empty()) fitting = Find(by_postcode_, question.postcode, question);
  AreaAnswer answer;
  for (const Entry* entry : fitting) {
    if (answer.candidates.size() < kMostCandidates) answer.candidates.push_back(Label(entry->id));
  }
  return answer;
}

std::string AreaTable::Label(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? std::string(id) : fmt::format("{} ({})", id, areas_[found->second].display_name);
}

}  // namespace allmende::importing
