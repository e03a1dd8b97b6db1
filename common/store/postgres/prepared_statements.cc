#include "common/store/postgres/prepared_statements.h"

#include <fmt/format.h>

#include <algorithm>

namespace allmende::store::postgres {

PreparedStatements::Lookup PreparedStatements::Use(std::string_view text) {
  if (const auto found = by_text_.find(text); found != by_text_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return {.entry = &entries_.front(), .is_new = false, .evicted = std::nullopt};
  }
  std::optional<std::string> evicted;
  if (entries_.size() >= capacity_) {
    evicted = entries_.back().name;
    by_text_.erase(entries_.back().text);
    entries_.pop_back();
  }
  entries_.push_front({.text = std::string(text), .name = fmt::format("s{}", ++next_)});
  by_text_[entries_.front().text] = entries_.begin();
  return {.entry = &entries_.front(), .is_new = true, .evicted = std::move(evicted)};
}

void PreparedStatements::Forget(const std::string& name) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.name == name; });
  if (found == entries_.end()) return;
  by_text_.erase(found->text);
  entries_.erase(found);
}

}  // namespace allmende::store::postgres
