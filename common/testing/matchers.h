// Matchers that let a test say what it means: EXPECT_THAT(store.Read(...), StatusIs(Reason::NOT_FOUND)).
// They take an absl::Status or an absl::StatusOr, and messages are compared by content with a readable difference.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <gmock/gmock.h>
#include <google/protobuf/message.h>

#include <ostream>
#include <string>
#include <string_view>

#include "common/base/macros.h"
#include "common/status/error.h"

namespace allmende {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// "NOT_FOUND: “x” does not exist. [actor.kind: UNKNOWN_CODE]", for failure messages.
std::string Describe(const absl::Status& status);

// Whether both hold the same; writes the difference to `out` where they do not.
bool SameMessage(const google::protobuf::Message& actual, const google::protobuf::Message& expected, std::ostream* out);
// The same with text format. A text that does not parse is a difference.
bool SameMessage(const google::protobuf::Message& actual, std::string_view expected_text, std::ostream* out);

MATCHER(IsOk, negation ? "is an error" : "is OK") {
  const absl::Status& status = StatusOf(arg);
  if (!status.ok()) *result_listener << Describe(status);
  return status.ok();
}

// An absl::StatusOr that is OK and whose value matches.
MATCHER_P(IsOkAndHolds, matcher, "is OK and holds a value that fits") {
  if (!arg.ok()) {
    *result_listener << Describe(arg.status());
    return false;
  }
  return ::testing::ExplainMatchResult(matcher, *arg, result_listener);
}

// The error has this reason.
MATCHER_P(StatusIs, reason, "has the reason " + type::v1::Reason_Name(reason)) {
  const absl::Status& status = StatusOf(arg);
  *result_listener << Describe(status);
  return !status.ok() && ReasonOf(status) == reason;
}

// The error says, perhaps among other things, that this field is wrong for this reason.
MATCHER_P2(HasViolation, field, reason, std::string(field) + " has the reason " + type::v1::Reason_Name(reason)) {
  const absl::Status& status = StatusOf(arg);
  *result_listener << Describe(status);
  const ErrorDetail detail = DetailOf(status);
  for (const FieldViolation& violation : detail.violations()) {
    if (violation.field() == field && violation.reason() == reason) return true;
  }
  return false;
}

// A message with the same content as `expected`, which is a message or text format.
MATCHER_P(EqualsProto, expected, "equals the message expected") {
  return SameMessage(arg, expected, result_listener->stream());
}

}  // namespace allmende

#define EXPECT_OK(expression) EXPECT_THAT(expression, ::allmende::IsOk())
#define ASSERT_OK(expression) ASSERT_THAT(expression, ::allmende::IsOk())
// ASSERT_OK_AND_ASSIGN(auto value, F()): ends the test where F fails.
#define ASSERT_OK_AND_ASSIGN(target, expression) \
  ALLMENDE_ASSERT_OK_AND_ASSIGN(ALLMENDE_CONCAT(status_or_, __LINE__), target, expression)
#define ALLMENDE_ASSERT_OK_AND_ASSIGN(holder, target, expression) \
  auto holder = (expression);                                     \
  ASSERT_OK(holder);                                              \
  target = *std::move(holder)
