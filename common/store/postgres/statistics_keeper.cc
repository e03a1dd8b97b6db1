#include "common/store/postgres/statistics_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "common/base/macros.h"
#include "common/store/postgres/owner.h"

namespace allmende::store::postgres {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::int64_t kEnoughRows = 500;
constexpr auto kInterval = 1s;
constexpr int kShareOfTime = 30;
constexpr auto kLimit = 60s;

}  // namespace

StatisticsKeeper::StatisticsKeeper(Secret<std::string> url, std::string schema)
    : url_(std::move(url)), schema_(std::move(schema)), thread_([this] { Run(); }) {}

StatisticsKeeper::~StatisticsKeeper() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  closing_changed_.notify_all();
  thread_.join();
}

void StatisticsKeeper::Run() {
  std::int64_t rows_seen = 0;
  steady_clock::duration pause = kInterval;
  std::unique_lock lock(mutex_);
  while (!closing_changed_.wait_for(lock, pause, [this] { return closing_; })) {
    pause = kInterval;
    const std::int64_t rows = rows_written_.load(std::memory_order_relaxed);
    if (rows - rows_seen < kEnoughRows) continue;
    lock.unlock();
    const auto start = steady_clock::now();
    if (Analyze().ok()) rows_seen = rows;
    pause = std::max<steady_clock::duration>(kInterval, kShareOfTime * (steady_clock::now() - start));
    lock.lock();
  }
}

absl::Status StatisticsKeeper::Analyze() const {
  ASSIGN_OR_RETURN(Owner owner, Owner::Connect(url_, steady_clock::now() + kLimit));
  ASSIGN_OR_RETURN(const std::string tables,
                   owner.Run(fmt::format("SELECT string_agg(format('%I.%I', schemaname, tablename), ', ')"
                                         " FROM pg_tables WHERE schemaname = '{}'",
                                         schema_)));
  if (tables.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(owner.Run("ANALYZE " + tables).status());
  return owner
      .Run(fmt::format("SELECT sum(gin_clean_pending_list(i.indexrelid))::text FROM pg_index i"
                       " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam"
                       " WHERE a.amname = 'gin' AND c.relnamespace = '{}'::regnamespace",
                       schema_))
      .status();
}

}  // namespace allmende::store::postgres
