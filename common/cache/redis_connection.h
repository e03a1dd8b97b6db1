// One connection to Redis on which commands are sent and answers read within a deadline for all of them together
// (hiredis bounds each read alone, so a server that sends a byte now and then could hold a caller for ever).
#pragma once

#include <hiredis.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/secret.h"

namespace allmende::cache {

struct RedisAddress {
  std::string host;
  int port = 6379;
  int database = 0;
  Secret<std::string> password;
};

std::optional<RedisAddress> ParseRedisUrl(const std::string& url);

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;
using Command = std::vector<std::string>;

class RedisConnection {
 public:
  // Null where Redis cannot be reached, refuses the password or has no such database.
  static std::unique_ptr<RedisConnection> Open(const RedisAddress& address);

  // Sends all commands at once and reads an answer to each. Absent after any failure: the answers would be out of step,
  // the connection must be thrown away. An answer may be an error of Redis.
  std::optional<std::vector<Reply>> Run(const std::vector<Command>& commands, std::chrono::milliseconds limit);

 private:
  struct Close {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  explicit RedisConnection(redisContext* context) : context_(context) {}

  std::unique_ptr<redisContext, Close> context_;
};

}  // namespace allmende::cache
