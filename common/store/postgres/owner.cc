#include "common/store/postgres/owner.h"

#include "common/base/macros.h"
#include "common/store/postgres/driver_error.h"

namespace allmende::store::postgres {
namespace {

bool Succeeded(const Result& result) {
  const ExecStatusType status = PQresultStatus(result.get());
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

}  // namespace

absl::StatusOr<Owner> Owner::Connect(const Secret<std::string>& url, Deadline deadline) {
  ASSIGN_OR_RETURN(auto connection, Connection::Open(url, deadline));
  return Owner(std::move(connection), deadline);
}

absl::StatusOr<Result> Owner::Try(const std::string& statement) {
  connection_->Execute(statement);
  connection_->Sync();
  ASSIGN_OR_RETURN(Result result, connection_->Next(deadline_));
  if (connection_->lost()) return Unreachable(PQresultErrorMessage(result.get()));
  RETURN_IF_ERROR(connection_->Next(deadline_).status());
  return result;
}

absl::StatusOr<std::string> Owner::Run(const std::string& statement) {
  ASSIGN_OR_RETURN(const Result result, Try(statement));
  if (!Succeeded(result)) {
    const char* text = PQresultErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY);
    return Refused(SqlState(result), text != nullptr ? text : "", statement);
  }
  if (PQntuples(result.get()) == 0) return std::string();
  return std::string(PQgetvalue(result.get(), 0, 0), static_cast<std::size_t>(PQgetlength(result.get(), 0, 0)));
}

absl::StatusOr<bool> Owner::Succeeds(const std::string& statement) {
  ASSIGN_OR_RETURN(const Result result, Try(statement));
  return Succeeded(result);
}

std::string_view Owner::SqlState(const Result& result) {
  const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
  return state != nullptr ? state : "";
}

}  // namespace allmende::store::postgres
