// What the README says to type gives what the README says one gets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "tests/e2e/all_in_one.h"

namespace allmende::e2e {
namespace {

// The text between the first line that is ```language and the next ``` after `from`.
std::string Block(const std::string& text, const std::string& language, std::size_t from) {
  const std::string fence = "```" + language + "\n";
  const auto begin = text.find(fence, from);
  EXPECT_NE(begin, std::string::npos);
  const auto end = text.find("\n```", begin);
  return text.substr(begin + fence.size(), end - begin - fence.size());
}

std::string WithServer(std::string command, const std::string& url) {
  const std::string theirs = "http://127.0.0.1:8080";
  for (auto at = command.find(theirs); at != std::string::npos; at = command.find(theirs, at)) {
    command.replace(at, theirs.size(), url);
  }
  return command;
}

TEST(Readme, ItsCurlGetsTheAnswerItShows) {
  const std::string readme = ReadFile("README.md");
  const auto example = readme.find("an example with the answer");
  ASSERT_NE(example, std::string::npos);
  const std::string curl = Block(readme, "sh", example);
  const std::string expected = Block(readme, "json", example);
  ASSERT_THAT(curl, testing::StartsWith("curl "));

  const TempDir folder;
  ASSERT_EQ(Allmende({"demo", "--data", folder / "data"}).exit_code, 0);
  AllInOne server({.data = folder / "data"});
  const Outcome outcome = RunProgram({"bash", "-c", WithServer(curl, server.url()) + " -sS --fail"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, expected);
  // The quickstart prints the same.
  EXPECT_EQ(ReadFile("deploy/quickstart.expected.json"), expected + "\n");
  EXPECT_THAT(ReadFile("deploy/quickstart.sh"),
              testing::HasSubstr(curl.substr(curl.find("/v1/"), curl.rfind('\'') - curl.find("/v1/"))));
}

TEST(Readme, EveryFileItLinksToIsThere) {
  for (const char* document : {"README.md", "docs/betrieb/kommandozeile.md", "docs/betrieb/installation.md"}) {
    const std::string text = ReadFile(document);
    const std::filesystem::path folder = std::filesystem::path(document).parent_path();
    const std::regex link(R"(\]\(([^):#]+)\))");
    int links = 0;
    for (std::sregex_iterator found(text.begin(), text.end(), link); found != std::sregex_iterator(); ++found) {
      EXPECT_TRUE(std::filesystem::exists(folder / (*found)[1].str())) << document << ": " << (*found)[1];
      ++links;
    }
    EXPECT_GT(links, 0) << document;
  }
}

}  // namespace
}  // namespace allmende::e2e
