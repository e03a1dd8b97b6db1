// Which statements a session has prepared, under which names. Bounded: what was not used for longest makes room.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace allmende::store::postgres {

class PreparedStatements {
 public:
  struct Entry {
    std::string text;
    std::string name;
  };
  struct Lookup {
    const Entry* entry;                  // valid until the next call
    bool is_new;                         // has still to be prepared
    std::optional<std::string> evicted;  // has to be deallocated
  };

  explicit PreparedStatements(std::size_t capacity) : capacity_(capacity) {}
  Lookup Use(std::string_view text);
  // Preparing it failed.
  void Forget(const std::string& name);

 private:
  const std::size_t capacity_;
  std::list<Entry> entries_;  // used last first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_text_;
  std::int64_t next_ = 0;
};

}  // namespace allmende::store::postgres
