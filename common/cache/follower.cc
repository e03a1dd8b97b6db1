#include "common/cache/follower.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "common/base/macros.h"

namespace allmende::cache {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTrusted{1'000};
constexpr milliseconds kFresh{500};        // after this one reader asks again while the others go on
constexpr milliseconds kWaitForOther{50};  // for the reader who is asking; then the store is quicker
constexpr int kChangesAtOnce = 5'000;
constexpr std::size_t kMostLandscapes = 1'024;

// No collection is named so: commits come without their changes.
const std::vector<std::string> kNone = {"-"};

std::string NewKey(std::string_view landscape) {
  static std::atomic<std::uint64_t> started = 0;
  return fmt::format("{}#{}", landscape, ++started);
}

// For questions of our own: the caller's landscape, deadline and patience, nothing else of the call.
CallContext QuestionFor(const CallContext& call) {
  CallContext question;
  question.landscape = call.landscape;
  question.deadline = std::min(call.deadline, std::chrono::steady_clock::now() + kTrusted);
  question.cancelled = call.cancelled;
  return question;
}

}  // namespace

std::optional<Follower::View> Follower::Look(const CallContext& call, std::int64_t min_revision) {
  const std::shared_ptr<Slot> slot = SlotOf(call.landscape);
  bool fresh = false;
  std::optional<View> view = Trusted(*slot, min_revision, &fresh);
  if (view && fresh) return view;
  std::unique_lock lock(slot->updating, std::defer_lock);
  if (view) {
    if (lock.try_lock()) Update(call, *slot);
    return view;
  }
  if (!lock.try_lock_for(kWaitForOther)) return std::nullopt;
  view = Trusted(*slot, min_revision);
  if (view) return view;
  Update(call, *slot);
  return Trusted(*slot, min_revision);
}

void Follower::Note(std::string_view landscape, std::int64_t revision) {
  const std::shared_ptr<Slot> slot = FindSlot(landscape);
  if (slot == nullptr) return;
  const std::lock_guard lock(slot->mutex);
  slot->noted = std::max(slot->noted, revision);
  slot->noted_during = std::max(slot->noted_during, revision);
}

void Follower::Forget(std::string_view landscape) {
  if (const std::shared_ptr<Slot> slot = FindSlot(landscape)) Drop(*slot);
}

std::shared_ptr<Follower::Slot> Follower::FindSlot(std::string_view landscape) const {
  const std::shared_lock lock(mutex_);
  const auto found = slots_.find(landscape);
  return found == slots_.end() ? nullptr : found->second;
}

std::shared_ptr<Follower::Slot> Follower::SlotOf(std::string_view landscape) {
  if (std::shared_ptr<Slot> found = FindSlot(landscape)) return found;
  const std::unique_lock lock(mutex_);
  if (slots_.size() >= kMostLandscapes && !slots_.contains(landscape)) {
    const auto idlest = std::ranges::min_element(slots_, {}, [](const auto& entry) {
      const std::lock_guard guard(entry.second->mutex);
      return entry.second->used;
    });
    Drop(*idlest->second);
    slots_.erase(idlest);
  }
  std::shared_ptr<Slot>& slot = slots_[std::string(landscape)];
  if (slot == nullptr) slot = std::make_shared<Slot>();
  return slot;
}

std::optional<Follower::View> Follower::Trusted(Slot& slot, std::int64_t min_revision, bool* fresh) const {
  const Clock::time_point now = Clock::now();
  const std::lock_guard lock(slot.mutex);
  slot.used = now;
  if (!slot.following || now - slot.following->heard > kTrusted) return std::nullopt;
  const std::optional<std::int64_t> applied = window_.Applied(slot.following->key);
  if (!applied || *applied < std::max(min_revision, slot.noted)) return std::nullopt;
  if (fresh != nullptr) *fresh = now - slot.following->heard < kFresh;
  return View{slot.following->key, *applied};
}

void Follower::Drop(Slot& slot) {
  const std::lock_guard lock(slot.mutex);
  if (slot.following) window_.Forget(slot.following->key);
  slot.following.reset();
  ++slot.drops;
}

// Only for who holds slot.updating. Where the store does not answer, everything stays as it is and grows old.
void Follower::Update(const CallContext& call, Slot& slot) {
  CallContext question = QuestionFor(call);
  std::optional<Following> present;
  int drops = 0;
  const Clock::time_point asked = Clock::now();
  {
    const std::lock_guard lock(slot.mutex);
    present = slot.following;
    drops = slot.drops;
    slot.noted_during = 0;
  }
  const absl::StatusOr<Following> renewed = Renewed(question, present, asked);
  if (!renewed.ok()) return;
  const std::lock_guard lock(slot.mutex);
  if (slot.drops != drops) return window_.Forget(renewed->key);
  if (present && present->key != renewed->key) window_.Forget(present->key);
  slot.following = *renewed;
  slot.noted = slot.noted_during;  // what was seen before the store was asked is in what it answered
}

absl::StatusOr<Follower::Following> Follower::Renewed(CallContext& call, const std::optional<Following>& present,
                                                      Clock::time_point asked) {
  if (!present) return Start(call, asked);
  Following following = *present;
  if (asked - following.probed >= kFresh) {
    ASSIGN_OR_RETURN(const bool same, StillTheSame(call, following));
    if (!same) return Start(call, asked);
    following.probed = asked;
  }
  ASSIGN_OR_RETURN(const bool caught_up, CatchUp(call, following));
  if (!caught_up) return Start(call, asked);
  following.heard = asked;
  return following;
}

// A landscape that was removed and made anew, or restored from a copy, can have the same revision, but not at the same
// time.
absl::StatusOr<bool> Follower::StillTheSame(CallContext& call, const Following& following) {
  const std::int64_t applied = window_.Applied(following.key).value_or(0);
  const auto commits = store_.Changes(call, std::max<std::int64_t>(0, applied - 1), 1, kNone);
  if (!commits.ok()) {
    // A landscape that is gone, or has fewer revisions than we know, is another one.
    const bool gone = commits.status().code() != absl::StatusCode::kUnavailable &&
                      commits.status().code() != absl::StatusCode::kDeadlineExceeded;
    return gone ? absl::StatusOr<bool>(false) : commits.status();
  }
  return !commits->empty() && commits->front().revision == applied &&
         commits->front().time == window_.CommitTime(following.key, applied);
}

absl::StatusOr<bool> Follower::CatchUp(CallContext& call, const Following& following) {
  constexpr int kMostRounds = 4;  // further behind than this: starting anew is quicker
  for (int round = 0; round < kMostRounds; ++round) {
    const std::optional<std::int64_t> applied = window_.Applied(following.key);
    if (!applied) return false;
    ASSIGN_OR_RETURN(const auto commits, store_.Changes(call, *applied, kChangesAtOnce, {}));
    if (commits.empty()) return true;
    for (const store::Commit& commit : commits) window_.Apply(following.key, commit);
  }
  return false;
}

// Begins some commits back, so that what Redis holds from before a restart can still be told true from stale; with
// fewer where they are too large to be read quickly.
absl::StatusOr<Follower::Following> Follower::Start(CallContext& call, Clock::time_point asked) {
  ASSIGN_OR_RETURN(const std::int64_t revision, store_.Revision(call));
  for (const std::int64_t back : {256, 16, 1}) {
    const std::int64_t base = std::max<std::int64_t>(0, revision - back);
    ASSIGN_OR_RETURN(const auto commits, store_.Changes(call, base, kChangesAtOnce, {}));
    if (commits.empty() || commits.back().revision < revision) continue;
    Following following{.key = NewKey(call.landscape), .heard = asked, .probed = asked};
    window_.Reset(following.key, base);
    for (const store::Commit& commit : commits) window_.Apply(following.key, commit);
    return following;
  }
  return Error(Reason::REVISION_UNAVAILABLE, {{"revision", std::to_string(revision)}});
}

}  // namespace allmende::cache
