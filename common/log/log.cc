#include "common/log/log.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cmath>
#include <mutex>
#include <utility>

#include "common/base/clock.h"

namespace allmende::log {
namespace {

constexpr std::size_t kMaxValueBytes = 500;
// A pipe that poll calls writable takes this much without blocking (PIPE_BUF), so no line is longer.
constexpr std::size_t kMaxLineBytes = 4096;
constexpr int kPatienceMilliseconds = 100;
constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warning", "error"};

// The length of the valid UTF-8 sequence at the front, 0 where there is none. Overlong forms and surrogates are
// invalid.
std::size_t SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool beyond = (lead == 0xED && byte(1) > 0x9F) || (lead == 0xF4 && byte(1) > 0x8F);
  return overlong || beyond ? 0 : length;
}

// Whether a reader or a terminal could take the sequence for a line break or a command: C1 controls, U+2028, U+2029.
bool Disruptive(std::string_view sequence) {
  return (sequence.size() == 2 && sequence[0] == '\xC2' && static_cast<unsigned char>(sequence[1]) < 0xA0) ||
         sequence == "\u2028" || sequence == "\u2029";
}

void AppendString(std::string& out, std::string_view text) {
  const bool cut = text.size() > kMaxValueBytes;
  if (cut) text = text.substr(0, kMaxValueBytes);
  out += '"';
  while (!text.empty()) {
    const std::size_t length = SequenceLength(text);
    const std::string_view sequence = text.substr(0, std::max<std::size_t>(length, 1));
    const auto lead = static_cast<unsigned char>(sequence[0]);
    if (length == 0 || Disruptive(sequence)) {
      out += "\uFFFD";
    } else if (lead == '"' || lead == '\\') {
      out += '\\';
      out += sequence;
    } else if (lead < 0x20 || lead == 0x7F) {
      out += fmt::format("\\u{:04x}", lead);
    } else {
      out += sequence;
    }
    text.remove_prefix(sequence.size());
  }
  if (cut) out += "…";
  out += '"';
}

struct Append {
  std::string& out;
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { out += std::to_string(value); }
  void operator()(double value) const { out += std::isfinite(value) ? fmt::format("{}", value) : "null"; }
  void operator()(std::string_view value) const { AppendString(out, value); }
};

class Output {
 public:
  void Write(Level level, std::string_view message, Fields fields) {
    const std::string time = ToIso8601(SystemClock().Now());
    const std::string line = Format(level, time, message, fields);
    const std::scoped_lock lock(mutex_);
    if (sink_) return sink_(line);
    if (dropped_ > 0 && TryWrite(Format(Level::kWarning, time, "log lines were dropped", {{"count", dropped_}}))) {
      dropped_ = 0;
    }
    if (dropped_ > 0 || !TryWrite(line)) ++dropped_;
  }

  void SetSink(std::function<void(std::string_view)> sink) {
    const std::scoped_lock lock(mutex_);
    sink_ = std::move(sink);
  }

 private:
  // After a drop nobody waits again until the reader is back: a stopped pipe must not slow every call down.
  bool TryWrite(std::string line) {
    line += '\n';
    pollfd ready{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    if (poll(&ready, 1, dropped_ > 0 ? 0 : kPatienceMilliseconds) <= 0 || (ready.revents & POLLOUT) == 0) return false;
    return write(STDERR_FILENO, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  }

  std::mutex mutex_;
  std::function<void(std::string_view)> sink_;
  std::int64_t dropped_ = 0;
};

Output& TheOutput() {
  static auto* output = new Output;  // never destroyed: threads may still log while the process ends
  return *output;
}

std::atomic<Level> threshold = Level::kInfo;

void Log(Level level, Constant message, Fields fields) {
  if (Enabled(level)) TheOutput().Write(level, message.text(), fields);
}

}  // namespace

std::string Format(Level level, std::string_view time, std::string_view message, Fields fields) {
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","message":)", time, NameOf(level));
  AppendString(line, message);
  for (const Field& field : fields) {
    std::string entry = ",";
    AppendString(entry, field.key.text());
    entry += ':';
    std::visit(Append{entry}, field.value.get());
    if (line.size() + entry.size() + 2 > kMaxLineBytes) break;
    line += entry;
  }
  return line += '}';
}

void Debug(Constant message, Fields fields) { Log(Level::kDebug, message, fields); }
void Info(Constant message, Fields fields) { Log(Level::kInfo, message, fields); }
void Warning(Constant message, Fields fields) { Log(Level::kWarning, message, fields); }
void Error(Constant message, Fields fields) { Log(Level::kError, message, fields); }

void SetLevel(Level level) { threshold.store(level, std::memory_order_relaxed); }
bool Enabled(Level level) { return level >= threshold.load(std::memory_order_relaxed); }

std::string_view NameOf(Level level) { return kLevelNames.at(static_cast<std::size_t>(level)); }

std::optional<Level> LevelFromName(std::string_view name) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames.at(i) == name) return static_cast<Level>(i);
  }
  return std::nullopt;
}

void SetSink(std::function<void(std::string_view line)> sink) { TheOutput().SetSink(std::move(sink)); }

}  // namespace allmende::log
