// The commit lanes: transactions wait in a queue, and one thread per lane takes as many of one landscape as are there,
// runs them one after another and makes them durable with a single commit (group commit). A landscape always has the
// same lane, so its transactions run in the order of their arrival.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "common/store/sql/batch.h"
#include "common/store/sql/flush.h"
#include "common/store/sql/revisions.h"
#include "common/store/sql/sql_store.h"

namespace allmende::store::sql {

// One call of Transact on its way.
struct Job;

class Lanes {
 public:
  Lanes(Engine& engine, std::vector<const ResourceType*> types, const SqlStoreOptions& options, Revisions& revisions);
  // Runs what waits, then ends.
  ~Lanes();
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  absl::StatusOr<std::string> Transact(CallContext& call, TransactionBody body, const TransactOptions& options);
  // Runs `work` on the landscape's lane, in between its batches, in an engine transaction of its own.
  absl::Status RunAlone(CallContext& call, absl::FunctionRef<absl::Status(Session&)> work);

  // SQLite's next row number for a collection; before the first transaction.
  void SetNextRow(const ResourceType& type, std::int64_t row);

 private:
  struct Lane {
    std::mutex mutex;
    std::condition_variable arrived;
    std::deque<std::shared_ptr<Job>> waiting;
    bool closing = false;
    FlushMemory memory;
    std::unordered_map<std::string, Time> pruned;  // when the landscape's old replies were last thrown away
    std::thread thread;
  };
  using Jobs = std::vector<std::shared_ptr<Job>>;

  absl::StatusOr<std::string> Submit(const std::shared_ptr<Job>& job, CallContext& call);
  void RunLane(Lane& lane);
  static Jobs TakeNext(Lane& lane, int limit);
  void RunJobs(Lane& lane, const Jobs& jobs);
  // Where asking costs a round trip, asks for the earlier replies to all requests of the batch at once.
  absl::Status LoadReplies(Batch& batch, const Jobs& jobs) const;
  absl::Status RunBatch(Lane& lane, Batch& batch, Session& session, const Jobs& jobs, Jobs& ran);
  void RunJob(Batch& batch, Job& job);
  absl::Status Store(Lane& lane, Batch& batch, Session& session);
  absl::Status Prune(Lane& lane, const Batch& batch, Session& session);
  void RunSpecial(Lane& lane, Job& job);

  Engine& engine_;
  const std::vector<const ResourceType*> types_;
  const SqlStoreOptions options_;
  Revisions& revisions_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace allmende::store::sql
