#include "common/identity/key_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "common/testing/matchers.h"
#include "common/testing/temporary.h"

namespace allmende::identity {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

class KeyFile : public ::testing::Test {
 protected:
  std::string Add(Role role = Role::kEditor, hours valid = hours(24)) {
    const auto key = AddKey(file_,
                            {.roles = {{"a-town", {role}}},
                             .actors = {"landscapes/a-town/actors/x"},
                             .note = "test",
                             .expires = clock_.Now() + valid},
                            clock_);
    EXPECT_OK(key);
    clock_.Advance(seconds(2));  // the reader looks again
    return key.ok() ? key->Reveal() : "";
  }
  absl::StatusOr<Principal> Authenticate(const std::string& key) { return reader_->Authenticate("Bearer " + key); }
  std::string Content() const {
    std::stringstream text;
    text << std::ifstream(file_).rdbuf();
    return text.str();
  }

  TempDir dir_;
  std::filesystem::path file_ = dir_ / "keys.json";
  FakeClock clock_;
  std::unique_ptr<Authenticator> reader_ = KeyFileAuthenticator(file_, clock_);
};

TEST_F(KeyFile, AcceptsAKeyWithItsRolesAndActors) {
  const auto principal = Authenticate(Add(Role::kRepresentative));
  ASSERT_OK(principal);
  EXPECT_EQ(principal->kind, Principal::Kind::kKey);
  EXPECT_THAT(principal->subject, testing::MatchesRegex("key:[a-z2-7]{8}"));
  EXPECT_EQ(principal->roles.at("a-town"), std::set<Role>{Role::kRepresentative});
  EXPECT_THAT(principal->actors, testing::ElementsAre("landscapes/a-town/actors/x"));
}

TEST_F(KeyFile, HoldsNoSecretAndIsReadableOnlyByItsOwner) {
  const std::string key = Add();
  EXPECT_THAT(Content(), Not(HasSubstr(key)));
  EXPECT_THAT(Content(), Not(HasSubstr(key.substr(18))));
  struct stat info {};
  ASSERT_EQ(stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(KeyFile, TakesACallerWithoutCredentialAsAnonymous) {
  const auto principal = reader_->Authenticate("");
  ASSERT_OK(principal);
  EXPECT_EQ(principal->kind, Principal::Kind::kAnonymous);
  EXPECT_TRUE(principal->roles.empty());
}

TEST_F(KeyFile, RefusesWhatIsNotExactlyAKeyOfTheFile) {
  const std::string key = Add();
  std::string other_secret = key;
  other_secret.back() = other_secret.back() == 'A' ? 'B' : 'A';
  for (const std::string& wrong :
       {other_secret, key + "x", key.substr(0, key.size() - 1), key.substr(0, 18), key.substr(0, 17),
        std::string("allmende_aaaaaaaa_x"), std::string("allmende_"), std::string(), std::string(5, '\0')}) {
    EXPECT_THAT(Authenticate(wrong), StatusIs(Reason::NOT_AUTHENTICATED)) << wrong;
  }
  EXPECT_THAT(reader_->Authenticate("Basic abc"), StatusIs(Reason::NOT_AUTHENTICATED));
  EXPECT_THAT(reader_->Authenticate(key), StatusIs(Reason::NOT_AUTHENTICATED));
}

TEST_F(KeyFile, RefusesAKeyFromTheMomentItExpires) {
  const std::string key = Add(Role::kEditor, hours(1));
  EXPECT_OK(Authenticate(key));
  clock_.Advance(hours(1) - seconds(2) - std::chrono::microseconds(1));
  EXPECT_OK(Authenticate(key));
  clock_.Advance(std::chrono::microseconds(1));
  EXPECT_THAT(Authenticate(key), StatusIs(Reason::NOT_AUTHENTICATED));
}

TEST_F(KeyFile, NoticesWithinASecondThatAKeyWasTakenOut) {
  const std::string key = Add();
  EXPECT_OK(Authenticate(key));
  std::ofstream(file_) << R"({"keys": []})";
  clock_.Advance(seconds(1));
  EXPECT_THAT(Authenticate(key), StatusIs(Reason::NOT_AUTHENTICATED));
}

TEST_F(KeyFile, ListsItsKeysAndTakesOneOutByItsId) {
  const std::string first = Add();
  const std::string second = Add();
  const auto keys = ListKeys(file_);
  ASSERT_OK(keys);
  ASSERT_EQ(keys->keys_size(), 2);
  EXPECT_THAT(RemoveKey(file_, keys->keys(0).id()), IsOkAndHolds(true));
  clock_.Advance(seconds(2));
  EXPECT_FALSE(Authenticate(first).ok());
  EXPECT_OK(Authenticate(second));
  EXPECT_THAT(RemoveKey(file_, "nobody"), IsOkAndHolds(false));
  EXPECT_EQ(ListKeys(file_)->keys_size(), 1);
}

TEST_F(KeyFile, AcceptsNothingWhenTheFileIsGone) {
  const std::string key = Add();
  EXPECT_OK(Authenticate(key));
  std::filesystem::remove(file_);
  clock_.Advance(seconds(1));
  EXPECT_THAT(Authenticate(key), StatusIs(Reason::NOT_AUTHENTICATED));
}

TEST_F(KeyFile, KeepsTheLastGoodStateWhileTheFileIsBroken) {
  const std::string key = Add();
  EXPECT_OK(Authenticate(key));
  const std::string good = Content();
  std::ofstream(file_) << "{ half a fi";
  clock_.Advance(seconds(1));
  EXPECT_OK(Authenticate(key));
  std::ofstream(file_) << R"({"keys": []})";
  clock_.Advance(seconds(1));
  EXPECT_THAT(Authenticate(key), StatusIs(Reason::NOT_AUTHENTICATED));
}

TEST_F(KeyFile, RefusesToAddToABrokenFileAndLeavesItAsItIs) {
  std::ofstream(file_) << "{ half a fi";
  EXPECT_THAT(AddKey(file_, {}, clock_), HasViolation(file_.string(), Reason::MALFORMED));
  EXPECT_EQ(Content(), "{ half a fi");
}

TEST_F(KeyFile, SaysWhenItCannotBeWritten) {
  EXPECT_THAT(AddKey(dir_ / "missing/keys.json", {}, clock_), StatusIs(Reason::TEMPORARILY_UNAVAILABLE));
}

TEST_F(KeyFile, GrantsNothingForARoleItDoesNotKnow) {
  const std::string key = Add();
  std::string content = Content();
  content.replace(content.find("editor"), 6, "wizard");
  std::ofstream(file_) << content;
  clock_.Advance(seconds(1));
  const auto principal = Authenticate(key);
  ASSERT_OK(principal);
  EXPECT_TRUE(principal->roles.empty());
}

TEST_F(KeyFile, LosesNoKeyWhenSeveralAreAddedAtOnce) {
  std::vector<std::thread> threads;
  std::vector<std::string> keys(8);
  for (std::string& key : keys) {
    threads.emplace_back([this, &key] {
      key = AddKey(file_,
                   {.roles = {{"*", {Role::kPublic}}}, .actors = {}, .note = {}, .expires = clock_.Now() + hours(1)},
                   clock_)
                ->Reveal();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& key : keys) EXPECT_OK(Authenticate(key));
}

TEST(DevelopmentAuthenticator, TakesEverybodyAsOperatorOfEverything) {
  const auto principal = DevelopmentAuthenticator()->Authenticate("");
  ASSERT_OK(principal);
  EXPECT_EQ(principal->kind, Principal::Kind::kDevelopment);
  EXPECT_EQ(principal->roles.at("*"), std::set<Role>{Role::kOperator});
}

}  // namespace
}  // namespace allmende::identity
