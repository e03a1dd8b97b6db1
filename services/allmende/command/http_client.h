// The command line's way to a running server: REST over libcurl, one connection, with the caller's key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/secret.h"
#include "services/allmende/command/console.h"

namespace allmende::command {

// How commands that talk to a server find it and show who they are.
struct ServerOptions {
  std::string url = "http://127.0.0.1:8080";
  std::filesystem::path key_file = {};  // holds one key; empty: ALLMENDE_KEY, and without that no key
};

struct HttpReply {
  int status = 0;  // 0: there was no answer
  std::string body;
  std::map<std::string, std::string, std::less<>> headers;  // names in small letters

  bool ok() const { return status >= 200 && status < 300; }
};

// Query parameters, escaped by QueryString; empty values are left out.
using Parameters = std::vector<std::pair<std::string, std::string>>;
std::string QueryString(const Parameters& parameters);

class HttpClient {
 public:
  HttpClient(const ServerOptions& options, const Console& console);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  HttpReply Get(const std::string& path);
  HttpReply Post(const std::string& path, std::string_view json);
  // Sends a file as it is. `progress` gets the bytes sent and the bytes in all.
  HttpReply Upload(const std::string& path, const std::filesystem::path& file, const std::string& content_type,
                   std::function<void(std::int64_t, std::int64_t)> progress);

  // Says on the console why a reply is not what was wanted; the exit code.
  int Explain(const HttpReply& reply) const;

 private:
  struct Handle;
  HttpReply Perform(const std::string& path);
  void SetHeaders(const std::string& content_type);

  std::string url_;
  Secret<std::string> key_;
  const Console& console_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace allmende::command
