// The four services as processes of their own, as docker-compose.yml and the units run them.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "tests/e2e/all_in_one.h"

namespace allmende::e2e {
namespace {

class Processes : public ::testing::Test {
 protected:
  // Starts `allmende-NAME` on a free port; its address.
  std::string Start(const std::string& name, const std::vector<std::string>& more = {}) {
    const std::string address = fmt::format("127.0.0.1:{}", FreePort());
    std::vector<std::string> command{Binary() + "-" + name, "--data", folder_.path(), "--listen", address, "--keys",
                                     folder_ / "keys.json"};
    command.insert(command.end(), more.begin(), more.end());
    processes_.push_back(
        std::make_unique<ChildProcess>(ChildOptions{.command = command, .output = folder_ / (name + ".log")}));
    return address;
  }

  // Whether doctor finds it well within ten seconds.
  static bool Well(const std::string& url) {
    for (int attempt = 0; attempt < 100; ++attempt) {
      if (Allmende({"doctor", "--server", url, "--quiet"}).exit_code == 0) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  }

  TempDir folder_;
  std::vector<std::unique_ptr<ChildProcess>> processes_;
};

TEST_F(Processes, AreHealthyAndAnswerThroughTheGateway) {
  const Outcome key = Allmende(
      {"key", "create", "--keys", folder_ / "keys.json", "--landscape", "*", "--role", "operator", "--note", "test"});
  ASSERT_EQ(key.exit_code, 0) << key.err;
  const std::string registry = Start("registry");
  for (const std::string& address : {registry, Start("cooperation"), Start("analytics")}) {
    EXPECT_TRUE(Well("grpc://" + address)) << address;
  }
  const std::string gateway = "http://" + Start("gateway", {"--registry", registry});
  ASSERT_TRUE(Well(gateway)) << ReadFile(folder_ / "gateway.log");

  const std::vector<std::string> with_key{"ALLMENDE_KEY=" + key.out.substr(0, key.out.size() - 1)};
  const Outcome demo = Allmende({"demo", "--server", gateway}, with_key);
  EXPECT_EQ(demo.exit_code, 0) << demo.err;
  const Outcome actors = Allmende({"export", "--server", gateway, "--landscape", "musterland"}, with_key);
  EXPECT_GT(std::count(actors.out.begin(), actors.out.end(), '\n'), 850);
  EXPECT_EQ(Allmende({"export", "--server", gateway, "--landscape", "musterland"}).exit_code, 5);

  for (const auto& process : processes_) {
    process->Signal(SIGTERM);
    EXPECT_EQ(process->Wait(), 0);
  }
}

TEST_F(Processes, AGatewayWithoutItsRegistrySaysSoAndRecovers) {
  const std::string address = fmt::format("127.0.0.1:{}", FreePort());
  const std::string gateway = "http://" + Start("gateway", {"--registry", address, "--development"});
  command::Console console(Language::kEnglish);
  command::HttpClient client({.url = gateway}, console);
  int status = 0;
  for (int attempt = 0; attempt < 100 && status != 503; ++attempt) {
    status = client.Get("/v1/landscapes").status;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(status, 503);
  EXPECT_EQ(client.Get("/readyz").status, 503);
  EXPECT_EQ(client.Get("/healthz").status, 200);

  const ChildProcess registry(
      {.command = {Binary() + "-registry", "--data", folder_.path(), "--listen", address, "--development"},
       .output = folder_ / "registry.log"});
  EXPECT_TRUE(Well(gateway));
  EXPECT_EQ(client.Get("/v1/landscapes").status, 200);
}

}  // namespace
}  // namespace allmende::e2e
