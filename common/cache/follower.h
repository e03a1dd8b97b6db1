// Keeps the ChangeWindow of each landscape that is read fresh: a window is trusted for one second after the store last
// confirmed it, and not at all while a newer revision is known than it has applied (so a caller always reads its own
// writes, and no reader of this process goes back in time). Whoever reads brings the window up to date, one caller at a
// time and only for landscapes in use; there is no thread. Thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "common/base/strings.h"
#include "common/cache/change_window.h"
#include "common/store/store.h"

namespace allmende::cache {

class Follower {
 public:
  explicit Follower(store::Store& store) : store_(store) {}

  // A state of a landscape that may be answered from.
  struct View {
    std::string key;  // unlike that of every other landscape, and of this one before it was removed and made anew
    std::int64_t revision = 0;  // the newest that is applied
  };

  // At least `min_revision` and at most one second old; absent where the store must be asked.
  std::optional<View> Look(const CallContext& call, std::int64_t min_revision);
  // Somebody has seen this revision: what is older is no longer answered.
  void Note(std::string_view landscape, std::int64_t revision);
  // The landscape is gone, or something is wrong with it.
  void Forget(std::string_view landscape);

  // Whether a value read at `revision` is what the store had at the view's revision.
  bool IsTrue(const View& view, std::string_view collection, std::string_view id, std::int64_t revision) const {
    return revision <= view.revision && window_.Current(view.key, collection, id, revision, view.revision);
  }
  std::optional<Time> CommitTime(const View& view, std::int64_t revision) const {
    return window_.CommitTime(view.key, revision);
  }

 private:
  using Clock = std::chrono::steady_clock;
  // A window that was started for a landscape.
  struct Following {
    std::string key;
    Clock::time_point heard;   // the store said then: there is nothing newer than what is applied
    Clock::time_point probed;  // the store said then: it is still the same landscape
  };
  struct Slot {
    std::timed_mutex updating;  // held by the one who asks the store
    std::mutex mutex;           // of what follows
    std::optional<Following> following;
    int drops = 0;                  // how often it was told to forget
    std::int64_t noted = 0;         // the newest revision anybody has seen, unless an update covered it
    std::int64_t noted_during = 0;  // the same, since the update under way began
    Clock::time_point used;
  };

  std::shared_ptr<Slot> SlotOf(std::string_view landscape);
  std::shared_ptr<Slot> FindSlot(std::string_view landscape) const;
  // The view of the slot where it is trusted, and whether it is also fresh.
  std::optional<View> Trusted(Slot& slot, std::int64_t min_revision, bool* fresh = nullptr) const;
  void Update(const CallContext& call, Slot& slot);
  // What is followed after asking the store; an error where the store did not answer.
  absl::StatusOr<Following> Renewed(CallContext& call, const std::optional<Following>& present,
                                    Clock::time_point asked);
  absl::StatusOr<bool> StillTheSame(CallContext& call, const Following& following);
  // False: too far behind.
  absl::StatusOr<bool> CatchUp(CallContext& call, const Following& following);
  absl::StatusOr<Following> Start(CallContext& call, Clock::time_point asked);
  void Drop(Slot& slot);

  store::Store& store_;
  ChangeWindow window_;
  mutable std::shared_mutex mutex_;  // of slots_
  StringMap<std::shared_ptr<Slot>> slots_;
};

}  // namespace allmende::cache
