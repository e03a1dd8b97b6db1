// What the end-to-end tests stand on: the real binary as a child process on a free port, and calls through its door.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/testing/child_process.h"
#include "common/testing/temporary.h"
#include "services/allmende/command/http_client.h"

namespace allmende::e2e {

// build/<preset>/bin/allmende
std::string Binary();

// A finished run of a program.
struct Outcome {
  int exit_code = 0;
  std::string out;
  std::string err;
};

// Runs a program to its end. `environment` such as "LANG=en" comes on top of ours.
Outcome RunProgram(std::vector<std::string> command, const std::vector<std::string>& environment = {});
// The same for `allmende ARGUMENTS`.
Outcome Allmende(std::vector<std::string> arguments, const std::vector<std::string>& environment = {});

struct ServerSettings {
  std::filesystem::path data = {};  // empty: a folder of its own
  std::string database = {};        // postgresql://...; empty: SQLite
  std::string redis = {};           // redis://...; empty: none
  bool development = true;
};

// `allmende serve`, ready when the constructor returns; ended with the object.
class AllInOne {
 public:
  explicit AllInOne(ServerSettings settings = {});

  std::string url() const;
  const std::filesystem::path& data() const { return data_; }
  std::string Log() const;
  ChildProcess& process() { return *process_; }

  // Asks it to end and waits; its exit code.
  int Stop();

  command::HttpReply Get(const std::string& path);
  command::HttpReply Post(const std::string& path, const nlohmann::json& body);
  // The JSON of a GET that must succeed.
  nlohmann::ordered_json GetJson(const std::string& path);

 private:
  TempDir folder_;
  std::filesystem::path data_;
  int port_;
  std::unique_ptr<ChildProcess> process_;
  command::Console console_{Language::kEnglish};
  std::unique_ptr<command::HttpClient> client_;
};

// A whole file; empty where it cannot be read.
std::string ReadFile(const std::filesystem::path& file);

}  // namespace allmende::e2e
