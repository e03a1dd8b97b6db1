#include "common/config/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "common/testing/matchers.h"
#include "common/testing/temporary.h"

namespace allmende::config {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// A program with one setting of every type.
struct Program {
  std::string level = "info";
  Secret<std::string> database;
  std::vector<std::string> listen = {"127.0.0.1:8080"};
  bool development = false;
  int threads = 32;
  double rate = 2.5;
  milliseconds patience{60'000};

  Settings settings;
  CLI::App app;

  Program() {
    settings.Add(level, {"log-level", "Stufe des Protokolls", "level of the log"}, OneOf({"info", "debug"}));
    settings.Add(database, {"database", "Datenbank", "database"});
    settings.Add(listen, {"listen", "Adressen", "addresses"});
    settings.Add(development, {"development", "Ohne Anmeldung", "without identity"});
    settings.Add(threads, {"threads", "Threads", "threads"}, Between(1, 64));
    settings.Add(rate, {"rate", "Rate", "rate"});
    settings.Add(patience, {"patience", "Geduld", "patience"});
    settings.AttachTo(app, Language::kEnglish);
  }
};

class SettingsTest : public ::testing::Test {
 protected:
  absl::Status Run(std::vector<std::string> arguments, const std::string& file = {},
                   std::map<std::string, std::string> environment = {}) {
    program_ = std::make_unique<Program>();
    if (!file.empty()) {
      std::ofstream(file_) << file;
      arguments.insert(arguments.begin(), {"--config", file_.string()});
    }
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    program_->app.parse(arguments);
    return program_->settings.Resolve([&](const char* name) -> const char* {
      const auto found = environment.find(name);
      return found == environment.end() ? nullptr : found->second.c_str();
    });
  }

  TempDir dir_;
  std::filesystem::path file_ = dir_ / "allmende.toml";
  std::unique_ptr<Program> program_;
};

TEST_F(SettingsTest, KeepTheirDefaultsWhereNothingIsSaid) {
  EXPECT_OK(Run({}));
  EXPECT_EQ(program_->level, "info");
  EXPECT_THAT(program_->listen, ElementsAre("127.0.0.1:8080"));
  EXPECT_EQ(program_->threads, 32);
}

// CLI11 by itself prefers the file to the environment; here the environment wins.
TEST_F(SettingsTest, ComeFromTheFlagBeforeTheEnvironmentBeforeTheFile) {
  const std::string file = "threads = 1\nlog-level = \"debug\"\nrate = 1\n";
  EXPECT_OK(Run({"--threads", "3"}, file, {{"ALLMENDE_THREADS", "2"}, {"ALLMENDE_RATE", "2"}}));
  EXPECT_EQ(program_->threads, 3);
  EXPECT_EQ(program_->rate, 2);
  EXPECT_EQ(program_->level, "debug");
}

TEST_F(SettingsTest, HaveEveryTypeInEverySource) {
  const auto check = [this] {
    EXPECT_EQ(program_->level, "debug");
    EXPECT_EQ(program_->database.Reveal(), "postgresql://x");
    EXPECT_THAT(program_->listen, ElementsAre("a:1", "b:2"));
    EXPECT_TRUE(program_->development);
    EXPECT_EQ(program_->threads, 7);
    EXPECT_EQ(program_->rate, 0.5);
    EXPECT_EQ(program_->patience, milliseconds(250));
  };
  EXPECT_OK(Run({"--log-level", "debug", "--database=postgresql://x", "--listen", "a:1", "--listen", "b:2",
                 "--development", "--threads=7", "--rate", "0.5", "--patience", "250ms"}));
  check();
  EXPECT_OK(Run({}, R"(log-level = "debug"
database = "postgresql://x"
listen = ["a:1", "b:2"]
development = true
threads = 7
rate = 0.5
patience = "250ms")"));
  check();
  EXPECT_OK(Run({}, {},
                {{"ALLMENDE_LOG_LEVEL", "debug"},
                 {"ALLMENDE_DATABASE", "postgresql://x"},
                 {"ALLMENDE_LISTEN", "a:1,b:2"},
                 {"ALLMENDE_DEVELOPMENT", "true"},
                 {"ALLMENDE_THREADS", "7"},
                 {"ALLMENDE_RATE", "0.5"},
                 {"ALLMENDE_PATIENCE", "250ms"}}));
  check();
}

TEST_F(SettingsTest, CanTurnAFlagOffThatTheFileTurnsOn) {
  EXPECT_OK(Run({"--development=false"}, "development = true"));
  EXPECT_FALSE(program_->development);
}

TEST_F(SettingsTest, NameEveryMistakeAtOnceAndWhereItIs) {
  const absl::Status status =
      Run({"--threads", "zwei"}, "speed = 3\nrate = \"fast\"\n", {{"ALLMENDE_LOG_LEVEL", "loud"}});
  EXPECT_THAT(status, HasViolation("--threads", Reason::WRONG_TYPE));
  EXPECT_THAT(status, HasViolation("ALLMENDE_LOG_LEVEL", Reason::UNKNOWN_CODE));
  EXPECT_THAT(status, HasViolation("rate (" + file_.string() + ":2)", Reason::WRONG_TYPE));
  EXPECT_THAT(status, HasViolation("speed (" + file_.string() + ":1)", Reason::UNKNOWN_FIELD));
  EXPECT_THAT(Explain(status, Language::kGerman),
              AllOf(HasSubstr("--threads"), HasSubstr("eine ganze Zahl"), HasSubstr("speed")));
  EXPECT_THAT(Explain(status, Language::kEnglish), AllOf(HasSubstr("a whole number"), HasSubstr("\n")));
}

TEST_F(SettingsTest, StayInTheirRange) {
  EXPECT_THAT(Run({"--threads", "0"}), HasViolation("--threads", Reason::OUT_OF_RANGE));
  EXPECT_THAT(Run({"--threads", "65"}), HasViolation("--threads", Reason::OUT_OF_RANGE));
  EXPECT_THAT(Run({"--threads", "99999999999"}), HasViolation("--threads", Reason::WRONG_TYPE));
  EXPECT_THAT(Run({"--patience", "5"}), HasViolation("--patience", Reason::WRONG_TYPE));
  EXPECT_THAT(Run({"--patience", "5 s"}), HasViolation("--patience", Reason::WRONG_TYPE));
  EXPECT_THAT(Run({"--rate", "nan"}), HasViolation("--rate", Reason::WRONG_TYPE));
}

TEST_F(SettingsTest, RefuseAFileThatIsNotThereOrNoToml) {
  EXPECT_THAT(Run({"--config", (dir_ / "missing.toml").string()}), StatusIs(Reason::NOT_FOUND));
  EXPECT_THAT(Run({}, "threads = 1\n= 2\n"), HasViolation(file_.string() + ":2", Reason::MALFORMED));
  EXPECT_THAT(Run({}, "[threads]\nx = 1\n"), StatusIs(Reason::INVALID_FIELDS));
  EXPECT_THAT(Run({}, "threads = [1, 2]"), HasViolation("threads (" + file_.string() + ":1)", Reason::WRONG_TYPE));
}

TEST_F(SettingsTest, TakeTheFileFromTheEnvironmentToo) {
  std::ofstream(file_) << "threads = 5";
  EXPECT_OK(Run({}, {}, {{"ALLMENDE_CONFIG", file_.string()}}));
  EXPECT_EQ(program_->threads, 5);
}

TEST_F(SettingsTest, PrintThemselvesWithTheirOriginAndWithoutSecrets) {
  EXPECT_OK(Run({"--threads", "3", "--database", "postgresql://user:geheim@host/db"}, "rate = 1.5",
                {{"ALLMENDE_LOG_LEVEL", "debug"}}));
  const std::string text = program_->settings.Print(Language::kEnglish);
  EXPECT_THAT(text, HasSubstr("# threads (from: --threads)\nthreads = 3\n"));
  EXPECT_THAT(text, HasSubstr("(from: ALLMENDE_LOG_LEVEL)\nlog-level = \"debug\"\n"));
  EXPECT_THAT(text, HasSubstr("allmende.toml:1)\nrate = 1.5\n"));
  EXPECT_THAT(text, HasSubstr("(from: default)\npatience = \"1m\"\n"));
  EXPECT_THAT(text, HasSubstr("database = \"********\"\n"));
  EXPECT_THAT(text, Not(HasSubstr("geheim")));
  EXPECT_THAT(program_->app.help(), Not(HasSubstr("geheim")));
}

TEST_F(SettingsTest, ReadBackWhatTheyPrint) {
  EXPECT_OK(Run({"--threads", "3", "--listen", "unix:/a \"b\"", "--patience", "90s"}));
  const std::string printed = program_->settings.Print(Language::kGerman);
  EXPECT_OK(Run({}, printed));
  EXPECT_EQ(program_->threads, 3);
  EXPECT_THAT(program_->listen, ElementsAre("unix:/a \"b\""));
  EXPECT_EQ(program_->patience, milliseconds(90'000));
}

TEST(LanguageOfEnvironment, IsGermanUnlessEnglishIsAskedFor) {
  std::map<std::string, std::string> environment;
  const auto get = [&](const char* name) -> const char* {
    return environment.contains(name) ? environment.at(name).c_str() : nullptr;
  };
  EXPECT_EQ(LanguageOfEnvironment(get), Language::kGerman);
  environment["LANG"] = "en_GB.UTF-8";
  EXPECT_EQ(LanguageOfEnvironment(get), Language::kEnglish);
  environment["LC_ALL"] = "de_DE.UTF-8";
  EXPECT_EQ(LanguageOfEnvironment(get), Language::kGerman);
}

}  // namespace
}  // namespace allmende::config
