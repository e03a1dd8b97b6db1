// Errors as data: a reason from one enum (allmende/type/v1/error.proto), parameters for its text, and violations of
// single fields. An absl::Status made here carries all of that as a payload; texts are made only at the edge.
#pragma once

#include <absl/status/status.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "allmende/options/v1/options.pb.h"
#include "allmende/type/v1/error.pb.h"

namespace allmende {

using type::v1::ErrorDetail;
using type::v1::FieldViolation;
using type::v1::Reason;

enum class Language { kGerman, kEnglish };

// Parameters of a reason's text, such as {{"name", "landscapes/x"}}. A value that is words and not data is given in
// both languages, as "why.de" and "why.en" for {why}: Both("why", ..., ...).
using Params = std::vector<std::pair<std::string, std::string>>;

// `params` and one more: `name` as German and as English words.
Params Both(std::string_view name, std::string german, std::string english, Params params = {});

// A status with this reason; its code is the one the reason declares.
absl::Status Error(Reason reason, Params params = {});

// The same with the time after which a repetition makes sense.
absl::Status ErrorWithRetry(Reason reason, int retry_after_seconds, Params params = {});

// What is wrong with the fields of a request, collected so that the caller learns everything at once.
class Violations {
 public:
  // `field` is the path in proto names, such as "actor.channels[2].value". {field} is filled in by itself.
  void Add(std::string field, Reason reason, Params params = {});
  bool empty() const { return found_.empty(); }
  const std::vector<FieldViolation>& found() const { return found_; }
  // Puts `prefix` and a dot before the field of every violation of `other` and takes them over.
  void Merge(std::string_view prefix, const Violations& other);
  // OK where nothing was found, else INVALID_FIELDS with every violation.
  absl::Status ToStatus() const;

 private:
  std::vector<FieldViolation> found_;
};

// One violation as a status of its own.
absl::Status FieldError(std::string field, Reason reason, Params params = {});

// What a status carries. A status that was not made here becomes INTERNAL_ERROR, except for the codes that gRPC itself
// makes (UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, RESOURCE_EXHAUSTED), which get the reason that fits.
ErrorDetail DetailOf(const absl::Status& status);

// Whether the status was made here and so carries its reason by itself. False for OK.
bool HasDetail(const absl::Status& status);

// The reason of a status, as DetailOf finds it; REASON_UNSPECIFIED for OK.
Reason ReasonOf(const absl::Status& status);

// What the proto declares for a reason.
const options::v1::ReasonInfo& InfoOf(Reason reason);

// Title and detail text for people. {parameters} that are missing are left out; so is a part in [brackets] that names
// an empty one: "[ Gemeint sein könnte {hint}.]".
std::string TitleOf(Reason reason, Language language);
std::string MessageOf(const ErrorDetail& detail, Language language);
std::string MessageOf(const FieldViolation& violation, Language language);
std::string FillIn(std::string_view text, const google::protobuf::Map<std::string, std::string>& params,
                   Language language = Language::kGerman);

// "de", "en-GB,en;q=0.9,de;q=0.5": the first language of the two that is wanted most. German where nothing fits.
Language LanguageOf(std::string_view accept_language);

}  // namespace allmende
