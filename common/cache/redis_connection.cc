#include "common/cache/redis_connection.h"

#include <poll.h>

#include <charconv>
#include <string_view>

namespace allmende::cache {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kConnectLimit{50};
constexpr milliseconds kGreetingLimit{50};

timeval ToTimeval(milliseconds time) {
  return {.tv_sec = time.count() / 1000, .tv_usec = static_cast<suseconds_t>(time.count() % 1000 * 1000)};
}

bool ReadNumber(std::string_view text, int least, int most, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= least && number <= most;
}

// Appends all commands to the output buffer and writes it.
bool Send(redisContext& context, const std::vector<Command>& commands) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  for (const Command& command : commands) {
    words.clear();
    sizes.clear();
    for (const std::string& word : command) {
      words.push_back(word.data());
      sizes.push_back(word.size());
    }
    if (redisAppendCommandArgv(&context, static_cast<int>(words.size()), words.data(), sizes.data()) != REDIS_OK) {
      return false;
    }
  }
  for (int done = 0; done == 0;) {
    if (redisBufferWrite(&context, &done) != REDIS_OK) return false;
  }
  return true;
}

// Waits until something can be read; false at the deadline.
bool AwaitInput(int descriptor, steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
  pollfd waited{.fd = descriptor, .events = POLLIN, .revents = 0};
  return left.count() > 0 && poll(&waited, 1, static_cast<int>(left.count())) == 1;
}

}  // namespace

std::optional<RedisAddress> ParseRedisUrl(const std::string& url) {
  constexpr std::string_view kScheme = "redis://";
  std::string_view rest = url;
  if (!rest.starts_with(kScheme)) return std::nullopt;
  rest.remove_prefix(kScheme.size());
  RedisAddress address;
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view login = rest.substr(0, at);
    address.password = Secret(std::string(login.substr(std::min(login.find(':'), login.size() - 1) + 1)));
    rest.remove_prefix(at + 1);
  }
  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
    const std::string_view database = rest.substr(slash + 1);
    constexpr int kMostDatabases = 100'000;
    if (!database.empty() && !ReadNumber(database, 0, kMostDatabases, address.database)) return std::nullopt;
    rest = rest.substr(0, slash);
  }
  if (const std::size_t colon = rest.rfind(':'); colon != std::string_view::npos && rest.back() != ']') {
    constexpr int kMostPorts = 65'535;
    if (!ReadNumber(rest.substr(colon + 1), 1, kMostPorts, address.port)) return std::nullopt;
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  if (rest.empty()) return std::nullopt;
  address.host = rest;
  return address;
}

std::unique_ptr<RedisConnection> RedisConnection::Open(const RedisAddress& address) {
  const std::unique_ptr<RedisConnection> none;
  std::unique_ptr<RedisConnection> opened(
      new RedisConnection(redisConnectWithTimeout(address.host.c_str(), address.port, ToTimeval(kConnectLimit))));
  if (opened->context_ == nullptr || opened->context_->err != 0) return nullptr;
  if (redisSetTimeout(opened->context_.get(), ToTimeval(kGreetingLimit)) != REDIS_OK) return nullptr;
  std::vector<Command> greeting;
  if (!address.password.Reveal().empty()) greeting.push_back({"AUTH", address.password.Reveal()});
  if (address.database != 0) greeting.push_back({"SELECT", std::to_string(address.database)});
  if (greeting.empty()) return opened;
  const auto replies = opened->Run(greeting, kGreetingLimit);
  if (!replies) return nullptr;
  for (const Reply& reply : *replies) {
    if (reply->type == REDIS_REPLY_ERROR) return nullptr;
  }
  return opened;
}

std::optional<std::vector<Reply>> RedisConnection::Run(const std::vector<Command>& commands, milliseconds limit) {
  const steady_clock::time_point deadline = steady_clock::now() + limit;
  if (redisSetTimeout(context_.get(), ToTimeval(limit)) != REDIS_OK || !Send(*context_, commands)) return std::nullopt;
  std::vector<Reply> replies;
  while (replies.size() < commands.size()) {
    void* reply = nullptr;
    if (redisGetReplyFromReader(context_.get(), &reply) != REDIS_OK) return std::nullopt;
    if (reply != nullptr) {
      replies.emplace_back(static_cast<redisReply*>(reply));
      continue;
    }
    if (!AwaitInput(context_->fd, deadline) || redisBufferRead(context_.get()) != REDIS_OK) return std::nullopt;
  }
  return replies;
}

}  // namespace allmende::cache
