// The JSON reader and writer against protobuf's own, on random messages with fields of every kind.
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "allmende/registry/v1/registry_service.pb.h"
#include "allmende/type/v1/changes.pb.h"
#include "common/testing/matchers.h"
#include "services/gateway/transcode/json_reader.h"
#include "services/gateway/transcode/json_writer.h"
#include "tests/unit/gateway/everything_message.h"

namespace allmende::gateway {
namespace {

using google::protobuf::Message;
using nlohmann::json;

std::unique_ptr<Message> RandomMessage(const Message& prototype, unsigned seed) {
  std::mt19937 random(seed);
  std::unique_ptr<Message> message(prototype.New());
  FillAtRandom(*message, random);
  return message;
}

std::string Written(const Message& message) {
  std::string text;
  WriteJson(message, text);
  return text;
}

std::string OracleText(const Message& message) {
  std::string text;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &text).ok());
  return text;
}

const std::vector<const Message*>& Prototypes() {
  static const std::vector<const Message*> prototypes = {
      &EverythingPrototype(), &registry::v1::Actor::default_instance(), &registry::v1::Area::default_instance(),
      &type::v1::ListHistoryResponse::default_instance(), &type::v1::ErrorDetail::default_instance()};
  return prototypes;
}

RC_GTEST_PROP(JsonWriter, SaysWhatProtobufsOwnWriterSays, (unsigned seed, std::size_t pick)) {
  const auto message = RandomMessage(*Prototypes()[pick % Prototypes().size()], seed);
  RC_LOG() << Written(*message) << "\n" << OracleText(*message);
  const bool same = json::parse(Written(*message)) == json::parse(OracleText(*message));
  RC_ASSERT(same);
}

RC_GTEST_PROP(JsonReader, ReadsBackWhatWasWritten, (unsigned seed, std::size_t pick)) {
  const auto message = RandomMessage(*Prototypes()[pick % Prototypes().size()], seed);
  for (const std::string& text : {Written(*message), OracleText(*message)}) {
    const std::unique_ptr<Message> read(message->New());
    Violations violations;
    RC_LOG() << text << "\n";
    EXPECT_OK(ReadJson(text, "", *read, violations));
    EXPECT_OK(violations.ToStatus());
    RC_ASSERT(Written(*read) == Written(*message));
  }
}

RC_GTEST_PROP(JsonReader, SurvivesDamagedText, (unsigned seed)) {
  std::mt19937 random(seed);
  std::string text = Written(*RandomMessage(EverythingPrototype(), seed));
  for (int i = 0; i < 3; ++i) text[random() % text.size()] = static_cast<char>(random());
  const std::unique_ptr<Message> read(EverythingPrototype().New());
  Violations violations;
  std::vector<std::string> present;
  ReadJson(text, "x", *read, violations, &present).IgnoreError();
  RC_ASSERT(read->IsInitialized());
}

}  // namespace
}  // namespace allmende::gateway
