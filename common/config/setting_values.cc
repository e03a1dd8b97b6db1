#include "common/config/setting_values.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "common/status/error.h"

namespace allmende::config {
namespace {

absl::Status WrongType(const std::string& field, const std::string& text, std::string german, std::string english) {
  return FieldError(field, Reason::WRONG_TYPE,
                    Both("expected", std::move(german), std::move(english), {{"value", text}}));
}

// The only text of a value that is not a list.
const std::string& Only(const Texts& texts) { return texts.back(); }

template <typename T>
bool Parse(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kUnits = {
    {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out += '"';
}

}  // namespace

absl::Status Read(const std::string& /*field*/, const Texts& texts, std::string& value) {
  value = Only(texts);
  return absl::OkStatus();
}

absl::Status Read(const std::string& /*field*/, const Texts& texts, Secret<std::string>& value) {
  value = Secret<std::string>(Only(texts));
  return absl::OkStatus();
}

absl::Status Read(const std::string& /*field*/, const Texts& texts, std::vector<std::string>& value) {
  value = texts;
  return absl::OkStatus();
}

absl::Status Read(const std::string& field, const Texts& texts, bool& value) {
  const std::string& text = Only(texts);
  if (text != "true" && text != "false") return WrongType(field, text, "true oder false", "true or false");
  value = text == "true";
  return absl::OkStatus();
}

absl::Status Read(const std::string& field, const Texts& texts, int& value) {
  if (Parse(Only(texts), value)) return absl::OkStatus();
  return WrongType(field, Only(texts), "eine ganze Zahl", "a whole number");
}

absl::Status Read(const std::string& field, const Texts& texts, double& value) {
  if (Parse(Only(texts), value) && std::isfinite(value)) return absl::OkStatus();
  return WrongType(field, Only(texts), "eine Zahl", "a number");
}

absl::Status Read(const std::string& field, const Texts& texts, std::chrono::milliseconds& value) {
  const std::string_view text = Only(texts);
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  std::int64_t count = 0;
  for (const auto& [unit, milliseconds] : kUnits) {
    if (text.substr(digits) != unit || !Parse(text.substr(0, digits), count) || count > 1'000'000'000) continue;
    value = std::chrono::milliseconds(count * milliseconds);
    return absl::OkStatus();
  }
  return WrongType(field, Only(texts), "eine Dauer wie 250ms, 5s, 2m oder 1h",
                   "a duration such as 250ms, 5s, 2m or 1h");
}

std::string Show(const std::string& value) { return Quoted(value); }
std::string Show(const Secret<std::string>& value) { return value.Reveal().empty() ? Quoted("") : Quoted("********"); }
std::string Show(const std::vector<std::string>& value) {
  std::vector<std::string> quoted;
  for (const std::string& text : value) quoted.push_back(Quoted(text));
  return fmt::format("[{}]", fmt::join(quoted, ", "));
}
std::string Show(bool value) { return value ? "true" : "false"; }
std::string Show(int value) { return std::to_string(value); }
std::string Show(double value) { return fmt::format("{}", value); }
std::string Show(std::chrono::milliseconds value) {
  for (auto unit = kUnits.rbegin(); unit != kUnits.rend(); ++unit) {
    if (value.count() % unit->second == 0)
      return Quoted(fmt::format("{}{}", value.count() / unit->second, unit->first));
  }
  return Quoted(fmt::format("{}ms", value.count()));
}

}  // namespace allmende::config
