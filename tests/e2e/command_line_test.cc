// The command line as people and scripts meet it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/e2e/all_in_one.h"

namespace allmende::e2e {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kCommands[] = {"serve",   "demo",   "import", "export", "backup",
                                     "restore", "doctor", "config", "key"};

int CountLines(const std::string& text) { return static_cast<int>(std::count(text.begin(), text.end(), '\n')); }

TEST(CommandLine, HelpsInBothLanguages) {
  for (const std::string command : kCommands) {
    const Outcome german = Allmende({command, "--help"}, {"LC_ALL=de_DE.UTF-8"});
    EXPECT_EQ(german.exit_code, 0) << command;
    EXPECT_THAT(german.out, AllOf(HasSubstr("Aufruf"), HasSubstr("Beispiele"), HasSubstr("allmende " + command)));
    const Outcome english = Allmende({command, "--help"}, {"LC_ALL=en_GB.UTF-8"});
    EXPECT_THAT(english.out, AllOf(HasSubstr("Usage"), HasSubstr("Examples")));
    EXPECT_EQ(Allmende({"--lang", "en", command, "--help"}, {"LC_ALL=de_DE.UTF-8"}).out, english.out);
  }
}

TEST(CommandLine, ListsItsCommandsAndExitCodes) {
  const Outcome outcome = Allmende({"--help"}, {"LC_ALL=en_GB.UTF-8"});
  for (const char* command : kCommands) EXPECT_THAT(outcome.out, HasSubstr(command));
  EXPECT_THAT(outcome.out, HasSubstr("Exit codes"));
  EXPECT_THAT(Allmende({"--version"}).out, StartsWith("0."));
}

TEST(CommandLine, SaysWhatIsWrongWithItsUseAndWhereHelpIs) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"fly"},
                                                    {"import"},
                                                    {"export", "--format", "pdf", "--landscape", "x"},
                                                    {"key", "create"}}) {
    const Outcome outcome = Allmende(arguments, {"LC_ALL=en_GB.UTF-8"});
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    EXPECT_THAT(outcome.err, AllOf(StartsWith("Error: "), HasSubstr("--help")));
    EXPECT_THAT(outcome.out, IsEmpty());
  }
}

TEST(CommandLine, TellsAServerThatDoesNotAnswerFromOneThatRefuses) {
  const std::string nobody = "http://127.0.0.1:" + std::to_string(FreePort());
  const Outcome unreachable = Allmende({"export", "--server", nobody, "--landscape", "x"}, {"LC_ALL=en_GB.UTF-8"});
  EXPECT_EQ(unreachable.exit_code, 4);
  EXPECT_THAT(unreachable.err, AllOf(HasSubstr("does not answer"), HasSubstr("Remedy: ")));

  AllInOne server({.development = false});
  const Outcome refused = Allmende({"export", "--server", server.url(), "--landscape", "x"}, {"LC_ALL=en_GB.UTF-8"});
  EXPECT_EQ(refused.exit_code, 5) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("allmende key create"));
}

TEST(CommandLine, MakesAKeyThatOpensItsLandscapeUntilItIsTakenOut) {
  AllInOne server({.development = false});
  const std::string data = server.data();
  const Outcome made =
      Allmende({"key", "create", "--data", data, "--landscape", "*", "--role", "operator", "--note", "test"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(CountLines(made.out), 1);
  const std::string key = made.out.substr(0, made.out.size() - 1);
  const std::string with_key = "ALLMENDE_KEY=" + key;
  // A key is noticed within a second.
  Outcome demo;
  for (int attempt = 0; attempt < 30; ++attempt) {
    demo = Allmende({"demo", "--server", server.url()}, {with_key});
    if (demo.exit_code != 5) break;
    RunProgram({"sleep", "0.1"});
  }
  EXPECT_EQ(demo.exit_code, 0) << demo.err;

  const Outcome list = Allmende({"key", "list", "--data", data});
  EXPECT_THAT(list.out, AllOf(HasSubstr("*:operator"), HasSubstr("test"), Not(HasSubstr(key))));
  EXPECT_EQ(Allmende({"key", "remove", "--data", data, list.out.substr(0, 8)}).exit_code, 0);
  int last = 0;
  for (int attempt = 0; attempt < 30 && last != 5; ++attempt) {
    last = Allmende({"export", "--server", server.url(), "--landscape", "musterland"}, {with_key}).exit_code;
    RunProgram({"sleep", "0.1"});
  }
  EXPECT_EQ(last, 5);
  EXPECT_EQ(Allmende({"key", "remove", "--data", data, "nothing1"}).exit_code, 1);
}

class WithDemo : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TempDir;
    const Outcome demo = Allmende({"demo", "--data", *folder_ / "data", "--truth", *folder_ / "truth.csv"});
    ASSERT_EQ(demo.exit_code, 0) << demo.err;
    server_ = new AllInOne({.data = *folder_ / "data"});
  }
  static void TearDownTestSuite() {
    delete server_;
    delete folder_;
  }
  static TempDir* folder_;
  static AllInOne* server_;
};
TempDir* WithDemo::folder_ = nullptr;
AllInOne* WithDemo::server_ = nullptr;

TEST_F(WithDemo, ExportsEveryActorOnceInBothFormats) {
  const Outcome csv = Allmende({"export", "--server", server_->url(), "--landscape", "musterland"});
  ASSERT_EQ(csv.exit_code, 0) << csv.err;
  EXPECT_THAT(csv.out, StartsWith("name,display_name,"));
  const Outcome lines =
      Allmende({"export", "--server", server_->url(), "--landscape", "musterland", "--format", "jsonl"});
  ASSERT_EQ(lines.exit_code, 0) << lines.err;
  EXPECT_EQ(CountLines(csv.out), CountLines(lines.out) + 1);
  EXPECT_GT(CountLines(lines.out), 850);
  std::istringstream in(lines.out);
  std::set<std::string> names;
  for (std::string line; std::getline(in, line);) {
    const json actor = json::parse(line, nullptr, false);
    ASSERT_TRUE(actor.is_object()) << line;
    EXPECT_TRUE(names.insert(actor["name"]).second) << actor["name"];
  }
}

TEST_F(WithDemo, ImportsAListAndAccountsForEveryRow) {
  const TempDir folder;
  const std::string list = folder / "vereine.csv";
  std::ofstream(list) << "Nr;Name;PLZ;Ort\n1;Turnverein Übersee e. V.;05000;Musterstadt\n2;;05000;Musterstadt\n";
  std::ofstream(folder / "mapping.json")
      << R"({"target": "ACTORS", "key": [{"columns": ["Nr"]}], "ignore": ["PLZ", "Ort"],
             "actor": {"displayName": [{"columns": ["Name"]}], "kinds": [{"constant": "ASSOCIATION"}]}})";
  const std::vector<std::string> command{"import",     "--server",  server_->url(),          "--landscape",
                                         "musterland", "--mapping", folder / "mapping.json", "--source",
                                         "vereine",    list};
  auto dry = command;
  dry.insert(dry.end(), {"--dry-run", "--report", folder / "report.json"});
  for (const auto& [arguments, stored] : {std::pair{dry, 1}, {command, 1}, {command, 0}}) {
    const Outcome outcome = Allmende(arguments);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    ASSERT_EQ(CountLines(outcome.out), 1) << outcome.out;
    const json summary = json::parse(outcome.out);
    EXPECT_EQ(summary["rows"], 2);
    EXPECT_EQ(summary["stored"], stored);
    EXPECT_EQ(summary["unchanged"], 1 - stored);
    EXPECT_EQ(summary["refused"], 1);
    EXPECT_THAT(outcome.err, HasSubstr("3"));  // the line of the row without a name
  }
  auto strict = command;
  strict.emplace_back("--strict");
  EXPECT_EQ(Allmende(strict).exit_code, 3);
  EXPECT_EQ(json::parse(ReadFile(folder / "report.json"))["refused"].size(), 1U);
}

TEST_F(WithDemo, RefusesToMakeTheDemoTwice) {
  const Outcome again = Allmende({"demo", "--server", server_->url()}, {"LC_ALL=en_GB.UTF-8"});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, StartsWith("Error: "));
}

TEST_F(WithDemo, DoctorFindsARunningServerHealthy) {
  const Outcome doctor = Allmende({"doctor", "--server", server_->url()}, {"LC_ALL=en_GB.UTF-8"});
  EXPECT_EQ(doctor.exit_code, 0) << doctor.out << doctor.err;
}

TEST(CommandLine, DoctorNamesARemedyForWhatItFinds) {
  const Outcome doctor =
      Allmende({"doctor", "--data", "/nowhere/at/all", "--redis", "redis://127.0.0.1:1"}, {"LC_ALL=en_GB.UTF-8"});
  EXPECT_EQ(doctor.exit_code, 1);
  EXPECT_THAT(doctor.out, AllOf(HasSubstr("/nowhere/at/all"), HasSubstr("Redis"), HasSubstr("Remedy")));
}

TEST(CommandLine, PrintsTheSettingsWithTheirOriginAndWithoutSecrets) {
  const Outcome outcome = Allmende({"config", "print", "--listen", "127.0.0.1:1234"},
                                   {"ALLMENDE_DATABASE=postgresql://allmende:secret@db/allmende"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("127.0.0.1:1234"), HasSubstr("ALLMENDE_DATABASE"), Not(HasSubstr("secret"))));
}

}  // namespace
}  // namespace allmende::e2e
