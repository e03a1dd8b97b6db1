#include "services/allmende/command/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace allmende::command {
namespace {

constexpr std::int64_t kMillisecondsBetweenSteps = 500;
constexpr int kBarWidth = 40;

std::int64_t MillisecondsNow() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

ExitCode CodeOf(Reason reason) {
  switch (reason) {
    case Reason::NOT_AUTHENTICATED:
    case Reason::NOT_ALLOWED:
      return kNotAllowed;
    case Reason::TEMPORARILY_UNAVAILABLE:
    case Reason::DEADLINE_PASSED:
      return kUnreachable;
    default:
      return kFailed;
  }
}

}  // namespace

Console::Console(Language language) : language_(language), terminal_(isatty(STDERR_FILENO) == 1) {}

std::string Console::Say(std::string_view german, std::string_view english) const {
  return std::string(language_ == Language::kGerman ? german : english);
}

void Console::Note(std::string_view text) const { fmt::print(stderr, "{}\n", text); }

int Console::Fail(ExitCode code, std::string_view what, std::string_view remedy) const {
  fmt::print(stderr, "{}: {}\n", Say("Fehler", "Error"), what);
  if (!remedy.empty()) fmt::print(stderr, "{}: {}\n", Say("Abhilfe", "Remedy"), remedy);
  return code;
}

int Console::Fail(const absl::Status& status) const {
  const ErrorDetail detail = DetailOf(status);
  std::string text = MessageOf(detail, language_);
  for (const FieldViolation& violation : detail.violations()) {
    text += fmt::format("\n  {}: {}", violation.field(), MessageOf(violation, language_));
  }
  return Fail(CodeOf(detail.reason()), text, "");
}

void Console::Progress(std::string_view what, std::int64_t done, std::int64_t total) {
  const std::int64_t now = MillisecondsNow();
  if (now - last_shown_ < kMillisecondsBetweenSteps && done != total) return;
  last_shown_ = now;
  if (!terminal_) {
    const nlohmann::json line{{"progress", what}, {"done", done}, {"total", total}};
    fmt::print(stderr, "{}\n", line.dump());
    return;
  }
  if (total <= 0) {
    fmt::print(stderr, "\r{} {}", what, done);
    std::fflush(stderr);
    bar_open_ = true;
    return;
  }
  const double part = static_cast<double>(done) / static_cast<double>(total);
  const int filled = static_cast<int>(part * kBarWidth);
  fmt::print(stderr, "\r{} [{:<{}}] {:3.0f} %", what, std::string(filled, '#'), kBarWidth, part * 100);
  std::fflush(stderr);
  bar_open_ = true;
}

void Console::EndProgress() {
  if (bar_open_) fmt::print(stderr, "\n");
  bar_open_ = false;
}

}  // namespace allmende::command
