// Decides whether a cached value is still true. It knows, for each landscape it follows, the last revisions that
// changed each record and each collection, from a base revision up to the one applied last. A value read at revision R
// is true as long as R is inside the window and nothing it depends on changed after R. Fed by commits of this process
// and by the change stream of others. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/store/store.h"

namespace allmende::cache {

class ChangeWindow {
 public:
  // Older changes are forgotten beyond this many records; what was read before them is not trusted any more.
  explicit ChangeWindow(std::size_t records_per_landscape = 100'000);
  ~ChangeWindow();
  ChangeWindow(const ChangeWindow&) = delete;
  ChangeWindow& operator=(const ChangeWindow&) = delete;

  // Starts (or restarts) a landscape at `revision`: values read before are not trusted.
  void Reset(std::string_view landscape, std::int64_t revision);
  // Applies the next commits in order; one that is already in is ignored. A gap resets the landscape to the newest.
  void Apply(std::string_view landscape, const store::Commit& commit);
  // Stops following: every value of the landscape is distrusted until Reset.
  void Forget(std::string_view landscape);

  // The revision applied last; absent where the landscape is not followed.
  std::optional<std::int64_t> Applied(std::string_view landscape) const;
  // When this revision was committed; absent where it is outside of the window. Revision and time together name a
  // commit for ever: also after a landscape was removed and made anew, or an older state restored.
  std::optional<Time> CommitTime(std::string_view landscape, std::int64_t revision) const;
  // Whether a value of this record (collection where `id` is empty) read at `revision` is still true now, and the
  // window has applied at least `min_revision`.
  bool Current(std::string_view landscape, std::string_view collection, std::string_view id, std::int64_t revision,
               std::int64_t min_revision) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace allmende::cache
