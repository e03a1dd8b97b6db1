// What stands in deploy/ can be used as it stands there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "common/testing/temporary.h"
#include "tests/e2e/all_in_one.h"

namespace allmende::e2e {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

bool Missing(const std::string& program) {
  return RunProgram({"/bin/sh", "-c", "command -v " + program}).exit_code != 0;
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

TEST(Deploy, ComposeFileIsUnderstood) {
  if (Missing("docker-compose")) GTEST_SKIP() << "NOT TESTED: docker-compose is not installed";
  const Outcome outcome = RunProgram({"docker-compose", "-f", "docker-compose.yml", "config"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  for (const char* service : {"registry:", "cooperation:", "analytics:", "gateway:", "postgres:", "redis:", "edge:"}) {
    EXPECT_THAT(outcome.out, HasSubstr(service));
  }
}

// Every service of ours runs without rights and without writing to its image.
TEST(Deploy, ComposeFileGivesNobodyMoreThanNeeded) {
  if (Missing("docker-compose")) GTEST_SKIP() << "NOT TESTED: docker-compose is not installed";
  const std::string config = RunProgram({"docker-compose", "-f", "docker-compose.yml", "config"}).out;
  int services = 0;
  int read_only = 0;
  int no_new_privileges = 0;
  std::istringstream lines(config);
  for (std::string line; std::getline(lines, line);) {
    services += line.find(" image:") != std::string::npos ? 1 : 0;
    read_only += line.find("read_only: true") != std::string::npos ? 1 : 0;
    no_new_privileges += line.find("no-new-privileges") != std::string::npos ? 1 : 0;
  }
  EXPECT_GE(services, 7);
  EXPECT_EQ(read_only, services);
  EXPECT_EQ(no_new_privileges, services);
}

TEST(Deploy, NginxUnderstandsTheEdge) {
  if (Missing("nginx")) GTEST_SKIP() << "NOT TESTED: nginx is not installed";
  const TempDir folder;
  for (const char* name : {"nginx.conf", "allmende.conf", "upstreams.conf"}) {
    std::string text = ReadFile(fs::path("deploy/nginx") / name);
    text = Replaced(std::move(text), "/tmp/", folder.path().string() + "/");
    text = Replaced(std::move(text), "/etc/allmende/tls", folder.path().string());
    text = Replaced(std::move(text), "gateway:8080", "127.0.0.1:1");
    text = Replaced(std::move(text), "registry:9090", "127.0.0.1:2");
    std::ofstream(folder / name) << text;
  }
  const Outcome certificate =
      RunProgram({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                  "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"});
  ASSERT_EQ(certificate.exit_code, 0) << certificate.err;
  const Outcome outcome = RunProgram({"nginx", "-t", "-c", folder / "nginx.conf"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

TEST(Deploy, ScriptsAreValidShell) {
  for (const char* script : {"deploy/quickstart.sh", "deploy/install-packages.sh", "tests/run.sh", ".ci/run",
                             "tests/lint/protos.sh", "tests/lint/tidy.sh"}) {
    const Outcome outcome = RunProgram({"bash", "-n", script});
    EXPECT_EQ(outcome.exit_code, 0) << script << ": " << outcome.err;
    EXPECT_NE(fs::status(script).permissions() & fs::perms::owner_exec, fs::perms::none) << script;
  }
}

TEST(Deploy, EveryPackageLineHasAGroupAndAName) {
  std::istringstream lines(ReadFile("deploy/packages.txt"));
  int packages = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    EXPECT_TRUE(std::regex_match(line, std::regex("(run|build|test) [a-z0-9][a-z0-9.+-]+"))) << line;
    ++packages;
  }
  EXPECT_GT(packages, 50);
}

// A lock file that names a host works on one network only.
TEST(Deploy, LockFilesNameNoHost) {
  for (const auto& entry :
       fs::recursive_directory_iterator("tests/lint", fs::directory_options::skip_permission_denied)) {
    if (entry.path().filename() != "package-lock.json" ||
        entry.path().string().find("node_modules") != std::string::npos) {
      continue;
    }
    EXPECT_EQ(ReadFile(entry.path()).find("\"resolved\""), std::string::npos) << entry.path();
  }
}

}  // namespace
}  // namespace allmende::e2e
