// The settings that the programs share. Declared once, in Declare; docs/betrieb lists what `allmende config print`
// prints.
#pragma once

#include <string>
#include <vector>

#include "common/base/secret.h"
#include "common/config/settings.h"
#include "common/rpc/call_engine.h"
#include "common/rpc/server_host.h"

namespace allmende::app {

struct Settings {
  std::string data = "data";     // folder of the embedded database and of the keys
  Secret<std::string> database;  // postgresql://...; empty: embedded, in `data`
  Secret<std::string> redis;     // redis://...; empty: none
  std::vector<std::string> listen = {"127.0.0.1:8080"};
  std::vector<std::string> grpc_listen;  // besides `listen`: where gRPC is spoken by a program whose `listen` is HTTP
  bool development = false;
  std::string keys;      // empty: keys.json in `data`
  std::string registry;  // address of the registry service; empty: in this process
  std::string metrics;   // where to answer Prometheus, on loopback; empty: nowhere
  std::string log_level = "info";
  int cache_mib = 64;  // near caches of this process, together
  rpc::CallLimits calls;
  rpc::HostOptions host;  // its `listen` is made from the two above

  std::string KeyFile() const { return keys.empty() ? data + "/keys.json" : keys; }
};

void Declare(config::Settings& declared, Settings& settings);

// What no single setting can say: development only where nobody else gets in.
absl::Status CheckTogether(const Settings& settings);

}  // namespace allmende::app
