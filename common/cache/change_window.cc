#include "common/cache/change_window.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

#include "common/base/strings.h"

namespace allmende::cache {
namespace {

// Two records that share a hash are taken for one: then a value may be distrusted without need, never trusted wrongly.
std::uint64_t HashOf(std::string_view collection, std::string_view id) {
  return XXH3_64bits_withSeed(id.data(), id.size(), XXH3_64bits(collection.data(), collection.size()));
}

// One landscape's window.
class Window {
 public:
  explicit Window(std::int64_t revision) : base_(revision), applied_(revision) {}

  std::int64_t applied() const { return applied_; }

  void Apply(const store::Commit& commit, std::size_t limit) {
    if (commit.revision <= applied_) return;
    if (commit.revision > applied_ + 1) {
      *this = Window(commit.revision - 1);
      base_ = commit.revision;  // what the commits in between changed is not known
    }
    applied_ = commit.revision;
    times_.push_back(commit.time);
    for (const store::Change& change : commit.changes) {
      const std::uint64_t record = HashOf(change.collection, change.id);
      records_[record] = commit.revision;
      order_.emplace_back(commit.revision, record);
      const auto collection = collections_.try_emplace(change.collection).first;
      collection->second = commit.revision;
    }
    Trim(limit);
  }

  bool Current(std::string_view collection, std::string_view id, std::int64_t revision) const {
    if (revision < base_) return false;
    if (id.empty()) {
      const auto found = collections_.find(collection);
      return found == collections_.end() || found->second <= revision;
    }
    const auto found = records_.find(HashOf(collection, id));
    return found == records_.end() || found->second <= revision;
  }

  std::optional<Time> CommitTime(std::int64_t revision) const {
    const std::int64_t back = applied_ - revision;
    if (back < 0 || back >= static_cast<std::int64_t>(times_.size())) return std::nullopt;
    return times_[times_.size() - 1 - static_cast<std::size_t>(back)];
  }

 private:
  void Trim(std::size_t limit) {
    while (order_.size() > limit) {
      const auto [revision, record] = order_.front();
      order_.pop_front();
      base_ = std::max(base_, revision);
      const auto found = records_.find(record);
      if (found != records_.end() && found->second == revision) records_.erase(found);
    }
    while (times_.size() > limit) times_.pop_front();
  }

  std::int64_t base_;                                         // values read before it are not trusted
  std::int64_t applied_;                                      // the last commit that is known
  std::unordered_map<std::uint64_t, std::int64_t> records_;   // the last revision that changed it
  std::deque<std::pair<std::int64_t, std::uint64_t>> order_;  // the same, oldest first
  StringMap<std::int64_t> collections_;
  std::deque<Time> times_;  // of the commits up to applied_
};

struct Guarded {
  explicit Guarded(std::int64_t revision) : window(revision) {}
  mutable std::shared_mutex mutex;
  Window window;
};

}  // namespace

struct ChangeWindow::State {
  std::shared_ptr<Guarded> Find(std::string_view landscape) const {
    const std::shared_lock lock(mutex);
    const auto found = landscapes.find(landscape);
    return found == landscapes.end() ? nullptr : found->second;
  }

  std::size_t limit = 0;
  mutable std::shared_mutex mutex;
  StringMap<std::shared_ptr<Guarded>> landscapes;
};

ChangeWindow::ChangeWindow(std::size_t records_per_landscape) : state_(std::make_unique<State>()) {
  state_->limit = records_per_landscape;
}

ChangeWindow::~ChangeWindow() = default;

void ChangeWindow::Reset(std::string_view landscape, std::int64_t revision) {
  const std::unique_lock lock(state_->mutex);
  state_->landscapes.insert_or_assign(std::string(landscape), std::make_shared<Guarded>(revision));
}

void ChangeWindow::Apply(std::string_view landscape, const store::Commit& commit) {
  const std::shared_ptr<Guarded> found = state_->Find(landscape);
  if (found == nullptr) return;
  const std::unique_lock lock(found->mutex);
  found->window.Apply(commit, state_->limit);
}

void ChangeWindow::Forget(std::string_view landscape) {
  const std::unique_lock lock(state_->mutex);
  if (const auto found = state_->landscapes.find(landscape); found != state_->landscapes.end()) {
    state_->landscapes.erase(found);
  }
}

std::optional<std::int64_t> ChangeWindow::Applied(std::string_view landscape) const {
  const std::shared_ptr<Guarded> found = state_->Find(landscape);
  if (found == nullptr) return std::nullopt;
  const std::shared_lock lock(found->mutex);
  return found->window.applied();
}

std::optional<Time> ChangeWindow::CommitTime(std::string_view landscape, std::int64_t revision) const {
  const std::shared_ptr<Guarded> found = state_->Find(landscape);
  if (found == nullptr) return std::nullopt;
  const std::shared_lock lock(found->mutex);
  return found->window.CommitTime(revision);
}

bool ChangeWindow::Current(std::string_view landscape, std::string_view collection, std::string_view id,
                           std::int64_t revision, std::int64_t min_revision) const {
  const std::shared_ptr<Guarded> found = state_->Find(landscape);
  if (found == nullptr) return false;
  const std::shared_lock lock(found->mutex);
  return found->window.applied() >= min_revision && found->window.Current(collection, id, revision);
}

}  // namespace allmende::cache
