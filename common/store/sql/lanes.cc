#include "common/store/sql/lanes.h"

#include <algorithm>
#include <map>

#include "common/base/macros.h"
#include "common/log/log.h"
#include "common/store/sql/transaction.h"

namespace allmende::store::sql {

using std::chrono::hours;
using std::chrono::seconds;

struct Job {
  enum class State { kWaiting, kRunning, kStoring, kDone, kGivenUp };

  std::string landscape;
  Deadline deadline;
  TransactOptions options;
  std::string request_id;
  std::string fingerprint;
  std::string principal;
  std::string method;
  // Valid until the state is kStoring; the caller may be gone afterwards.
  CallContext* call = nullptr;
  const TransactionBody* body = nullptr;
  const absl::FunctionRef<absl::Status(Session&)>* alone = nullptr;  // instead of `body`

  std::mutex mutex;
  std::condition_variable changed;
  State state = State::kWaiting;
  bool is_late = false;  // the caller only waits for the body to end
  absl::StatusOr<std::string> reply = std::string();
  std::int64_t revision = 0;

  bool Start() {
    const std::lock_guard lock(mutex);
    if (state != State::kWaiting) return false;
    state = State::kRunning;
    return true;
  }
  void Enter(State next) {
    bool wakes = next == State::kDone;
    {
      const std::lock_guard lock(mutex);
      state = next;
      wakes |= is_late;
    }
    if (wakes) changed.notify_all();
  }
};

namespace {

// How long replies are kept for repetitions, and how often old ones are thrown away.
constexpr hours kRepliesKept{24};
constexpr hours kPruneInterval{1};
// How long a commit may take when its callers set no limit.
constexpr seconds kLongestCommit{30};

absl::Status Unavailable() {
  return ErrorWithRetry(Reason::TEMPORARILY_UNAVAILABLE, 1, Both("what", "Der Speicher", "The store"));
}

std::shared_ptr<Job> MakeJob(CallContext& call) {
  auto job = std::make_shared<Job>();
  job->landscape = call.landscape;
  job->deadline = call.deadline;
  job->request_id = call.request_id;
  job->fingerprint = call.fingerprint;
  job->principal = call.principal.subject;
  if (call.method != nullptr) job->method = call.method->name();
  job->call = &call;
  return job;
}

}  // namespace

Lanes::Lanes(Engine& engine, std::vector<const ResourceType*> types, const SqlStoreOptions& options,
             Revisions& revisions)
    : engine_(engine), types_(std::move(types)), options_(options), revisions_(revisions) {
  for (int i = 0; i < std::max(1, engine.write_lanes()); ++i) {
    Lane& lane = *lanes_.emplace_back(std::make_unique<Lane>());
    lane.thread = std::thread([this, &lane] { RunLane(lane); });
  }
}

Lanes::~Lanes() {
  for (const auto& lane : lanes_) {
    {
      const std::lock_guard lock(lane->mutex);
      lane->closing = true;
    }
    lane->arrived.notify_all();
  }
  for (const auto& lane : lanes_) lane->thread.join();
}

void Lanes::SetNextRow(const ResourceType& type, std::int64_t row) {
  for (const auto& lane : lanes_) lane->memory.next_row[&type] = row;
}

absl::StatusOr<std::string> Lanes::Transact(CallContext& call, TransactionBody body, const TransactOptions& options) {
  const std::shared_ptr<Job> job = MakeJob(call);
  job->options = options;
  job->body = &body;
  return Submit(job, call);
}

absl::Status Lanes::RunAlone(CallContext& call, absl::FunctionRef<absl::Status(Session&)> work) {
  const std::shared_ptr<Job> job = MakeJob(call);
  job->alone = &work;
  return Submit(job, call).status();
}

absl::StatusOr<std::string> Lanes::Submit(const std::shared_ptr<Job>& job, CallContext& call) {
  if (std::chrono::steady_clock::now() >= job->deadline) return Error(Reason::DEADLINE_PASSED);
  Lane& lane = *lanes_[std::hash<std::string>{}(job->landscape) % lanes_.size()];
  {
    const std::lock_guard lock(lane.mutex);
    lane.waiting.push_back(job);
  }
  lane.arrived.notify_one();

  std::unique_lock lock(job->mutex);
  const auto done = [&] { return job->state == Job::State::kDone; };
  while (!done()) {
    if (job->deadline == Deadline::max()) {
      job->changed.wait(lock);
      continue;
    }
    if (job->changed.wait_until(lock, job->deadline) == std::cv_status::no_timeout || done()) continue;
    // Before its start and after its end the body needs its caller no more. What is being stored may still be stored:
    // a repetition with the same request id finds out.
    if (job->state == Job::State::kWaiting) job->state = Job::State::kGivenUp;
    if (job->state != Job::State::kRunning) return Error(Reason::DEADLINE_PASSED);
    job->is_late = true;
    job->changed.wait(lock, [&] { return job->state != Job::State::kRunning; });
  }
  call.revision = job->revision;
  return std::move(job->reply);
}

void Lanes::RunLane(Lane& lane) {
  while (true) {
    const Jobs jobs = TakeNext(lane, options_.group_commit_limit);
    if (jobs.empty()) return;
    if (jobs.front()->alone != nullptr) {
      RunSpecial(lane, *jobs.front());
    } else {
      RunJobs(lane, jobs);
    }
  }
}

// The job that waits longest, and all others of its landscape up to the limit. Empty when the lane is to close.
Lanes::Jobs Lanes::TakeNext(Lane& lane, int limit) {
  std::unique_lock lock(lane.mutex);
  lane.arrived.wait(lock, [&] { return lane.closing || !lane.waiting.empty(); });
  Jobs taken;
  std::deque<std::shared_ptr<Job>> left;
  for (std::shared_ptr<Job>& job : lane.waiting) {
    const bool fits = taken.empty() || (job->landscape == taken.front()->landscape && taken.front()->alone == nullptr &&
                                        job->alone == nullptr && static_cast<int>(taken.size()) < limit);
    // What stands behind a job that runs alone must not overtake it.
    const bool overtakes = std::any_of(left.begin(), left.end(), [&](const std::shared_ptr<Job>& other) {
      return other->alone != nullptr && other->landscape == job->landscape;
    });
    if (fits && !overtakes) {
      taken.push_back(std::move(job));
    } else {
      left.push_back(std::move(job));
    }
  }
  lane.waiting = std::move(left);
  return taken;
}

void Lanes::RunSpecial(Lane& lane, Job& job) {
  if (!job.Start()) return;
  lane.memory.known_words.clear();  // the work may remove them
  const auto run = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const SessionPtr session, engine_.Writer(job.landscape, job.deadline));
    session->SetDeadline(job.deadline);
    RETURN_IF_ERROR(session->Begin());
    absl::Status status = (*job.alone)(*session);
    if (status.ok()) status = session->Commit();
    if (!status.ok()) session->Rollback();
    return status;
  };
  if (const absl::Status status = run(); !status.ok()) job.reply = status;
  job.Enter(Job::State::kDone);
}

void Lanes::RunJobs(Lane& lane, const Jobs& jobs) {
  const Deadline now = std::chrono::steady_clock::now();
  Deadline latest = now;
  for (const auto& job : jobs) latest = std::max(latest, job->deadline);
  latest = std::min(latest, now + kLongestCommit);

  Jobs ran;
  absl::Status status;
  if (absl::StatusOr<SessionPtr> session = engine_.Writer(jobs.front()->landscape, latest); session.ok()) {
    (*session)->SetDeadline(latest);
    Batch batch(**session, engine_.dialect(), types_, jobs.front()->landscape, options_.clock->Now());
    status = RunBatch(lane, batch, **session, jobs, ran);
    // Words that were thought to be stored may not be; the row numbers may go on with a gap.
    if (!status.ok()) lane.memory.known_words.clear();
    if (status.ok() && batch.exists()) revisions_.Announce(batch.landscape(), batch.revision());
  } else {
    status = session.status();
    for (const auto& job : jobs) {
      if (job->Start()) ran.push_back(job);
    }
  }
  for (const auto& job : ran) {
    // A job that failed by itself keeps its own reason.
    if (!status.ok() && job->reply.ok())
      job->reply = ReasonOf(status) == Reason::INTERNAL_ERROR ? status : Unavailable();
    job->Enter(Job::State::kDone);
  }
}

absl::Status Lanes::LoadReplies(Batch& batch, const Jobs& jobs) const {
  if (!engine_.dialect().is_postgres || !batch.exists()) return absl::OkStatus();
  std::map<std::string_view, std::vector<std::string_view>> by_principal;
  for (const auto& job : jobs) {
    if (!job->request_id.empty()) by_principal[job->principal].push_back(job->request_id);
  }
  for (const auto& [principal, request_ids] : by_principal) {
    if (request_ids.size() > 1) RETURN_IF_ERROR(batch.LoadReplies(principal, request_ids));
  }
  return absl::OkStatus();
}

absl::Status Lanes::RunBatch(Lane& lane, Batch& batch, Session& session, const Jobs& jobs, Jobs& ran) {
  absl::Status status = session.Begin();
  if (status.ok()) status = batch.ReadHead();
  if (status.ok()) status = LoadReplies(batch, jobs);
  for (const auto& job : jobs) {
    if (!job->Start()) continue;
    ran.push_back(job);
    if (status.ok() && !batch.failed()) {
      session.SetDeadline(std::min(job->deadline, std::chrono::steady_clock::now() + kLongestCommit));
      RunJob(batch, *job);
    } else if (job->reply.ok()) {
      job->reply = Unavailable();
    }
    job->Enter(Job::State::kStoring);
  }
  session.SetDeadline(std::chrono::steady_clock::now() + kLongestCommit);
  if (status.ok() && batch.failed()) status = Unavailable();
  if (status.ok() && !batch.outcomes().empty()) {
    status = Store(lane, batch, session);
    if (status.ok()) return status;
  }
  session.Rollback();
  return status;
}

void Lanes::RunJob(Batch& batch, Job& job) {
  const auto run = [&]() -> absl::StatusOr<std::string> {
    if (std::chrono::steady_clock::now() >= job.deadline) return Error(Reason::DEADLINE_PASSED);
    if (!batch.exists() && !job.options.create_landscape) {
      return Error(Reason::UNKNOWN_LANDSCAPE, {{"landscape", job.landscape}});
    }
    if (batch.exists() && !job.request_id.empty()) {
      ASSIGN_OR_RETURN(std::optional<EarlierReply> earlier, batch.FindReply(job.principal, job.request_id));
      if (earlier.has_value()) {
        if (earlier->fingerprint != job.fingerprint) {
          return Error(Reason::REQUEST_ID_REUSED, {{"request_id", job.request_id}});
        }
        job.revision = earlier->revision;
        return std::move(earlier->reply);
      }
    }
    if (job.options.create_landscape) {
      if (!batch.exists()) RETURN_IF_ERROR(batch.CreateHead());
      if (batch.exists()) return Error(Reason::ALREADY_EXISTS, {{"name", "landscapes/" + job.landscape}});
    }
    SqlTransaction transaction(batch, *job.call);
    ASSIGN_OR_RETURN(std::string reply, (*job.body)(transaction));
    job.revision = batch.revision();
    if (batch.failed() || transaction.discarded()) return reply;
    Outcome outcome{.answered_revision = job.revision,
                    .time = batch.now(),
                    .principal = job.principal,
                    .method = job.method,
                    .request_id = job.request_id,
                    .fingerprint = job.fingerprint,
                    .reply = job.request_id.empty() ? std::string() : reply,
                    .keep_reply = !job.request_id.empty(),
                    .changes = transaction.Finish()};
    if (!outcome.changes.empty()) {
      outcome.revision = outcome.answered_revision = job.revision = batch.revision() + 1;
    }
    if (!outcome.changes.empty() || (outcome.keep_reply && batch.exists())) batch.Add(std::move(outcome));
    return reply;
  };
  job.reply = run();
}

absl::Status Lanes::Store(Lane& lane, Batch& batch, Session& session) {
  RETURN_IF_ERROR(Prune(lane, batch, session));
  Flush flush(batch, engine_.dialect(), lane.memory);
  RETURN_IF_ERROR(flush.Run(session));
  return session.Commit();
}

absl::Status Lanes::Prune(Lane& lane, const Batch& batch, Session& session) {
  Time& last = lane.pruned[batch.landscape()];
  if (batch.now() - last < kPruneInterval) return absl::OkStatus();
  last = batch.now();
  const std::vector<Param> params = {std::string_view(batch.landscape()), ToMicros(batch.now() - kRepliesKept)};
  return session.Run("DELETE FROM requests WHERE landscape = $1 AND time < $2", params, [](const Row&) {});
}

}  // namespace allmende::store::sql
