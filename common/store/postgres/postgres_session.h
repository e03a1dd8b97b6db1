// A session as the store sees it, on one connection. What has to go before a statement (the landscape the session is
// for, BEGIN, preparing) is queued in front of it, so that it costs no round trip of its own.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/secret.h"
#include "common/store/postgres/connection.h"
#include "common/store/postgres/prepared_statements.h"
#include "common/store/postgres/statistics_keeper.h"
#include "common/store/sql/session.h"

namespace allmende::store::postgres {

// What every session of a service starts with.
struct SessionSettings {
  Secret<std::string> url;
  std::string schema;
  std::string role;  // that the statements run as
  StatisticsKeeper* statistics = nullptr;
};

class PostgresSession final : public sql::Session {
 public:
  static absl::StatusOr<std::unique_ptr<PostgresSession>> Open(const SessionSettings& settings, Deadline deadline);

  absl::Status Run(std::string_view statement, std::span<const sql::Param> params, sql::RowSink sink) override;
  absl::Status RunAll(std::span<const sql::Bound> statements) override;
  void SetDeadline(Deadline deadline) override { deadline_ = deadline; }
  absl::Status Begin() override { return BeginWith("BEGIN"); }
  absl::Status BeginSnapshot() override { return BeginWith("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); }
  absl::Status Commit() override;
  void Rollback() override;

  // The landscape whose rows can be seen from the next statement on ("": only what is seen across landscapes).
  void UseLandscape(std::string_view landscape) { wanted_landscape_ = landscape; }
  const std::string& landscape() const { return wanted_landscape_; }
  // The borrower is done: an open transaction is rolled back, without waiting for the answer. False: throw it away.
  bool EndUse();
  // Before it is lent again: whether that went well and the connection still stands.
  bool StartUse();
  bool broken() const { return broken_ || connection_->lost(); }

 private:
  // One thing that was queued, in order; its result arrives in the same order.
  struct Step {
    enum class Kind { kPrepare, kExecute, kLandscape, kBegin, kCommit, kOther, kSync };
    Kind kind;
    std::string_view statement;
    std::string name;  // of what is prepared
  };
  enum class InTransaction { kNo, kWanted, kYes };

  PostgresSession(std::unique_ptr<Connection> connection, StatisticsKeeper* statistics)
      : connection_(std::move(connection)), statistics_(statistics) {}

  absl::Status BeginWith(const char* statement);
  // DEADLINE_PASSED before anything is sent, so that the session survives it.
  absl::Status QueuePreliminaries();
  absl::Status QueueStatement(Step::Kind kind, std::string_view statement, std::span<const sql::Param> params);
  // Without preparing it.
  void QueueOnce(Step::Kind kind, const std::string& statement);
  void QueueSync();
  // Sends everything queued and takes every result; rows of statements go to `sink`. The first error.
  absl::Status Finish(const sql::RowSink* sink);
  absl::Status TakeResults(const sql::RowSink* sink);
  absl::Status Handle(const Step& step, const PGresult* result, const sql::RowSink* sink);
  absl::Status RunOnce(Step::Kind kind, const std::string& statement);
  bool DeadlinePassed() const { return std::chrono::steady_clock::now() >= deadline_; }

  std::unique_ptr<Connection> connection_;
  StatisticsKeeper* statistics_;
  PreparedStatements prepared_{256};
  DriverParams params_;
  std::vector<Step> steps_;
  Deadline deadline_ = Deadline::max();
  std::string wanted_landscape_;
  std::string present_landscape_;
  InTransaction in_transaction_ = InTransaction::kNo;
  const char* begin_ = nullptr;  // the statement, where one is wanted
  bool broken_ = false;
};

}  // namespace allmende::store::postgres
