// What every proto of ours must say: about its resources, methods, error reasons and codes. Reads the descriptor set
// that the build makes, comments included, so that a new resource or method is looked at without anybody adding it
// here.
#include <gmock/gmock.h>
#include <google/api/annotations.pb.h>
#include <google/api/field_behavior.pb.h>
#include <google/api/resource.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "allmende/options/v1/options.pb.h"
#include "allmende/type/v1/error.pb.h"

namespace allmende {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorSet;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// Our files out of the descriptor set, built with their source information.
class Protos {
 public:
  static const Protos& Get() {
    static const Protos protos;
    return protos;
  }
  const std::vector<const FileDescriptor*>& files() const { return files_; }

  std::vector<const Descriptor*> Messages() const {
    std::vector<const Descriptor*> found;
    const std::function<void(const Descriptor*)> add = [&](const Descriptor* message) {
      if (message->options().map_entry()) return;
      found.push_back(message);
      for (int i = 0; i < message->nested_type_count(); ++i) add(message->nested_type(i));
    };
    for (const FileDescriptor* file : files_) {
      for (int i = 0; i < file->message_type_count(); ++i) add(file->message_type(i));
    }
    return found;
  }

  std::vector<const EnumDescriptor*> Enums() const {
    std::vector<const EnumDescriptor*> found;
    for (const FileDescriptor* file : files_) {
      for (int i = 0; i < file->enum_type_count(); ++i) found.push_back(file->enum_type(i));
    }
    for (const Descriptor* message : Messages()) {
      for (int i = 0; i < message->enum_type_count(); ++i) found.push_back(message->enum_type(i));
    }
    return found;
  }

  std::vector<const MethodDescriptor*> Methods() const {
    std::vector<const MethodDescriptor*> found;
    for (const FileDescriptor* file : files_) {
      for (int s = 0; s < file->service_count(); ++s) {
        for (int m = 0; m < file->service(s)->method_count(); ++m) found.push_back(file->service(s)->method(m));
      }
    }
    return found;
  }

  std::vector<const Descriptor*> Resources() const {
    std::vector<const Descriptor*> found;
    for (const Descriptor* message : Messages()) {
      if (!message->options().GetExtension(google::api::resource).type().empty()) found.push_back(message);
    }
    return found;
  }

 private:
  Protos() {
    std::ifstream file(DESCRIPTOR_SET, std::ios::binary);
    FileDescriptorSet set;
    EXPECT_TRUE(set.ParseFromIstream(&file)) << DESCRIPTOR_SET;
    for (const auto& proto : set.file()) {
      const FileDescriptor* built = pool_.BuildFile(proto);
      EXPECT_NE(built, nullptr) << proto.name();
      if (built != nullptr && built->package().starts_with("allmende.")) files_.push_back(built);
    }
  }

  DescriptorPool pool_;
  std::vector<const FileDescriptor*> files_;
};

template <typename D>
std::string CommentOf(const D* descriptor) {
  google::protobuf::SourceLocation location;
  return descriptor->GetSourceLocation(&location) ? location.leading_comments : std::string();
}

bool IsWritten(const FieldDescriptor* field, google::api::FieldBehavior behavior) {
  const auto& options = field->options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == behavior) return true;
  }
  return false;
}

bool StartsWith(const MethodDescriptor* method, std::string_view verb) { return method->name().starts_with(verb); }

// What stands at the only group of `pattern` wherever it is found in the text.
std::vector<std::string> FindAll(const std::string& text, const re2::RE2& pattern) {
  std::vector<std::string> found;
  re2::StringPiece rest(text);
  for (std::string match; re2::RE2::FindAndConsume(&rest, pattern, &match);) found.push_back(match);
  return found;
}

// The names of the parameters in a text.
std::set<std::string> ParametersOf(const std::string& text) {
  static const re2::RE2 kParameter("\\{([a-z_]+)\\}");
  const std::vector<std::string> found = FindAll(text, kParameter);
  return {found.begin(), found.end()};
}

TEST(Protos, AreFound) {
  EXPECT_GE(Protos::Get().files().size(), 8U);
  EXPECT_GE(Protos::Get().Methods().size(), 30U);
  EXPECT_GE(Protos::Get().Resources().size(), 5U);
}

TEST(Resources, StartWithTheSameFiveFields) {
  const std::vector<std::pair<std::string, int>> standard = {
      {"name", 1}, {"revision", 2}, {"etag", 3}, {"create_time", 4}, {"update_time", 5}};
  for (const Descriptor* resource : Protos::Get().Resources()) {
    ASSERT_GE(resource->field_count(), 6) << resource->full_name();
    for (std::size_t i = 0; i < standard.size(); ++i) {
      EXPECT_EQ(resource->field(static_cast<int>(i))->name(), standard[i].first) << resource->full_name();
      EXPECT_EQ(resource->field(static_cast<int>(i))->number(), standard[i].second) << resource->full_name();
    }
    EXPECT_TRUE(IsWritten(resource->field(0), google::api::IMMUTABLE)) << resource->full_name();
    EXPECT_TRUE(IsWritten(resource->field(1), google::api::OUTPUT_ONLY)) << resource->full_name();
    EXPECT_TRUE(IsWritten(resource->field(3), google::api::OUTPUT_ONLY)) << resource->full_name();
    EXPECT_TRUE(IsWritten(resource->field(4), google::api::OUTPUT_ONLY)) << resource->full_name();
  }
}

TEST(Resources, LiveInALandscape) {
  for (const Descriptor* resource : Protos::Get().Resources()) {
    const auto& option = resource->options().GetExtension(google::api::resource);
    ASSERT_EQ(option.pattern_size(), 1) << resource->full_name();
    EXPECT_THAT(option.pattern(0), testing::StartsWith("landscapes/{landscape}")) << resource->full_name();
    EXPECT_EQ(option.type(), "allmende/" + resource->name());
  }
}

TEST(References, NameATypeThatExists) {
  std::set<std::string> types;
  for (const Descriptor* resource : Protos::Get().Resources()) {
    types.insert(resource->options().GetExtension(google::api::resource).type());
  }
  for (const Descriptor* message : Protos::Get().Messages()) {
    for (int i = 0; i < message->field_count(); ++i) {
      const std::string& type = message->field(i)->options().GetExtension(google::api::resource_reference).type();
      EXPECT_TRUE(type.empty() || types.contains(type)) << message->field(i)->full_name();
    }
  }
}

TEST(Methods, HaveAPolicy) {
  for (const MethodDescriptor* method : Protos::Get().Methods()) {
    const auto& policy = method->options().GetExtension(options::v1::policy);
    const bool streams = method->client_streaming() || method->server_streaming();
    EXPECT_NE(policy.scope(), options::v1::SCOPE_UNSPECIFIED) << method->full_name();
    EXPECT_NE(policy.idempotency(), options::v1::IDEMPOTENCY_UNSPECIFIED) << method->full_name();
    EXPECT_EQ(policy.deadline().seconds() > 0, !streams) << method->full_name();
  }
}

TEST(Methods, ThatOnlyReadSaySo) {
  for (const MethodDescriptor* method : Protos::Get().Methods()) {
    bool reads = false;
    for (const auto* verb : {"Get", "List", "BatchGet", "Search", "Watch"}) reads = reads || StartsWith(method, verb);
    const auto idempotency = method->options().GetExtension(options::v1::policy).idempotency();
    EXPECT_EQ(idempotency == options::v1::READ_ONLY, reads) << method->full_name();
    const bool has_request_id = method->input_type()->FindFieldByName("request_id") != nullptr;
    EXPECT_TRUE(idempotency != options::v1::BY_REQUEST_ID || has_request_id) << method->full_name();
    EXPECT_FALSE(reads && has_request_id) << method->full_name();
  }
}

TEST(Methods, UseTheHttpVerbOfTheirKind) {
  const std::map<std::string, google::api::HttpRule::PatternCase> verbs = {
      {"Get", google::api::HttpRule::kGet},      {"List", google::api::HttpRule::kGet},
      {"BatchGet", google::api::HttpRule::kGet}, {"Search", google::api::HttpRule::kGet},
      {"Watch", google::api::HttpRule::kGet},    {"Create", google::api::HttpRule::kPost},
      {"Update", google::api::HttpRule::kPatch}, {"Delete", google::api::HttpRule::kDelete},
      {"Import", google::api::HttpRule::kPost}};
  for (const MethodDescriptor* method : Protos::Get().Methods()) {
    ASSERT_TRUE(method->options().HasExtension(google::api::http)) << method->full_name();
    const auto& rule = method->options().GetExtension(google::api::http);
    const auto verb =
        std::find_if(verbs.begin(), verbs.end(), [&](const auto& entry) { return StartsWith(method, entry.first); });
    ASSERT_NE(verb, verbs.end()) << method->full_name() << ": say here which HTTP verb fits";
    EXPECT_EQ(rule.pattern_case(), verb->second) << method->full_name();
    const bool has_body = verb->second == google::api::HttpRule::kPost || verb->second == google::api::HttpRule::kPatch;
    EXPECT_EQ(!rule.body().empty(), has_body) << method->full_name();
  }
}

std::string PathOf(const MethodDescriptor* method) {
  const auto& rule = method->options().GetExtension(google::api::http);
  return rule.get() + rule.post() + rule.patch() + rule.delete_();
}

TEST(Methods, HaveAPathOfTheirOwn) {
  std::map<std::string, std::string> owners;
  for (const MethodDescriptor* method : Protos::Get().Methods()) {
    const auto& rule = method->options().GetExtension(google::api::http);
    const std::string route = std::to_string(rule.pattern_case()) + " " + PathOf(method);
    EXPECT_THAT(PathOf(method), testing::StartsWith("/v1/")) << method->full_name();
    const auto [owner, is_new] = owners.emplace(route, method->full_name());
    EXPECT_TRUE(is_new) << route << " belongs to " << owner->second << " and " << method->full_name();
  }
}

// The fields that a path takes its parts from.
std::vector<std::string> PathFields(const std::string& path) {
  static const re2::RE2 kVariable("\\{([a-z_.]+)=");
  return FindAll(path, kVariable);
}

TEST(Methods, TakeTheirPathFromFieldsThatExist) {
  for (const MethodDescriptor* method : Protos::Get().Methods()) {
    for (const std::string& path : PathFields(PathOf(method))) {
      const Descriptor* at = method->input_type();
      for (std::size_t start = 0; start < path.size();) {
        const std::size_t dot = std::min(path.find('.', start), path.size());
        const FieldDescriptor* field = at == nullptr ? nullptr : at->FindFieldByName(path.substr(start, dot - start));
        ASSERT_NE(field, nullptr) << method->full_name() << ": " << path;
        at = field->message_type();
        start = dot + 1;
      }
    }
  }
}

TEST(ListMethods, ComeInPages) {
  for (const MethodDescriptor* method : Protos::Get().Methods()) {
    if (!StartsWith(method, "List") && !StartsWith(method, "Search")) continue;
    for (const char* field : {"page_size", "page_token"}) {
      EXPECT_NE(method->input_type()->FindFieldByName(field), nullptr) << method->full_name() << " lacks " << field;
    }
    EXPECT_NE(method->output_type()->FindFieldByName("next_page_token"), nullptr) << method->full_name();
    EXPECT_TRUE(method->output_type()->field(0)->is_repeated()) << method->full_name();
  }
}

TEST(WriteMethods, CanBeTriedOut) {
  for (const MethodDescriptor* method : Protos::Get().Methods()) {
    if (!StartsWith(method, "Create") && !StartsWith(method, "Update") && !StartsWith(method, "Delete")) continue;
    EXPECT_NE(method->input_type()->FindFieldByName("validate_only"), nullptr) << method->full_name();
  }
}

TEST(Messages, ExplainEveryField) {
  for (const Descriptor* message : Protos::Get().Messages()) {
    EXPECT_NE(CommentOf(message), "") << message->full_name();
    for (int i = 0; i < message->field_count(); ++i) {
      EXPECT_NE(CommentOf(message->field(i)), "") << message->field(i)->full_name();
    }
  }
}

TEST(Methods, ExplainThemselves) {
  for (const MethodDescriptor* method : Protos::Get().Methods())
    EXPECT_NE(CommentOf(method), "") << method->full_name();
}

TEST(Enums, ExplainEveryValue) {
  for (const EnumDescriptor* type : Protos::Get().Enums()) {
    EXPECT_NE(CommentOf(type), "") << type->full_name();
    for (int i = 0; i < type->value_count(); ++i)
      EXPECT_NE(CommentOf(type->value(i)), "") << type->value(i)->full_name();
  }
}

// Every enum that a field of a resource has, directly or inside.
std::set<const EnumDescriptor*> StoredEnums() {
  std::set<const EnumDescriptor*> found;
  std::set<const Descriptor*> seen;
  const std::function<void(const Descriptor*)> visit = [&](const Descriptor* message) {
    if (!seen.insert(message).second) return;
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      if (field->enum_type() != nullptr) found.insert(field->enum_type());
      if (field->message_type() != nullptr) visit(field->message_type());
    }
  };
  for (const Descriptor* resource : Protos::Get().Resources()) visit(resource);
  return found;
}

TEST(StoredEnums, HaveALabelInBothLanguagesForEveryValue) {
  ASSERT_GE(StoredEnums().size(), 5U);
  for (const EnumDescriptor* type : StoredEnums()) {
    EXPECT_EQ(type->value(0)->number(), 0) << type->full_name();
    for (int i = 0; i < type->value_count(); ++i) {
      const EnumValueDescriptor* value = type->value(i);
      const auto& label = value->options().GetExtension(options::v1::label);
      // A zero that may not be stored needs no name for people.
      if (value->number() == 0 && label.de().empty()) continue;
      EXPECT_NE(label.de(), "") << value->full_name();
      EXPECT_NE(label.en(), "") << value->full_name();
    }
  }
}

TEST(Reasons, SayCodeStatusTitleAndDetailInBothLanguages) {
  const EnumDescriptor* reasons = type::v1::Reason_descriptor();
  std::set<std::string> titles;
  for (int i = 0; i < reasons->value_count(); ++i) {
    const EnumValueDescriptor* value = reasons->value(i);
    const auto& info = value->options().GetExtension(options::v1::reason);
    EXPECT_NE(info.code(), "") << value->name();
    EXPECT_TRUE(info.http_status() >= 200 && info.http_status() < 600) << value->name();
    for (const auto* text : {&info.title(), &info.detail()}) {
      EXPECT_NE(text->de(), "") << value->name();
      EXPECT_NE(text->en(), "") << value->name();
      EXPECT_NE(text->de(), text->en()) << value->name();
    }
    EXPECT_TRUE(titles.insert(info.title().de()).second) << value->name() << ": a title that another reason has";
  }
}

TEST(Reasons, HaveTheSameParametersInBothLanguages) {
  const EnumDescriptor* reasons = type::v1::Reason_descriptor();
  for (int i = 0; i < reasons->value_count(); ++i) {
    const auto& info = reasons->value(i)->options().GetExtension(options::v1::reason);
    EXPECT_EQ(ParametersOf(info.detail().de()), ParametersOf(info.detail().en())) << reasons->value(i)->name();
    EXPECT_THAT(ParametersOf(info.title().de()), testing::IsEmpty()) << reasons->value(i)->name();
  }
}

TEST(Reasons, MapToTheHttpStatusOfTheirCode) {
  const std::map<std::string, std::set<int>> fitting = {{"OK", {200}},
                                                        {"CANCELLED", {499}},
                                                        {"UNKNOWN", {500}},
                                                        {"INTERNAL", {500}},
                                                        {"INVALID_ARGUMENT", {400, 415}},
                                                        {"DEADLINE_EXCEEDED", {504}},
                                                        {"NOT_FOUND", {404}},
                                                        {"ALREADY_EXISTS", {409}},
                                                        {"PERMISSION_DENIED", {403}},
                                                        {"UNAUTHENTICATED", {401}},
                                                        {"RESOURCE_EXHAUSTED", {413, 429}},
                                                        {"FAILED_PRECONDITION", {409, 422, 428, 500}},
                                                        {"ABORTED", {412}},
                                                        {"UNIMPLEMENTED", {405}},
                                                        {"UNAVAILABLE", {503}}};
  const EnumDescriptor* reasons = type::v1::Reason_descriptor();
  for (int i = 0; i < reasons->value_count(); ++i) {
    const auto& info = reasons->value(i)->options().GetExtension(options::v1::reason);
    const auto found = fitting.find(info.code());
    ASSERT_NE(found, fitting.end()) << reasons->value(i)->name();
    EXPECT_TRUE(found->second.contains(info.http_status())) << reasons->value(i)->name();
  }
}

}  // namespace
}  // namespace allmende
