// Keeps the planner's idea of the tables fresh. PostgreSQL looks at them about once a minute; until then a freshly
// imported landscape counts as empty, and a list that takes milliseconds takes minutes. This looks every second, when
// enough was written, and spends at most a thirtieth of the time on it. Words that still wait outside their index,
// where every search reads them one by one, are put into it at the same time.
#pragma once

#include <absl/status/status.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "common/base/secret.h"

namespace allmende::store::postgres {

class StatisticsKeeper {
 public:
  StatisticsKeeper(Secret<std::string> url, std::string schema);
  ~StatisticsKeeper();
  StatisticsKeeper(const StatisticsKeeper&) = delete;
  StatisticsKeeper& operator=(const StatisticsKeeper&) = delete;

  void RowsWritten(std::int64_t rows) { rows_written_.fetch_add(rows, std::memory_order_relaxed); }

 private:
  void Run();
  absl::Status Analyze() const;

  const Secret<std::string> url_;
  const std::string schema_;
  std::atomic<std::int64_t> rows_written_ = 0;
  std::mutex mutex_;
  std::condition_variable closing_changed_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace allmende::store::postgres
