#include "common/testing/temporary_redis.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

namespace allmende {
namespace {

using namespace std::chrono_literals;

constexpr char kServer[] = "/usr/bin/redis-server";
constexpr auto kStartLimit = 30s;

}  // namespace

std::string TemporaryRedis::MissingBecause() {
  return access(kServer, X_OK) == 0 ? "" : fmt::format("{} is not there (Debian package redis-server)", kServer);
}

TemporaryRedis::TemporaryRedis() : port_(FreePort()) { Start(); }

void TemporaryRedis::Start() {
  server_ = std::make_unique<ChildProcess>(
      ChildOptions{.command = {kServer, "--port", std::to_string(port_), "--bind", "127.0.0.1", "--save", "",
                               "--appendonly", "no", "--dir", folder_.path(), "--daemonize", "no"},
                   .output = folder_ / "server.log"});
  for (const auto until = std::chrono::steady_clock::now() + kStartLimit; !Answers("PING");) {
    if (!server_->Running() || std::chrono::steady_clock::now() > until) GiveUp("Redis does not start");
    std::this_thread::sleep_for(10ms);
  }
}

void TemporaryRedis::Kill() { server_.reset(); }

void TemporaryRedis::Pause() {
  if (server_ != nullptr) server_->Signal(SIGSTOP);
}

void TemporaryRedis::Resume() {
  if (server_ != nullptr) server_->Signal(SIGCONT);
}

void TemporaryRedis::Flush() {
  if (!Answers("FLUSHALL")) GiveUp("Redis does not answer FLUSHALL");
}

std::string TemporaryRedis::url() const { return fmt::format("redis://127.0.0.1:{}/0", port_); }

bool TemporaryRedis::Answers(const char* command) const {
  const timeval limit{.tv_sec = 5, .tv_usec = 0};
  const std::unique_ptr<redisContext, decltype(&redisFree)> context(redisConnectWithTimeout("127.0.0.1", port_, limit),
                                                                    &redisFree);
  if (context == nullptr || context->err != 0 || redisSetTimeout(context.get(), limit) != REDIS_OK) return false;
  const std::unique_ptr<void, decltype(&freeReplyObject)> reply(redisCommand(context.get(), command), &freeReplyObject);
  return reply != nullptr && static_cast<redisReply*>(reply.get())->type == REDIS_REPLY_STATUS;
}

}  // namespace allmende
