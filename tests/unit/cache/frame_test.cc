#include "common/cache/frame.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/cache/redis_connection.h"

namespace allmende::cache {
namespace {

Stamped Value(std::string bytes, bool exists = true) {
  return {
      .revision = 42, .commit_time = FromMicros(1'700'000'000'000'000), .exists = exists, .bytes = std::move(bytes)};
}

RC_GTEST_PROP(Frame, BringsAValueBackAsItWas, (std::string key, std::string bytes, bool exists)) {
  const auto value = FromFrame(key, ToFrame(key, Value(bytes, exists)));
  RC_ASSERT(value.has_value());
  RC_ASSERT(value->revision == 42);
  RC_ASSERT(value->commit_time == FromMicros(1'700'000'000'000'000));
  RC_ASSERT(value->exists == exists);
  RC_ASSERT(value->bytes == bytes);
}

TEST(Frame, OfAnotherKeyIsNoValue) {
  EXPECT_FALSE(FromFrame("b", ToFrame("a", Value("x"))).has_value());
  EXPECT_FALSE(FromFrame("", ToFrame("a", Value("x"))).has_value());
}

RC_GTEST_PROP(Frame, ThatWasChangedIsNoValue, (std::string bytes)) {
  std::string frame = ToFrame("key", Value(bytes));
  const auto at = *rc::gen::inRange<std::size_t>(0, frame.size());
  const auto bit = *rc::gen::inRange(0, 8);
  frame[at] = static_cast<char>(frame[at] ^ (1 << bit));
  RC_ASSERT(!FromFrame("key", frame).has_value());
}

RC_GTEST_PROP(Frame, ThatWasCutOffIsNoValue, (std::string bytes)) {
  const std::string frame = ToFrame("key", Value(bytes));
  RC_ASSERT(!FromFrame("key", frame.substr(0, *rc::gen::inRange<std::size_t>(0, frame.size()))).has_value());
  RC_ASSERT(!FromFrame("key", frame + "x").has_value());
}

TEST(ParseRedisUrl, ReadsHostPortDatabaseAndPassword) {
  const auto plain = ParseRedisUrl("redis://cache.example");
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->host, "cache.example");
  EXPECT_EQ(plain->port, 6379);
  EXPECT_EQ(plain->database, 0);
  EXPECT_EQ(plain->password.Reveal(), "");
  const auto full = ParseRedisUrl("redis://:se:c@ret@[::1]:7000/3");
  ASSERT_TRUE(full.has_value());
  EXPECT_EQ(full->host, "::1");
  EXPECT_EQ(full->port, 7000);
  EXPECT_EQ(full->database, 3);
  EXPECT_EQ(full->password.Reveal(), "se:c@ret");
}

TEST(ParseRedisUrl, RefusesWhatIsNone) {
  for (const char* url : {"", "redis://", "http://x", "redis://h:0", "redis://h:99999", "redis://h:x", "redis://h/x",
                          "redis://h/-1", "redis://:p@", "rediss://h"}) {
    EXPECT_FALSE(ParseRedisUrl(url).has_value()) << url;
  }
}

}  // namespace
}  // namespace allmende::cache
