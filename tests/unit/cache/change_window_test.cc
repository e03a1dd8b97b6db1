#include "common/cache/change_window.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace allmende::cache {
namespace {

constexpr std::string_view kMuster = "musterland";

store::Commit CommitOf(std::int64_t revision, const std::vector<std::string>& ids,
                       const std::string& collection = "actors") {
  store::Commit commit;
  commit.revision = revision;
  commit.time = FromMicros(revision * 1000);
  for (const std::string& id : ids) commit.changes.push_back({collection, id, store::ChangeKind::kUpdated, ""});
  return commit;
}

TEST(ChangeWindow, TrustsNothingOfALandscapeItDoesNotFollow) {
  ChangeWindow window;
  EXPECT_FALSE(window.Current(kMuster, "actors", "a", 1, 0));
  EXPECT_FALSE(window.Applied(kMuster).has_value());
  window.Apply(kMuster, CommitOf(1, {"a"}));
  EXPECT_FALSE(window.Applied(kMuster).has_value());
}

TEST(ChangeWindow, TrustsAValueUntilItsRecordChanges) {
  ChangeWindow window;
  window.Reset(kMuster, 10);
  EXPECT_TRUE(window.Current(kMuster, "actors", "a", 10, 0));
  window.Apply(kMuster, CommitOf(11, {"b"}));
  EXPECT_TRUE(window.Current(kMuster, "actors", "a", 10, 0));
  EXPECT_FALSE(window.Current(kMuster, "actors", "b", 10, 0));
  EXPECT_TRUE(window.Current(kMuster, "actors", "b", 11, 0));
  EXPECT_TRUE(window.Current(kMuster, "sites", "b", 10, 0));
}

TEST(ChangeWindow, DistrustsWhatWasReadBeforeItBegan) {
  ChangeWindow window;
  window.Reset(kMuster, 10);
  EXPECT_FALSE(window.Current(kMuster, "actors", "a", 9, 0));
}

TEST(ChangeWindow, AsksForTheRevisionThatTheCallerHasSeen) {
  ChangeWindow window;
  window.Reset(kMuster, 10);
  EXPECT_TRUE(window.Current(kMuster, "actors", "a", 10, 10));
  EXPECT_FALSE(window.Current(kMuster, "actors", "a", 10, 11));
}

TEST(ChangeWindow, KnowsWhenACollectionChanged) {
  ChangeWindow window;
  window.Reset(kMuster, 10);
  window.Apply(kMuster, CommitOf(11, {"a"}));
  EXPECT_FALSE(window.Current(kMuster, "actors", "", 10, 0));
  EXPECT_TRUE(window.Current(kMuster, "actors", "", 11, 0));
  EXPECT_TRUE(window.Current(kMuster, "sites", "", 10, 0));
}

TEST(ChangeWindow, IgnoresACommitThatIsAlreadyIn) {
  ChangeWindow window;
  window.Reset(kMuster, 10);
  window.Apply(kMuster, CommitOf(11, {"a"}));
  window.Apply(kMuster, CommitOf(11, {"b"}));
  window.Apply(kMuster, CommitOf(3, {"b"}));
  EXPECT_TRUE(window.Current(kMuster, "actors", "b", 10, 0));
  EXPECT_EQ(window.Applied(kMuster), 11);
}

TEST(ChangeWindow, DistrustsEverythingBeforeAGap) {
  ChangeWindow window;
  window.Reset(kMuster, 10);
  window.Apply(kMuster, CommitOf(15, {"a"}));
  EXPECT_EQ(window.Applied(kMuster), 15);
  EXPECT_FALSE(window.Current(kMuster, "actors", "b", 10, 0));
  EXPECT_FALSE(window.Current(kMuster, "actors", "b", 14, 0));
  EXPECT_TRUE(window.Current(kMuster, "actors", "b", 15, 0));
}

TEST(ChangeWindow, ForgetsOldChangesAndWithThemWhatWasReadBefore) {
  ChangeWindow window(3);
  window.Reset(kMuster, 0);
  for (int i = 1; i <= 5; ++i) window.Apply(kMuster, CommitOf(i, {"r" + std::to_string(i)}));
  EXPECT_FALSE(window.Current(kMuster, "actors", "other", 1, 0));
  EXPECT_TRUE(window.Current(kMuster, "actors", "other", 2, 0));
  EXPECT_FALSE(window.Current(kMuster, "actors", "r5", 4, 0));
}

TEST(ChangeWindow, NamesEachCommitByItsTime) {
  ChangeWindow window;
  window.Reset(kMuster, 10);
  EXPECT_FALSE(window.CommitTime(kMuster, 10).has_value());
  window.Apply(kMuster, CommitOf(11, {}));
  window.Apply(kMuster, CommitOf(12, {"a"}));
  EXPECT_EQ(window.CommitTime(kMuster, 11), FromMicros(11'000));
  EXPECT_EQ(window.CommitTime(kMuster, 12), FromMicros(12'000));
  EXPECT_FALSE(window.CommitTime(kMuster, 13).has_value());
}

TEST(ChangeWindow, KeepsLandscapesApartAndForgetsOnRequest) {
  ChangeWindow window;
  window.Reset(kMuster, 10);
  window.Reset("anderland", 10);
  window.Apply("anderland", CommitOf(11, {"a"}));
  EXPECT_TRUE(window.Current(kMuster, "actors", "a", 10, 0));
  window.Forget(kMuster);
  EXPECT_FALSE(window.Current(kMuster, "actors", "a", 10, 0));
  EXPECT_TRUE(window.Current("anderland", "actors", "a", 11, 0));
}

// Against a history that remembers everything: what the window trusts is true.
RC_GTEST_PROP(ChangeWindow, NeverTrustsAValueThatChanged, ()) {
  const auto limit = *rc::gen::inRange<std::size_t>(1, 20);
  const auto history =
      *rc::gen::container<std::vector<std::vector<int>>>(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 6)));
  ChangeWindow window(limit);
  window.Reset(kMuster, 0);
  std::map<int, std::int64_t> last_change;
  std::int64_t revision = 0;
  for (const std::vector<int>& ids : history) {
    std::vector<std::string> names;
    for (const int id : ids) {
      names.push_back(std::to_string(id));
      last_change[id] = revision + 1;
    }
    window.Apply(kMuster, CommitOf(++revision, names));
    for (int id = 0; id < 6; ++id) {
      for (std::int64_t read_at = 0; read_at <= revision; ++read_at) {
        const bool is_true = last_change[id] <= read_at;
        const bool trusted = window.Current(kMuster, "actors", std::to_string(id), read_at, 0);
        RC_ASSERT(is_true || !trusted);
        RC_ASSERT(trusted || read_at < revision || !is_true);  // what was read just now is always trusted
      }
    }
  }
}

}  // namespace
}  // namespace allmende::cache
