#include "common/status/error.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <cstdlib>
#include <optional>

#include "common/base/strings.h"

namespace allmende {
namespace {

using google::protobuf::EnumValueDescriptor;

constexpr std::string_view kPayloadUrl = "type.googleapis.com/allmende.type.v1.ErrorDetail";

absl::StatusCode CodeFromName(std::string_view name) {
  for (int code = 0; code <= 16; ++code) {
    const auto candidate = static_cast<absl::StatusCode>(code);
    if (absl::StatusCodeToString(candidate) == name) return candidate;
  }
  return absl::StatusCode::kUnknown;
}

absl::Status FromDetail(const ErrorDetail& detail) {
  absl::Status status(CodeFromName(InfoOf(detail.reason()).code()), Av(MessageOf(detail, Language::kEnglish)));
  status.SetPayload(Av(kPayloadUrl), absl::Cord(detail.SerializeAsString()));
  return status;
}

void Fill(google::protobuf::Map<std::string, std::string>& map, Params params) {
  for (auto& [key, value] : params) map[key] = std::move(value);
}

Reason ReasonForForeign(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnavailable:
      return Reason::TEMPORARILY_UNAVAILABLE;
    case absl::StatusCode::kDeadlineExceeded:
      return Reason::DEADLINE_PASSED;
    case absl::StatusCode::kCancelled:
      return Reason::CALL_CANCELLED;
    case absl::StatusCode::kResourceExhausted:
      return Reason::TOO_MANY_REQUESTS;
    default:
      return Reason::INTERNAL_ERROR;
  }
}

std::string_view Pick(const options::v1::Text& text, Language language) {
  return language == Language::kGerman ? text.de() : text.en();
}

using Map = google::protobuf::Map<std::string, std::string>;

// The parameter in this language, or the one that is the same in all of them; empty where there is neither.
std::string_view Parameter(const Map& params, std::string_view name, Language language) {
  auto found = params.find(fmt::format("{}.{}", name, language == Language::kGerman ? "de" : "en"));
  if (found == params.end()) found = params.find(std::string(name));
  return found == params.end() ? std::string_view() : found->second;
}

// Appends `text` with its parameters filled in; whether none of them was empty.
bool FillInto(std::string& out, std::string_view text, const Map& params, Language language) {
  bool complete = true;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) break;
    const std::string_view value = Parameter(params, text.substr(open + 1, close - open - 1), language);
    complete = complete && !value.empty();
    out.append(text.substr(0, open)).append(value);
    text.remove_prefix(close + 1);
  }
  out.append(text);
  return complete;
}

}  // namespace

Params Both(std::string_view name, std::string german, std::string english, Params params) {
  params.emplace_back(fmt::format("{}.de", name), std::move(german));
  params.emplace_back(fmt::format("{}.en", name), std::move(english));
  return params;
}

absl::Status Error(Reason reason, Params params) {
  ErrorDetail detail;
  detail.set_reason(reason);
  Fill(*detail.mutable_params(), std::move(params));
  return FromDetail(detail);
}

absl::Status ErrorWithRetry(Reason reason, int retry_after_seconds, Params params) {
  ErrorDetail detail;
  detail.set_reason(reason);
  params.emplace_back("retry_after", std::to_string(retry_after_seconds));
  Fill(*detail.mutable_params(), std::move(params));
  detail.mutable_retry_after()->set_seconds(retry_after_seconds);
  return FromDetail(detail);
}

void Violations::Add(std::string field, Reason reason, Params params) {
  FieldViolation violation;
  violation.set_reason(reason);
  Fill(*violation.mutable_params(), std::move(params));
  violation.mutable_params()->insert({"field", field});
  violation.set_field(std::move(field));
  found_.push_back(std::move(violation));
}

void Violations::Merge(std::string_view prefix, const Violations& other) {
  for (const FieldViolation& violation : other.found_) {
    found_.push_back(violation);
    found_.back().set_field(fmt::format("{}.{}", prefix, violation.field()));
  }
}

absl::Status Violations::ToStatus() const {
  if (found_.empty()) return absl::OkStatus();
  ErrorDetail detail;
  detail.set_reason(Reason::INVALID_FIELDS);
  (*detail.mutable_params())["count"] = std::to_string(found_.size());
  for (const FieldViolation& violation : found_) *detail.add_violations() = violation;
  return FromDetail(detail);
}

absl::Status FieldError(std::string field, Reason reason, Params params) {
  Violations violations;
  violations.Add(std::move(field), reason, std::move(params));
  return violations.ToStatus();
}

ErrorDetail DetailOf(const absl::Status& status) {
  ErrorDetail detail;
  if (status.ok()) return detail;
  if (const auto payload = status.GetPayload(Av(kPayloadUrl));
      payload && detail.ParseFromString(std::string(*payload))) {
    return detail;
  }
  detail.Clear();
  detail.set_reason(ReasonForForeign(status.code()));
  return detail;
}

bool HasDetail(const absl::Status& status) { return status.GetPayload(Av(kPayloadUrl)).has_value(); }

Reason ReasonOf(const absl::Status& status) { return DetailOf(status).reason(); }

const options::v1::ReasonInfo& InfoOf(Reason reason) {
  const EnumValueDescriptor* value = type::v1::Reason_descriptor()->FindValueByNumber(reason);
  if (value == nullptr) value = type::v1::Reason_descriptor()->FindValueByNumber(Reason::REASON_UNSPECIFIED);
  return value->options().GetExtension(options::v1::reason);
}

std::string FillIn(std::string_view text, const Map& params, Language language) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = text.find('[');
    const std::size_t close = open == std::string_view::npos ? open : text.find(']', open);
    if (close == std::string_view::npos) break;
    FillInto(out, text.substr(0, open), params, language);
    std::string optional;
    if (FillInto(optional, text.substr(open + 1, close - open - 1), params, language)) out += optional;
    text.remove_prefix(close + 1);
  }
  FillInto(out, text, params, language);
  return out;
}

std::string TitleOf(Reason reason, Language language) { return std::string(Pick(InfoOf(reason).title(), language)); }

std::string MessageOf(const ErrorDetail& detail, Language language) {
  return FillIn(Pick(InfoOf(detail.reason()).detail(), language), detail.params(), language);
}

std::string MessageOf(const FieldViolation& violation, Language language) {
  return FillIn(Pick(InfoOf(violation.reason()).detail(), language), violation.params(), language);
}

Language LanguageOf(std::string_view accept_language) {
  double german = -1;
  double english = -1;
  while (!accept_language.empty()) {
    const std::size_t comma = std::min(accept_language.find(','), accept_language.size());
    std::string_view entry = accept_language.substr(0, comma);
    accept_language.remove_prefix(std::min(comma + 1, accept_language.size()));
    while (!entry.empty() && entry.front() == ' ') entry.remove_prefix(1);
    double quality = 1;
    if (const std::size_t q = entry.find(";q="); q != std::string_view::npos) {
      quality = std::strtod(std::string(entry.substr(q + 3)).c_str(), nullptr);
    }
    const std::string_view primary = entry.substr(0, 2);
    if (primary == "de") german = std::max(german, quality);
    if (primary == "en") english = std::max(english, quality);
  }
  return english > 0 && english > german ? Language::kEnglish : Language::kGerman;
}

}  // namespace allmende
