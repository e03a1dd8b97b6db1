#include "common/store/sql/overlay.h"

#include <fmt/format.h>

namespace allmende::store::sql {
namespace {

std::string TextOf(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
  return {};
}

}  // namespace

const Version* Overlay::Find(KeyView key) const {
  const auto found = versions_.find(key);
  return found == versions_.end() ? nullptr : &found->second;
}

void Overlay::Put(KeyView key, Version version) {
  const auto found = versions_.find(key);
  if (found == versions_.end()) {
    Key owned{key.type, std::string(key.id)};
    Index(key, version, true);
    written_.push_back(owned);
    journal_.emplace_back(owned, std::nullopt);
    versions_.emplace(std::move(owned), std::move(version));
    return;
  }
  Index(key, found->second, false);
  Index(key, version, true);
  journal_.emplace_back(found->first, std::exchange(found->second, std::move(version)));
}

std::set<std::string> Overlay::IdsWith(const ResourceType& type, const ColumnSpec& column, const Value& value) {
  const auto [place, is_new] = indexes_.try_emplace(&column, &type, Ids{});
  Ids& ids = place->second.second;
  if (is_new) {
    for (const auto& [key, version] : versions_) {
      if (key.type == &type && version.message) ids[TextOf(column.ValueOf(*version.message))].insert(key.id);
    }
  }
  const auto found = ids.find(TextOf(value));
  return found == ids.end() ? std::set<std::string>() : found->second;
}

void Overlay::UndoTo(std::size_t mark) {
  while (journal_.size() > mark) {
    auto [key, before] = std::move(journal_.back());
    journal_.pop_back();
    const auto found = versions_.find(KeyView(key));
    Index(key, found->second, false);
    if (before.has_value()) {
      Index(key, *before, true);
      found->second = *std::move(before);
    } else {
      versions_.erase(found);
      written_.pop_back();  // first writes are undone in the reverse of their order
    }
  }
}

void Overlay::Index(KeyView key, const Version& version, bool add) {
  if (!version.message) return;
  for (auto& [column, index] : indexes_) {
    if (index.first != key.type) continue;
    std::set<std::string>& ids = index.second[TextOf(column->ValueOf(*version.message))];
    if (add) {
      ids.emplace(key.id);
    } else if (const auto found = ids.find(std::string(key.id)); found != ids.end()) {
      ids.erase(found);
    }
  }
}

}  // namespace allmende::store::sql
