#include "common/store/sql/statement.h"

namespace allmende::store::sql {

Param ToParam(const Value& value) {
  return std::visit(
      [](const auto& held) -> Param {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::string>) {
          return std::string_view(held);
        } else {
          return held;
        }
      },
      value);
}

Param ToSortParam(const Value& value) {
  if (const auto* bytes = std::get_if<std::string>(&value)) return Blob{*bytes};
  return ToParam(value);
}

Statement& Statement::Bind(Param param) {
  params_.push_back(param);
  text_ += '$';
  text_ += std::to_string(params_.size());
  return *this;
}

}  // namespace allmende::store::sql
