// A backup taken while others write holds one state, and a restore gives exactly that state back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/testing/temporary_postgres.h"
#include "tests/e2e/all_in_one.h"

namespace allmende::e2e {
namespace {

using nlohmann::json;

// Creates actors until it is told to stop.
class Writer {
 public:
  explicit Writer(const AllInOne& server) : client_({.url = server.url()}, console_), thread_([this] { Run(); }) {}
  ~Writer() {
    stop_ = true;
    thread_.join();
  }
  int written() const { return written_; }

 private:
  void Run() {
    while (!stop_) {
      const json actor{{"displayName", "Verein " + std::to_string(written_)}, {"kinds", {"ASSOCIATION"}}};
      if (client_.Post("/v1/landscapes/musterland/actors", actor.dump()).ok()) ++written_;
    }
  }
  command::Console console_{Language::kEnglish};
  command::HttpClient client_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> written_ = 0;
  std::thread thread_;
};

void BacksUpAndRestores(const std::string& database, const std::string& empty_database) {
  const TempDir folder;
  const auto with = [](std::vector<std::string> command, const std::string& url) {
    if (!url.empty()) command.insert(command.end(), {"--database", url});
    return command;
  };
  ASSERT_EQ(Allmende(with({"demo", "--data", folder / "data"}, database)).exit_code, 0);
  ASSERT_EQ(
      Allmende({"key", "create", "--data", folder / "data", "--landscape", "*", "--role", "operator", "--note", "x"})
          .exit_code,
      0);
  AllInOne server({.data = folder / "data", .database = database});
  {
    Writer writer(server);
    while (writer.written() < 20) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const Outcome backup = Allmende(with({"backup", "--data", folder / "data", "--to", folder / "backup"}, database));
    ASSERT_EQ(backup.exit_code, 0) << backup.err;
    const int before = writer.written();
    while (writer.written() < before + 20) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const Outcome restore =
      Allmende(with({"restore", "--from", folder / "backup", "--data", folder / "again", "--verify"}, empty_database));
  EXPECT_EQ(restore.exit_code, 0) << restore.err << restore.out;
  EXPECT_EQ(json::parse(restore.out)["differences"], json::array()) << restore.out;
  EXPECT_EQ(ReadFile(folder / "data/keys.json"), ReadFile(folder / "again/keys.json"));

  AllInOne restored({.data = folder / "again", .database = empty_database});
  const json landscape = restored.GetJson("/v1/landscapes/musterland/areas/99001001");
  EXPECT_EQ(landscape, json(server.GetJson("/v1/landscapes/musterland/areas/99001001")));
  // And it goes on from there.
  EXPECT_TRUE(restored.Post("/v1/landscapes/musterland/actors", {{"displayName", "Neu"}, {"kinds", {"OTHER"}}}).ok());

  const Outcome again =
      Allmende(with({"restore", "--from", folder / "backup", "--data", folder / "again"}, empty_database));
  EXPECT_EQ(again.exit_code, 1) << "a restore over data that is there must be refused";
}

TEST(Backup, UnderLoadOnSqliteRestoresWithoutDifference) { BacksUpAndRestores("", ""); }

TEST(Backup, UnderLoadOnPostgresRestoresWithoutDifference) {
  ALLMENDE_SKIP_WITHOUT_POSTGRES();
  BacksUpAndRestores(TemporaryPostgres::Shared().NewDatabase(), TemporaryPostgres::Shared().NewDatabase());
}

TEST(Backup, SaysWhenAFileIsDamaged) {
  const TempDir folder;
  ASSERT_EQ(Allmende({"demo", "--data", folder / "data"}).exit_code, 0);
  ASSERT_EQ(Allmende({"backup", "--data", folder / "data", "--to", folder / "backup"}).exit_code, 0);
  std::filesystem::resize_file(folder / "backup", std::filesystem::file_size(folder / "backup") / 2);
  EXPECT_EQ(Allmende({"restore", "--from", folder / "backup", "--data", folder / "again", "--verify"}).exit_code, 1);
}

}  // namespace
}  // namespace allmende::e2e
