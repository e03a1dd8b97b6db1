// JSON lines on stderr: {"time":"2024-01-01T12:00:00.000000Z","level":"info","message":"listening","address":"..."}.
// Usage: log::Info("listening", {{"address", address}}). Messages and keys can only be string literals, values only
// primitives, so a message of the API or a person's data cannot slip in by accident. Values are cut at 500 bytes and
// escaped: no line break or broken UTF-8 of an input appears in the output. A line that does not get away within 100 ms
// (a stopped reader) is dropped and counted; nothing here throws or waits for ever. Thread-safe.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace allmende::log {

enum class Level { kDebug, kInfo, kWarning, kError };

// A string literal; anything else does not compile.
class Constant {
 public:
  consteval Constant(const char* text) : text_(text) {}  // NOLINT(google-explicit-constructor)
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

class Value {
 public:
  Value(bool value) : value_(value) {}  // NOLINT(google-explicit-constructor)
  template <std::integral T>
  Value(T value) : value_(static_cast<std::int64_t>(value)) {}          // NOLINT(google-explicit-constructor)
  Value(double value) : value_(value) {}                                // NOLINT(google-explicit-constructor)
  Value(std::string_view value) : value_(value) {}                      // NOLINT(google-explicit-constructor)
  Value(const std::string& value) : value_(std::string_view(value)) {}  // NOLINT(google-explicit-constructor)
  Value(const char* value) : value_(std::string_view(value)) {}         // NOLINT(google-explicit-constructor)

  const auto& get() const { return value_; }

 private:
  std::variant<bool, std::int64_t, double, std::string_view> value_;
};

struct Field {
  Constant key;
  Value value;
};
using Fields = std::initializer_list<Field>;

void Debug(Constant message, Fields fields = {});
void Info(Constant message, Fields fields = {});
void Warning(Constant message, Fields fields = {});
void Error(Constant message, Fields fields = {});

// What is less urgent than this is not written. kInfo from the start.
void SetLevel(Level level);
bool Enabled(Level level);

std::string_view NameOf(Level level);
std::optional<Level> LevelFromName(std::string_view name);

// For tests: lines go there instead of stderr until it is set to null. `sink` is called under the log's lock.
void SetSink(std::function<void(std::string_view line)> sink);

// The line (without its end) that would be written now.
std::string Format(Level level, std::string_view time, std::string_view message, Fields fields);

}  // namespace allmende::log
