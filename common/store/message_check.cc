#include "common/store/message_check.h"

#include <fmt/format.h>
#include <google/api/field_behavior.pb.h>
#include <google/api/resource.pb.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace allmende::store {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;

// The fields of one message type that the walk has to look at.
struct Plan {
  std::vector<const FieldDescriptor*> required;
  std::vector<const FieldDescriptor*> enums;
  std::vector<const FieldDescriptor*> references;
  std::vector<const FieldDescriptor*> messages;  // in which there is something to look at
};

bool IsRequired(const FieldDescriptor& field) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == google::api::REQUIRED) return true;
  }
  return false;
}

bool IsReference(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
         !field.options().GetExtension(google::api::resource_reference).type().empty();
}

bool Matters(const FieldDescriptor& field) {
  return IsRequired(field) || IsReference(field) || field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
}

// Whether the walk has anything to do in a message of this type or below it. `seen` ends cycles.
bool Matters(const Descriptor& type, std::set<const Descriptor*>& seen) {
  if (!seen.insert(&type).second) return false;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (Matters(field)) return true;
    if (field.message_type() != nullptr && !field.is_map() && Matters(*field.message_type(), seen)) return true;
  }
  return false;
}

std::unique_ptr<Plan> MakePlan(const Descriptor& type) {
  auto plan = std::make_unique<Plan>();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (IsRequired(*field)) plan->required.push_back(field);
    if (IsReference(*field)) plan->references.push_back(field);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) plan->enums.push_back(field);
    if (field->message_type() == nullptr || field->is_map()) continue;
    if (std::set<const Descriptor*> seen; Matters(*field->message_type(), seen)) plan->messages.push_back(field);
  }
  return plan;
}

const Plan& PlanOf(const Descriptor& type) {
  static std::shared_mutex mutex;
  static auto& plans = *new std::unordered_map<const Descriptor*, std::unique_ptr<Plan>>();
  {
    const std::shared_lock lock(mutex);
    if (const auto found = plans.find(&type); found != plans.end()) return *found->second;
  }
  auto plan = MakePlan(type);
  const std::unique_lock lock(mutex);
  return *plans.try_emplace(&type, std::move(plan)).first->second;
}

// Goes through a message and remembers where it is, so that paths are only spelt out when somebody asks.
class Walker {
 public:
  using Look = absl::FunctionRef<void(Walker&, const Message&, const Plan&)>;

  void Walk(const Message& message, Look look) {
    const Plan& plan = PlanOf(*message.GetDescriptor());
    look(*this, message, plan);
    const Reflection& reflection = *message.GetReflection();
    for (const FieldDescriptor* field : plan.messages) {
      if (field->is_repeated()) {
        for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
          Descend(field, i, reflection.GetRepeatedMessage(message, field, i), look);
        }
      } else if (reflection.HasField(message, field)) {
        Descend(field, -1, reflection.GetMessage(message, field), look);
      }
    }
  }

  // The path of a field of the message that is being looked at; `index` below 0 for a field that is not repeated.
  std::string PathOf(const FieldDescriptor* field, int index = -1) const {
    std::string path;
    for (const auto& [step, at] : steps_) Append(step, at, path);
    Append(field, index, path);
    return path;
  }

 private:
  void Descend(const FieldDescriptor* field, int index, const Message& message, Look look) {
    steps_.emplace_back(field, index);
    Walk(message, look);
    steps_.pop_back();
  }

  static void Append(const FieldDescriptor* field, int index, std::string& path) {
    if (!path.empty()) path += '.';
    path += field->name();
    if (index >= 0) path += fmt::format("[{}]", index);
  }

  std::vector<std::pair<const FieldDescriptor*, int>> steps_;
};

bool IsEmpty(const Message& message, const FieldDescriptor* field) {
  const Reflection& reflection = *message.GetReflection();
  if (field->is_repeated()) return reflection.FieldSize(message, field) == 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return !reflection.HasField(message, field);
    default:
      return field->has_presence() && !reflection.HasField(message, field);
  }
}

void CheckEnum(const Walker& walker, const Message& message, const FieldDescriptor* field, Violations& violations) {
  const Reflection& reflection = *message.GetReflection();
  const auto check = [&](int number, int index) {
    if (field->enum_type()->FindValueByNumber(number) != nullptr) return;
    violations.Add(walker.PathOf(field, index), Reason::UNKNOWN_CODE,
                   {{"value", std::to_string(number)}, {"list", field->enum_type()->name()}});
  };
  if (!field->is_repeated()) return check(reflection.GetEnumValue(message, field), -1);
  for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
    check(reflection.GetRepeatedEnumValue(message, field, i), i);
  }
}

bool HasOther(const Descriptor& type, const std::vector<const FieldDescriptor*>& covered,
              std::set<const Descriptor*>& seen) {
  if (!seen.insert(&type).second) return false;
  const Plan& plan = PlanOf(type);
  const auto is_covered = [&](const FieldDescriptor* field) {
    return std::find(covered.begin(), covered.end(), field) != covered.end();
  };
  return !std::all_of(plan.references.begin(), plan.references.end(), is_covered) ||
         std::any_of(plan.messages.begin(), plan.messages.end(),
                     [&](const FieldDescriptor* field) { return HasOther(*field->message_type(), covered, seen); });
}

}  // namespace

void CheckDeclared(const Message& message, Violations& violations) {
  Walker().Walk(message, [&](Walker& walker, const Message& part, const Plan& plan) {
    for (const FieldDescriptor* field : plan.required) {
      if (IsEmpty(part, field)) violations.Add(walker.PathOf(field), Reason::FIELD_REQUIRED);
    }
    for (const FieldDescriptor* field : plan.enums) CheckEnum(walker, part, field, violations);
  });
}

void VisitReferences(const Message& message, absl::FunctionRef<void(const Reference&)> visit) {
  std::string scratch;
  Walker().Walk(message, [&](Walker& walker, const Message& part, const Plan& plan) {
    const Reflection& reflection = *part.GetReflection();
    for (const FieldDescriptor* field : plan.references) {
      const std::string_view type = field->options().GetExtension(google::api::resource_reference).type();
      const auto visit_one = [&](const std::string& name, int index) {
        if (!name.empty()) visit({field, type, name, [&] { return walker.PathOf(field, index); }});
      };
      if (!field->is_repeated()) {
        visit_one(reflection.GetStringReference(part, field, &scratch), -1);
        continue;
      }
      for (int i = 0; i < reflection.FieldSize(part, field); ++i) {
        visit_one(reflection.GetRepeatedStringReference(part, field, i, &scratch), i);
      }
    }
  });
}

bool HasOtherReferences(const Descriptor& type, const std::vector<const FieldDescriptor*>& covered) {
  std::set<const Descriptor*> seen;
  return HasOther(type, covered, seen);
}

}  // namespace allmende::store
