// SQLite on a disk that fills up: writes are refused clearly, reads go on, nothing acknowledged is lost, and a second
// after there is room again everything works, without a restart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cstring>
#include <fstream>

#include "common/store/sqlite/sqlite_engine.h"
#include "common/testing/temporary.h"
#include "tests/contract/store_fixture.h"

namespace allmende {
namespace {

using namespace std::chrono_literals;

// A small disk of its own for the length of a test.
class SmallDisk {
 public:
  SmallDisk() {
    if (mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=24m") != 0) why_not_ = std::strerror(errno);
  }
  ~SmallDisk() {
    if (why_not_.empty()) umount(folder_.path().c_str());
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  std::filesystem::path operator/(std::string_view name) const { return folder_ / name; }
  const std::string& why_not() const { return why_not_; }

 private:
  TempDir folder_;
  std::string why_not_;
};

absl::StatusOr<std::unique_ptr<store::Store>> OpenOn(const SmallDisk& disk) {
  ASSIGN_OR_RETURN(auto engine, store::sqlite::OpenSqlite({.file = disk / "store.db"}));
  return store::sql::OpenSqlStore(std::move(engine), TestTypes(), {});
}

Actor Bulky(int number) {
  Actor actor = NewActor(fmt::format("Musikschule {}", number));
  actor.set_description(std::string(9000, static_cast<char>('a' + number % 26)));
  return actor;
}

TEST(DiskFull, RefusesClearlyAndRecoversByItself) {
  const SmallDisk disk;
  if (!disk.why_not().empty()) GTEST_SKIP() << "NOT TESTED: no tmpfs can be mounted here: " << disk.why_not();
  {
    std::ofstream ballast(disk / "ballast");
    ballast << std::string(8U << 20U, 'x');
  }
  ASSERT_OK_AND_ASSIGN(auto store, OpenOn(disk));
  ASSERT_OK(CreateLandscape(*store, "test"));
  int stored = 0;
  absl::Status refused;
  for (int i = 0; i < 5000 && refused.ok(); ++i) {
    refused = CreateOne(*store, Actors(), fmt::format("a{}", i), Bulky(i)).status();
    if (refused.ok()) ++stored;
  }
  EXPECT_THAT(refused, StatusIs(Reason::TEMPORARILY_UNAVAILABLE));
  EXPECT_GT(stored, 50);
  EXPECT_THAT(CreateOne(*store, Actors(), "b", Bulky(0)), StatusIs(Reason::TEMPORARILY_UNAVAILABLE));
  EXPECT_OK(ReadOne(*store, Actors(), "a0"));
  EXPECT_OK(ReadOne(*store, Actors(), fmt::format("a{}", stored - 1)));
  EXPECT_THAT(ReadOne(*store, Actors(), fmt::format("a{}", stored)), StatusIs(Reason::NOT_FOUND));

  std::filesystem::remove(disk / "ballast");
  std::this_thread::sleep_for(1s);
  EXPECT_OK(CreateOne(*store, Actors(), fmt::format("a{}", stored), Bulky(stored)));
  CallContext call = CallIn("test");
  EXPECT_THAT(store->Revision(call), IsOkAndHolds(stored + 2));

  store.reset();
  ASSERT_OK_AND_ASSIGN(store, OpenOn(disk));
  for (int i = 0; i <= stored; ++i) {
    ASSERT_OK_AND_ASSIGN(const Actor actor, ReadOne(*store, Actors(), fmt::format("a{}", i)));
    EXPECT_EQ(actor.description(), Bulky(i).description());
  }
  store::Query words;
  words.text = store::TextQuery{"musikschule", false};
  words.limit = 1000;
  EXPECT_THAT(FindAll(*store, Actors(), words), IsOkAndHolds(::testing::SizeIs(stored + 1)));
}

}  // namespace
}  // namespace allmende
