// How a service declares a resource: which fields can be filtered and ordered by, which are codes, text, place, and
// what must hold before it is stored. From a declaration follow the tables, every standard method, search and history.
//
//   const ResourceSpec<Actor> kActors{{
//       .collection = "actors",
//       .columns = {Sorted("display_name"), Column("sphere"), Column("area")},
//       .terms = {Terms("kinds"), Terms("life_phases"), Terms("topics")},
//       ...
//   }};
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/message.h>

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/status/error.h"

namespace allmende::store {

using google::protobuf::Message;

class Transaction;

// A value derived from a message. monostate: not set. Times are microseconds since 1970, enums their names, bools 0/1.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

enum class ColumnType { kText, kInteger, kReal, kBool, kTime, kEnum };

// A single value per record: comparable in filters; with `sorted` also for order_by.
struct ColumnSpec {
  std::string name;  // as filters say it
  std::string path;  // of the proto field, dotted; checked against the descriptor at start
  bool sorted = false;
  // Filled in from the descriptor by ResourceType.
  ColumnType type = ColumnType::kText;
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  std::string reference;  // the type of resource that the field names, such as "allmende/Area"; mostly empty

  // monostate where nothing is set: no text, an enum's zero, a message that is absent.
  Value ValueOf(const Message& message) const;
};

ColumnSpec Column(std::string path);  // name = path
ColumnSpec Column(std::string name, std::string path);
ColumnSpec Sorted(std::string path);
ColumnSpec Sorted(std::string name, std::string path);

// Several codes per record: `field:CODE` in filters, and what facets count.
struct TermsSpec {
  std::string name;
  std::string path;  // of a string or enum field, any step of which may be repeated; empty with `compute`
  std::function<std::vector<std::string>(const Message&)> compute;
  // Filled in from the descriptor by ResourceType; empty with `compute`.
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  std::string reference;  // as in ColumnSpec

  // Each once, in byte order.
  std::vector<std::string> TermsOf(const Message& message) const;
};

TermsSpec Terms(std::string path);  // name = path
TermsSpec Terms(std::string name, std::function<std::vector<std::string>(const Message&)> compute);

// Where a resource's text for search goes. Hits in a title come before hits in the body.
struct IndexedText {
  std::vector<std::string> title;
  std::vector<std::string> body;
};

// A place, WGS 84 degrees.
struct Place {
  double latitude = 0;
  double longitude = 0;
};

// The fields that the store itself keeps in every resource; null where a message lacks one.
struct StandardFields {
  const google::protobuf::FieldDescriptor* name = nullptr;
  const google::protobuf::FieldDescriptor* revision = nullptr;
  const google::protobuf::FieldDescriptor* etag = nullptr;
  const google::protobuf::FieldDescriptor* create_time = nullptr;
  const google::protobuf::FieldDescriptor* update_time = nullptr;
};

struct ResourceType {
  std::string collection;  // "actors"
  std::vector<ColumnSpec> columns = {};
  std::vector<TermsSpec> terms = {};
  std::function<IndexedText(const Message&)> text = {};           // empty: not searchable by words
  std::function<std::vector<Place>(const Message&)> places = {};  // empty: not searchable by place
  // Fills in what the caller may leave open, before `check`. `before` is null at creation.
  std::function<absl::Status(Transaction&, const Message* before, Message& after)> complete = {};
  // Every violation at once, fields relative to the resource. References (google.api.resource_reference) and enum
  // values are checked by the store itself.
  std::function<absl::Status(Transaction&, const Message& after, Violations&)> check = {};
  // What else changes in the same commit. `before` is null at creation, `after` at removal.
  std::function<absl::Status(Transaction&, const Message* before, const Message* after)> follow = {};

  // To be raised when one of the functions above derives something else than before: the store then re-indexes.
  int index_version = 1;

  // Set by ResourceSpec.
  const google::protobuf::Descriptor* descriptor = nullptr;
  const Message* prototype = nullptr;
  StandardFields standard = {};
  std::string resource = {};  // "allmende/Actor", by which references mean it
  std::string singular = {};  // "actor", which stands before the field in violations

  const ColumnSpec* FindColumn(std::string_view name) const;
  const TermsSpec* FindTerms(std::string_view name) const;
  // "landscapes/{landscape}/actors/{id}"; for the collection "landscapes": "landscapes/{landscape}".
  std::string NameOf(std::string_view landscape, std::string_view id) const;
};

// Resolves the paths against the descriptor; ends the process on a declaration that does not fit it (a programming
// error that must not survive the start).
ResourceType Resolve(ResourceType type, const Message& prototype);

// A declaration that knows its message type, so that typed code needs no casts.
template <typename T>
struct ResourceSpec : ResourceType {
  explicit ResourceSpec(ResourceType type) : ResourceType(Resolve(std::move(type), T::default_instance())) {}
};

// For declarations: wraps a typed function so that it fits the untyped slots above.
template <typename T, typename F>
auto For(F function) {
  return [function](const Message& message) { return function(static_cast<const T&>(message)); };
}

}  // namespace allmende::store
