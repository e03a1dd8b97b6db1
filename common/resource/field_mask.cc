#include "common/resource/field_mask.h"

#include <absl/strings/str_split.h>
#include <fmt/format.h>
#include <google/protobuf/util/field_mask_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "allmende/options/v1/options.pb.h"
#include "common/base/strings.h"
#include "common/status/error.h"
#include "common/text/text.h"
#include "google/api/field_behavior.pb.h"

namespace allmende::resource {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool HasBehavior(const FieldDescriptor& field, google::api::FieldBehavior behavior) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == behavior) return true;
  }
  return false;
}

bool IsOutputOnly(const FieldDescriptor& field) { return HasBehavior(field, google::api::OUTPUT_ONLY); }

bool IsImmutable(const FieldDescriptor& field) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(options::v1::field_class); ++i) {
    if (options.GetExtension(options::v1::field_class, i) == options::v1::IMMUTABLE) return true;
  }
  return HasBehavior(field, google::api::IMMUTABLE);
}

bool IsSingularMessage(const FieldDescriptor& field) {
  return !field.is_repeated() && field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

bool IsWildcard(const FieldMask& mask) {
  return std::ranges::any_of(mask.paths(), [](const std::string& path) { return path == "*"; });
}

// The field of the type that is spelt most like `wanted`, as a hint for the caller; empty where none is close.
std::string HintFor(const Descriptor& type, const std::string& wanted) {
  constexpr int kClose = 3;
  int best = kClose + 1;
  std::string hint;
  for (int i = 0; i < type.field_count(); ++i) {
    const int distance = text::EditDistance(type.field(i)->name(), wanted, kClose);
    if (distance >= best) continue;
    best = distance;
    hint = type.field(i)->name();
  }
  return hint;
}

void CheckPath(const std::string& path, const Descriptor& root, std::string_view field_name, Violations& violations) {
  const Descriptor* type = &root;
  for (const auto& segment : absl::StrSplit(path, '.')) {
    const std::string name(segment);
    const FieldDescriptor* field = type == nullptr ? nullptr : type->FindFieldByName(name);
    if (field == nullptr) {
      // The violation is about the mask, its text about the path that does not exist.
      violations.Add(std::string(field_name), Reason::UNKNOWN_FIELD,
                     {{"field", path}, {"hint", type == nullptr ? "" : HintFor(*type, name)}});
      return;
    }
    type = IsSingularMessage(*field) ? field->message_type() : nullptr;
  }
}

// Moves fields of one message over into another and collects what may not change.
class Taker {
 public:
  Taker(std::string prefix, Violations& violations) : prefix_(std::move(prefix)), violations_(violations) {}

  void TakeAll(Message& from, Message& into, const std::string& path) {
    for (int i = 0; i < from.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = from.GetDescriptor()->field(i);
      Take(from, *field, into, path.empty() ? field->name() : fmt::format("{}.{}", path, field->name()));
    }
  }

  void Take(Message& from, const FieldDescriptor& field, Message& into, const std::string& path) {
    if (IsOutputOnly(field) || path == "name" || path == "etag") return;
    if (IsImmutable(field)) {
      using google::protobuf::util::MessageDifferencer;
      MessageDifferencer differencer;
      if (!differencer.CompareWithFields(from, into, {&field}, {&field})) {
        violations_.Add(fmt::format("{}.{}", prefix_, path), Reason::FIELD_IMMUTABLE);
      }
      return;
    }
    Move(from, field, into, path);
  }

  // One path of a mask: walks down to its field. Where `from` lacks a message on the way, the field counts as empty.
  void TakePath(Message& from, Message& into, const std::string& path) {
    const std::vector<std::string> segments = absl::StrSplit(path, '.');
    Message* source = &from;
    Message* target = &into;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const FieldDescriptor* field = source->GetDescriptor()->FindFieldByName(segments[i]);
      if (field == nullptr || (i == 0 && (segments[0] == "name" || segments[0] == "etag"))) return;
      if (i + 1 == segments.size() || IsImmutable(*field)) return Take(*source, *field, *target, path);
      if (!IsSingularMessage(*field) || IsOutputOnly(*field)) return;
      const Reflection& reflection = *source->GetReflection();
      if (!reflection.HasField(*source, field) && !reflection.HasField(*target, field)) return;
      source = reflection.MutableMessage(source, field);
      target = reflection.MutableMessage(target, field);
    }
  }

 private:
  void Move(Message& from, const FieldDescriptor& field, Message& into, const std::string& path) {
    const Reflection& reflection = *from.GetReflection();
    if (IsSingularMessage(field) && reflection.HasField(from, &field)) {
      TakeAll(*reflection.MutableMessage(&from, &field), *reflection.MutableMessage(&into, &field), path);
      return;
    }
    reflection.ClearField(&into, &field);
    reflection.SwapFields(&from, &into, {&field});
  }

  std::string prefix_;
  Violations& violations_;
};

}  // namespace

absl::Status CheckMask(const FieldMask& mask, const Descriptor& type, std::string_view field_name) {
  Violations violations;
  for (const std::string& path : mask.paths()) {
    if (path != "*") CheckPath(path, type, field_name, violations);
  }
  return violations.ToStatus();
}

void KeepOnly(const FieldMask& mask, Message& message) {
  if (mask.paths().empty() || IsWildcard(mask)) return;
  FieldMask kept = mask;
  if (message.GetDescriptor()->FindFieldByName("name") != nullptr) kept.add_paths("name");
  google::protobuf::util::FieldMaskUtil::TrimMessage(kept, &message);
}

absl::Status ApplyUpdate(const Message& from, const FieldMask& mask, std::string_view prefix, Message& into) {
  const std::unique_ptr<Message> source(from.New());
  source->CopyFrom(from);
  Violations violations;
  Taker taker(std::string(prefix), violations);
  if (IsWildcard(mask)) {
    taker.TakeAll(*source, into, "");
  } else if (mask.paths().empty()) {
    std::vector<const FieldDescriptor*> set;
    from.GetReflection()->ListFields(from, &set);
    for (const FieldDescriptor* field : set) taker.Take(*source, *field, into, field->name());
  } else {
    FieldMask once;  // no path twice, none inside another: a field can be moved only once
    google::protobuf::util::FieldMaskUtil::ToCanonicalForm(mask, &once);
    for (const std::string& path : once.paths()) taker.TakePath(*source, into, path);
  }
  return violations.ToStatus();
}

void ClearOutputOnly(Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> set;
  reflection.ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    if (IsOutputOnly(*field)) {
      reflection.ClearField(&message, field);
    } else if (IsSingularMessage(*field)) {
      ClearOutputOnly(*reflection.MutableMessage(&message, field));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_map()) {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        ClearOutputOnly(*reflection.MutableRepeatedMessage(&message, field, i));
      }
    }
  }
}

}  // namespace allmende::resource
