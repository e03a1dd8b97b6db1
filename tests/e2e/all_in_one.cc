#include "tests/e2e/all_in_one.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

namespace allmende::e2e {

std::string Binary() { return ALLMENDE_BINARY; }

std::string ReadFile(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

Outcome RunProgram(std::vector<std::string> command, const std::vector<std::string>& environment) {
  const TempDir folder;
  const std::string out = folder / "out";
  const std::string err = folder / "err";
  std::vector<std::string> whole{"/usr/bin/env"};
  whole.insert(whole.end(), environment.begin(), environment.end());
  for (const char* part :
       {"/bin/sh", "-c", R"(out=$1; err=$2; shift 2; exec "$@" >"$out" 2>"$err" </dev/null)", "sh"}) {
    whole.emplace_back(part);
  }
  whole.push_back(out);
  whole.push_back(err);
  whole.insert(whole.end(), command.begin(), command.end());
  ChildProcess process({.command = std::move(whole)});
  const int exit_code = process.Wait();
  return {exit_code, ReadFile(out), ReadFile(err)};
}

Outcome Allmende(std::vector<std::string> arguments, const std::vector<std::string>& environment) {
  arguments.insert(arguments.begin(), Binary());
  return RunProgram(std::move(arguments), environment);
}

AllInOne::AllInOne(ServerSettings settings)
    : data_(settings.data.empty() ? folder_ / "data" : settings.data), port_(FreePort()) {
  std::filesystem::create_directories(data_);
  std::vector<std::string> command{Binary(), "serve", "--data", data_, "--listen", fmt::format("127.0.0.1:{}", port_)};
  if (!settings.database.empty()) command.insert(command.end(), {"--database", settings.database});
  if (!settings.redis.empty()) command.insert(command.end(), {"--redis", settings.redis});
  if (settings.development) command.emplace_back("--development");
  process_ = std::make_unique<ChildProcess>(ChildOptions{.command = std::move(command), .output = folder_ / "log"});
  client_ = std::make_unique<command::HttpClient>(command::ServerOptions{.url = url()}, console_);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < until && process_->Running()) {
    if (Get("/readyz").ok()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  GiveUp("allmende serve did not become ready: " + Log());
}

std::string AllInOne::url() const { return fmt::format("http://127.0.0.1:{}", port_); }

std::string AllInOne::Log() const { return ReadFile(folder_ / "log"); }

int AllInOne::Stop() {
  process_->Signal(SIGTERM);
  return process_->Wait();
}

command::HttpReply AllInOne::Get(const std::string& path) { return client_->Get(path); }

command::HttpReply AllInOne::Post(const std::string& path, const nlohmann::json& body) {
  return client_->Post(path, body.dump());
}

nlohmann::ordered_json AllInOne::GetJson(const std::string& path) {
  const command::HttpReply reply = Get(path);
  EXPECT_EQ(reply.status, 200) << path << ": " << reply.body;
  return nlohmann::ordered_json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
}

}  // namespace allmende::e2e
