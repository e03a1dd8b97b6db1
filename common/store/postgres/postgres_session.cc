#include "common/store/postgres/postgres_session.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>

#include "common/base/macros.h"
#include "common/status/error.h"
#include "common/store/postgres/driver_error.h"
#include "common/store/postgres/result_row.h"

namespace allmende::store::postgres {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

// A rollback after the deadline gets this long before the connection is dropped instead, which has the same effect.
constexpr auto kRollbackGrace = 20ms;

// One statement, so that a new session costs one round trip. Durability is raised where the server's default is lower;
// a statement whose caller went away is noticed and ended by the server (client_connection_check_interval).
constexpr char kStart[] =
    "SELECT set_config('search_path', $1, false), set_config('jit', 'off', false),"
    " set_config('client_connection_check_interval', '250ms', false), set_config('TimeZone', 'UTC', false),"
    " set_config('synchronous_commit',"
    "   CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' WHEN 'local' THEN 'on'"
    "   ELSE current_setting('synchronous_commit') END, false),"
    " set_config('allmende.landscape', '', false), set_config('role', $2, false)";

constexpr char kUseLandscape[] = "SELECT set_config('allmende.landscape', $1, false)";

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresSession>> PostgresSession::Open(const SessionSettings& settings,
                                                                       Deadline deadline) {
  ASSIGN_OR_RETURN(auto connection, Connection::Open(settings.url, deadline));
  std::unique_ptr<PostgresSession> session(new PostgresSession(std::move(connection), settings.statistics));
  session->SetDeadline(deadline);
  const std::array<sql::Param, 2> params = {settings.schema, settings.role};
  RETURN_IF_ERROR(session->QueueStatement(Step::Kind::kOther, kStart, params));
  RETURN_IF_ERROR(session->Finish(nullptr));
  return session;
}

absl::Status PostgresSession::Run(std::string_view statement, std::span<const sql::Param> params, sql::RowSink sink) {
  RETURN_IF_ERROR(QueuePreliminaries());
  RETURN_IF_ERROR(QueueStatement(Step::Kind::kExecute, statement, params));
  return Finish(&sink);
}

absl::Status PostgresSession::RunAll(std::span<const sql::Bound> statements) {
  if (statements.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(QueuePreliminaries());
  for (const sql::Bound& bound : statements) {
    RETURN_IF_ERROR(QueueStatement(Step::Kind::kExecute, bound.statement, bound.params));
  }
  return Finish(nullptr);
}

absl::Status PostgresSession::BeginWith(const char* statement) {
  if (broken()) return Unreachable("the session is broken");
  in_transaction_ = InTransaction::kWanted;
  begin_ = statement;
  return absl::OkStatus();
}

absl::Status PostgresSession::Commit() {
  if (in_transaction_ == InTransaction::kYes && DeadlinePassed()) {
    Rollback();  // so that the outcome is known
    return Error(Reason::DEADLINE_PASSED);
  }
  if (std::exchange(in_transaction_, InTransaction::kNo) != InTransaction::kYes) return absl::OkStatus();
  if (broken()) return Unreachable("the connection was lost before the commit");
  const absl::Status status = RunOnce(Step::Kind::kCommit, "COMMIT");
  if (!status.ok()) broken_ = true;
  return status;
}

void PostgresSession::Rollback() {
  const InTransaction state = std::exchange(in_transaction_, InTransaction::kNo);
  if (state != InTransaction::kYes || broken()) return;
  const Deadline until = std::max(deadline_, steady_clock::now() + kRollbackGrace);
  const Deadline deadline = std::exchange(deadline_, until);
  if (!RunOnce(Step::Kind::kOther, "ROLLBACK").ok()) broken_ = true;
  deadline_ = deadline;
}

bool PostgresSession::EndUse() {
  if (std::exchange(in_transaction_, InTransaction::kNo) == InTransaction::kYes && !broken()) {
    QueueOnce(Step::Kind::kOther, "ROLLBACK");
    QueueSync();
    connection_->Flush();
  }
  return !broken();
}

bool PostgresSession::StartUse() {
  deadline_ = steady_clock::now() + kRollbackGrace;
  if (!steps_.empty() && !TakeResults(nullptr).ok()) broken_ = true;
  return !broken() && connection_->Alive();
}

absl::Status PostgresSession::QueuePreliminaries() {
  if (broken()) return Unreachable("the session is broken");
  if (DeadlinePassed()) return Error(Reason::DEADLINE_PASSED);
  if (wanted_landscape_ != present_landscape_) {
    const std::array<sql::Param, 1> params = {wanted_landscape_};
    RETURN_IF_ERROR(QueueStatement(Step::Kind::kLandscape, kUseLandscape, params));
    QueueSync();  // takes effect by itself: a rollback of what follows must not undo it
  }
  if (in_transaction_ == InTransaction::kWanted) QueueOnce(Step::Kind::kBegin, begin_);
  return absl::OkStatus();
}

absl::Status PostgresSession::QueueStatement(Step::Kind kind, std::string_view statement,
                                             std::span<const sql::Param> params) {
  if (absl::Status encoded = params_.Encode(params); !encoded.ok()) {
    broken_ = broken_ || !steps_.empty();  // what was queued before will not be taken
    steps_.clear();
    return encoded;
  }
  const PreparedStatements::Lookup lookup = prepared_.Use(statement);
  if (lookup.evicted) QueueOnce(Step::Kind::kOther, "DEALLOCATE " + *lookup.evicted);
  if (lookup.is_new) {
    connection_->Prepare(lookup.entry->name, lookup.entry->text);
    steps_.push_back({Step::Kind::kPrepare, statement, lookup.entry->name});
  }
  connection_->ExecutePrepared(lookup.entry->name, params_);
  steps_.push_back({kind, statement, {}});
  return absl::OkStatus();
}

void PostgresSession::QueueOnce(Step::Kind kind, const std::string& statement) {
  connection_->Execute(statement);
  steps_.push_back({kind, {}, {}});
}

void PostgresSession::QueueSync() {
  connection_->Sync();
  steps_.push_back({Step::Kind::kSync, {}, {}});
}

absl::Status PostgresSession::RunOnce(Step::Kind kind, const std::string& statement) {
  QueueOnce(kind, statement);
  return Finish(nullptr);
}

absl::Status PostgresSession::Finish(const sql::RowSink* sink) {
  QueueSync();
  return TakeResults(sink);
}

absl::Status PostgresSession::TakeResults(const sql::RowSink* sink) {
  absl::Status first_error;
  for (const Step& step : steps_) {
    absl::StatusOr<Result> result = connection_->Next(deadline_);
    absl::Status status = result.ok() ? Handle(step, result->get(), sink) : result.status();
    if (!status.ok() && step.kind == Step::Kind::kPrepare) prepared_.Forget(step.name);
    if (first_error.ok()) first_error = std::move(status);
    if (connection_->lost()) break;
  }
  steps_.clear();
  if (connection_->lost() && first_error.ok()) first_error = Unreachable("the connection was lost");
  return first_error;
}

absl::Status PostgresSession::Handle(const Step& step, const PGresult* result, const sql::RowSink* sink) {
  switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
      if (sink != nullptr && step.kind == Step::Kind::kExecute) {
        ResultRow row(result);
        for (int i = 0; i < PQntuples(result); ++i) {
          row.MoveTo(i);
          (*sink)(row);
        }
      }
      [[fallthrough]];
    case PGRES_COMMAND_OK:
      if (step.kind == Step::Kind::kExecute && statistics_ != nullptr) {
        // "" for what writes no rows; a SELECT's count is told apart by its result.
        const char* rows = PQcmdTuples(const_cast<PGresult*>(result));
        if (PQresultStatus(result) == PGRES_COMMAND_OK) statistics_->RowsWritten(std::strtoll(rows, nullptr, 10));
      }
      if (step.kind == Step::Kind::kLandscape) present_landscape_ = wanted_landscape_;
      if (step.kind == Step::Kind::kBegin) in_transaction_ = InTransaction::kYes;
      // A transaction in which a statement failed ends so, however it is ended.
      if (step.kind == Step::Kind::kCommit &&
          std::string_view(PQcmdStatus(const_cast<PGresult*>(result))) != "COMMIT") {
        return Refused("25P02", "commit of a failed transaction", step.statement);
      }
      return absl::OkStatus();
    case PGRES_PIPELINE_SYNC:
      return absl::OkStatus();
    case PGRES_PIPELINE_ABORTED:
      return Error(Reason::INTERNAL_ERROR);  // only after the error that matters
    default: {
      const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
      const char* text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
      const std::string_view sqlstate = state != nullptr ? state : "";
      if (!SessionSurvives(sqlstate)) broken_ = true;
      return Refused(sqlstate, text != nullptr ? text : PQresultErrorMessage(result), step.statement);
    }
  }
}

}  // namespace allmende::store::postgres
