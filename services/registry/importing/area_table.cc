#include "services/registry/importing/area_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/text/text.h"

namespace allmende::importing {
namespace {

constexpr std::size_t kMostCandidates = 5;

bool ValidOn(std::int32_t day, std::int32_t from, std::int32_t to) { return from <= day && (to == 0 || day <= to); }

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
  std::vector<std::uint32_t>& areas = by_name_[text::Fold(name)];
  if (areas.empty() || areas.back() != area) areas.push_back(area);
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

bool AreaTable::Fits(const Entry& entry, const AreaQuestion& question) const {
  if (!std::string_view(entry.id).starts_with(question.within)) return false;
  return std::find(question.kinds.begin(), question.kinds.end(), entry.kind) != question.kinds.end();
}

AreaAnswer AreaTable::ByName(const AreaQuestion& question) const {
  std::vector<const Entry*> named;
  if (const auto found = by_name_.find(text::Fold(question.locality)); found != by_name_.end()) {
    for (const std::uint32_t area : found->second) {
      if (Fits(areas_[area], question)) named.push_back(&areas_[area]);
    }
  }
  if (named.size() == 1) return {named.front()->id, {}};

  std::vector<const Entry*> fitting = named;
  if (named.empty()) {
    if (const auto found = by_postcode_.find(question.postcode); found != by_postcode_.end()) {
      for (const std::uint32_t area : found->second) {
        if (Fits(areas_[area], question)) fitting.push_back(&areas_[area]);
      }
    }
  } else {
    std::erase_if(fitting, [&](const Entry* entry) {
      return std::find(entry->postcodes.begin(), entry->postcodes.end(), question.postcode) == entry->postcodes.end();
    });
    if (fitting.size() == 1) return {fitting.front()->id, {}};
    fitting = named;
  }
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
