// A statement that is put together piece by piece. Values never become text: each one is bound, as the next $n.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "common/store/resource_type.h"
#include "common/store/sql/session.h"

namespace allmende::store::sql {

// The value as a parameter; views into it.
Param ToParam(const Value& value);
// The same for a value of a sort column, where text is bytes.
Param ToSortParam(const Value& value);

class Statement {
 public:
  Statement() = default;
  explicit Statement(std::string_view text) : text_(text) {}

  Statement& operator<<(std::string_view text) {
    text_ += text;
    return *this;
  }
  // The view must outlive the statement.
  Statement& Bind(Param param);
  // The same for a value that would not live long enough.
  Statement& BindCopy(std::string value) { return Bind(std::string_view(copies_.emplace_back(std::move(value)))); }

  const std::string& text() const { return text_; }
  const std::vector<Param>& params() const { return params_; }
  absl::Status Run(Session& session, RowSink sink) const { return session.Run(text_, params_, sink); }

 private:
  std::string text_;
  std::vector<Param> params_;
  std::deque<std::string> copies_;
};

}  // namespace allmende::store::sql
