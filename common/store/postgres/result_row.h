// A row of a result in PostgreSQL's binary format, read by the type the server says each column has.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "common/store/sql/session.h"

namespace allmende::store::postgres {

class ResultRow final : public sql::Row {
 public:
  explicit ResultRow(const PGresult* result) : result_(result) {}
  void MoveTo(int row) { row_ = row; }

  bool IsNull(int column) const override { return PQgetisnull(result_, row_, column) == 1; }
  // 0 for null and for what is no number.
  std::int64_t Integer(int column) const override;
  double Real(int column) const override;
  // Empty for null.
  std::string_view Text(int column) const override { return Bytes(column); }
  std::string_view Bytes(int column) const override;

 private:
  const PGresult* result_;
  int row_ = 0;
};

}  // namespace allmende::store::postgres
