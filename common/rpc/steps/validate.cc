#include <fmt/format.h>
#include <google/api/field_behavior.pb.h>

#include <algorithm>

#include "common/base/macros.h"
#include "common/resource/name.h"
#include "common/rpc/steps/steps.h"
#include "common/status/error.h"

namespace allmende::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;

bool IsRequired(const FieldDescriptor& field) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == google::api::REQUIRED) return true;
  }
  return false;
}

bool IsSet(const Message& request, const FieldDescriptor& field) {
  const Reflection& reflection = *request.GetReflection();
  return field.is_repeated() ? reflection.FieldSize(request, &field) > 0 : reflection.HasField(request, &field);
}

// Collects what is wrong with the names of one request.
class Names {
 public:
  explicit Names(Violations& violations) : violations_(violations) {}

  void Check(std::string field, const std::string& text) {
    if (text.empty()) return;  // whether it may be, IsRequired says
    if (const auto name = resource::ParseName(text)) return CheckLandscape(std::move(field), text, name->landscape);
    Malformed(std::move(field), text, "landscapes/{landscape}/{collection}/{id}");
  }

  void CheckParent(std::string field, const std::string& text) {
    if (text.empty()) return;
    if (const auto landscape = resource::ParseParent(text)) return CheckLandscape(std::move(field), text, *landscape);
    Malformed(std::move(field), text, "landscapes/{landscape}");
  }

 private:
  void CheckLandscape(std::string field, const std::string& text, const std::string& landscape) {
    if (landscape_.empty()) landscape_ = landscape;
    if (landscape != landscape_) Malformed(std::move(field), text, fmt::format("landscapes/{}/…", landscape_));
  }
  void Malformed(std::string field, const std::string& text, std::string expected) {
    violations_.Add(std::move(field), Reason::MALFORMED,
                    {{"value", text.substr(0, 200)}, {"expected", std::move(expected)}});
  }

  Violations& violations_;
  std::string landscape_;
};

bool IsText(const FieldDescriptor* field, bool repeated) {
  return field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING && field->is_repeated() == repeated;
}

// The name inside the resource of an update: "actor.name". A creation ignores it, so only updates are looked at.
void CheckNameInBody(const Message& request, Names& names, Violations& violations) {
  const auto* descriptor = request.GetDescriptor();
  if (descriptor->FindFieldByName("update_mask") == nullptr) return;
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* body = descriptor->field(i);
    if (body->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || body->is_repeated() || !IsRequired(*body)) continue;
    const FieldDescriptor* name = body->message_type()->FindFieldByName("name");
    if (!IsText(name, false) || !request.GetReflection()->HasField(request, body)) continue;
    const Message& resource = request.GetReflection()->GetMessage(request, body);
    const std::string text = resource.GetReflection()->GetString(resource, name);
    if (text.empty()) violations.Add(body->name() + ".name", Reason::FIELD_REQUIRED);
    names.Check(body->name() + ".name", text);
  }
}

Violations Check(const Message& request) {
  Violations violations;
  const auto* descriptor = request.GetDescriptor();
  const Reflection& reflection = *request.GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor& field = *descriptor->field(i);
    if (IsRequired(field) && !IsSet(request, field)) violations.Add(field.name(), Reason::FIELD_REQUIRED);
  }
  Names names(violations);
  if (const auto* parent = descriptor->FindFieldByName("parent"); IsText(parent, false)) {
    names.CheckParent("parent", reflection.GetString(request, parent));
  }
  if (const auto* name = descriptor->FindFieldByName("name"); IsText(name, false)) {
    names.Check("name", reflection.GetString(request, name));
  }
  if (const auto* list = descriptor->FindFieldByName("names"); IsText(list, true)) {
    for (int i = 0; i < reflection.FieldSize(request, list); ++i) {
      names.Check(fmt::format("names[{}]", i), reflection.GetRepeatedString(request, list, i));
    }
  }
  CheckNameInBody(request, names, violations);
  return violations;
}

class Validate final : public Step {
 public:
  std::string_view name() const override { return "validate"; }

  absl::Status Handle(CallContext& /*call*/, const Incoming& /*incoming*/, const Message* request,
                      Next next) const override {
    if (request != nullptr) RETURN_IF_ERROR(Check(*request).ToStatus());
    return next();
  }
};

}  // namespace

std::unique_ptr<Step> ValidateStep() { return std::make_unique<Validate>(); }

}  // namespace allmende::rpc
