#include "common/testing/matchers.h"

#include <fmt/format.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <memory>

namespace allmende {

std::string Describe(const absl::Status& status) {
  if (status.ok()) return "OK";
  const ErrorDetail detail = DetailOf(status);
  std::string text = fmt::format("{}: {}", type::v1::Reason_Name(detail.reason()), std::string(status.message()));
  for (const FieldViolation& violation : detail.violations()) {
    text += fmt::format(" [{}: {}]", violation.field(), type::v1::Reason_Name(violation.reason()));
  }
  return text;
}

bool SameMessage(const google::protobuf::Message& actual, const google::protobuf::Message& expected,
                 std::ostream* out) {
  if (actual.GetDescriptor() != expected.GetDescriptor()) {
    if (out != nullptr) *out << "is a " << actual.GetTypeName() << ", not a " << expected.GetTypeName();
    return false;
  }
  std::string difference;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  const bool same = differencer.Compare(expected, actual);
  if (!same && out != nullptr) *out << "differs:\n" << difference;
  return same;
}

bool SameMessage(const google::protobuf::Message& actual, std::string_view expected_text, std::ostream* out) {
  const std::unique_ptr<google::protobuf::Message> expected(actual.New());
  if (!google::protobuf::TextFormat::ParseFromString(std::string(expected_text), expected.get())) {
    if (out != nullptr) *out << "the text expected is not a " << actual.GetTypeName();
    return false;
  }
  return SameMessage(actual, *expected, out);
}

}  // namespace allmende
