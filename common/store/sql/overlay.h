// Records as they are after writes that are not in the database yet, findable by column.
#pragma once

#include <google/protobuf/message.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/store/resource_type.h"

namespace allmende::store::sql {

// A record's message and its serialised form. No message: there is no such record.
struct Version {
  std::shared_ptr<const Message> message;
  std::shared_ptr<const std::string> bytes;
};

// Which record.
struct KeyView {
  const ResourceType* type;
  std::string_view id;
};
struct Key {
  const ResourceType* type;
  std::string id;
  operator KeyView() const { return {type, id}; }  // NOLINT(google-explicit-constructor): lookups take either
};
struct KeyHash {
  using is_transparent = void;
  std::size_t operator()(KeyView key) const {
    return std::hash<std::string_view>{}(key.id) ^ std::hash<const void*>{}(key.type);
  }
};
struct KeyEqual {
  using is_transparent = void;
  bool operator()(KeyView left, KeyView right) const { return left.type == right.type && left.id == right.id; }
};
template <typename T>
using KeyMap = std::unordered_map<Key, T, KeyHash, KeyEqual>;

class Overlay {
 public:
  // Null where nothing was written.
  const Version* Find(KeyView key) const;
  void Put(KeyView key, Version version);

  // The ids of this type that were written and whose column now has this value.
  std::set<std::string> IdsWith(const ResourceType& type, const ColumnSpec& column, const Value& value);

  // What was written, in the order of the first write.
  const std::vector<Key>& written() const { return written_; }

  // A place in the sequence of writes, and the way back to it.
  std::size_t Mark() const { return journal_.size(); }
  void UndoTo(std::size_t mark);

 private:
  using Ids = std::unordered_map<std::string, std::set<std::string>>;  // by the value's text

  void Index(KeyView key, const Version& version, bool add);

  KeyMap<Version> versions_;
  std::vector<Key> written_;
  std::vector<std::pair<Key, std::optional<Version>>> journal_;  // what stood there before each write
  std::unordered_map<const ColumnSpec*, std::pair<const ResourceType*, Ids>>
      indexes_;  // of the columns asked for so far
};

}  // namespace allmende::store::sql
