#include "common/store/postgres/connection.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "common/base/macros.h"
#include "common/log/log.h"
#include "common/status/error.h"
#include "common/store/postgres/driver_error.h"

namespace allmende::store::postgres {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kConnectLimit = 5s;
constexpr int kText = 0;
constexpr int kBinary = 1;

// The driver's messages end in a line break and may have several lines.
std::string OneLine(const char* message) {
  std::string line(message);
  while (!line.empty() && line.back() == '\n') line.pop_back();
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

// Notices are for people at a prompt.
void Ignore(void* /*context*/, const PGresult* /*notice*/) {}

}  // namespace

absl::Status DriverParams::Encode(std::span<const sql::Param> params) {
  constexpr std::size_t kLongestNumber = 32;
  std::size_t needed = 0;
  for (const sql::Param& param : params) {
    const auto* text = std::get_if<std::string_view>(&param);
    needed += text != nullptr ? text->size() + 1 : kLongestNumber;
  }
  texts_.clear();
  texts_.reserve(needed);  // so that pointers into it stay
  values_.clear();
  lengths_.clear();
  formats_.clear();
  for (const sql::Param& param : params) {
    const char* value = texts_.data() + texts_.size();
    int length = 0;
    int format = kText;
    if (std::holds_alternative<std::monostate>(param)) {
      value = nullptr;
    } else if (const auto* blob = std::get_if<sql::Blob>(&param)) {
      value = blob->bytes.empty() ? "" : blob->bytes.data();  // null would be NULL
      length = static_cast<int>(blob->bytes.size());
      format = kBinary;
    } else if (const auto* text = std::get_if<std::string_view>(&param)) {
      if (text->find('\0') != std::string_view::npos) return Refused("22021", "text with a zero byte", "");
      texts_.append(*text).push_back('\0');
    } else if (const auto* integer = std::get_if<std::int64_t>(&param)) {
      fmt::format_to(std::back_inserter(texts_), "{}", *integer);
      texts_.push_back('\0');
    } else {
      fmt::format_to(std::back_inserter(texts_), "{}", std::get<double>(param));
      texts_.push_back('\0');
    }
    values_.push_back(value);
    lengths_.push_back(length);
    formats_.push_back(format);
  }
  return absl::OkStatus();
}

bool AwaitSocket(int socket, short events, Deadline deadline) {
  while (true) {
    int wait_ms = -1;
    if (deadline != Deadline::max()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
      if (left <= 0ms) return false;
      wait_ms = static_cast<int>(std::min<std::int64_t>(left.count(), 3'600'000));
    }
    pollfd entry{.fd = socket, .events = events, .revents = 0};
    const int ready = poll(&entry, 1, wait_ms);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;  // the driver will find out what is wrong
  }
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Secret<std::string>& url, Deadline deadline) {
  const std::array<const char*, 4> keywords = {"fallback_application_name", "dbname", "client_encoding", nullptr};
  const std::array<const char*, 4> values = {"allmende", url.Reveal().c_str(), "UTF8", nullptr};
  std::unique_ptr<Connection> connection(new Connection(PQconnectStartParams(keywords.data(), values.data(), 1)));
  if (connection->connection_ == nullptr) return Unreachable("out of memory");
  RETURN_IF_ERROR(connection->Connect(deadline));
  PQsetNoticeReceiver(connection->connection_.get(), &Ignore, nullptr);
  if (PQsetnonblocking(connection->connection_.get(), 1) != 0 ||
      PQenterPipelineMode(connection->connection_.get()) != 1) {
    return Unreachable(OneLine(PQerrorMessage(connection->connection_.get())));
  }
  return connection;
}

absl::Status Connection::Connect(Deadline deadline) {
  PGconn* connection = connection_.get();
  const Deadline own_limit = steady_clock::now() + kConnectLimit;
  auto state = PQstatus(connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED) return Unreachable(OneLine(PQerrorMessage(connection)));
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!AwaitSocket(PQsocket(connection), events, std::min(deadline, own_limit))) {
      return deadline < own_limit ? Error(Reason::DEADLINE_PASSED) : Unreachable("no answer while connecting");
    }
    state = PQconnectPoll(connection);
  }
  return absl::OkStatus();
}

void Connection::Prepare(const std::string& name, const std::string& statement) {
  lost_ |= PQsendPrepare(connection_.get(), name.c_str(), statement.c_str(), 0, nullptr) != 1;
}

void Connection::ExecutePrepared(const std::string& name, const DriverParams& params) {
  lost_ |= PQsendQueryPrepared(connection_.get(), name.c_str(), params.size(), params.values(), params.lengths(),
                               params.formats(), kBinary) != 1;
}

void Connection::Execute(const std::string& statement) {
  lost_ |= PQsendQueryParams(connection_.get(), statement.c_str(), 0, nullptr, nullptr, nullptr, nullptr, kBinary) != 1;
}

void Connection::Sync() { lost_ |= PQpipelineSync(connection_.get()) != 1; }

absl::Status Connection::Lose(absl::Status status) {
  lost_ = true;
  return status;
}

absl::Status Connection::WaitForResult(Deadline deadline) {
  PGconn* connection = connection_.get();
  while (true) {
    const int unsent = PQflush(connection);
    if (unsent < 0) break;
    if (unsent == 0 && PQisBusy(connection) == 0) return absl::OkStatus();
    const short events = unsent > 0 ? POLLIN | POLLOUT : POLLIN;
    if (!AwaitSocket(PQsocket(connection), events, deadline)) return Lose(Error(Reason::DEADLINE_PASSED));
    if (PQconsumeInput(connection) != 1) break;
  }
  // The server may have said why it closed the connection: that is then the result to take.
  if (PQisBusy(connection) == 0) return absl::OkStatus();
  return Lose(Unreachable(OneLine(PQerrorMessage(connection))));
}

absl::StatusOr<Result> Connection::Take(Deadline deadline) {
  RETURN_IF_ERROR(WaitForResult(deadline));
  return Result(PQgetResult(connection_.get()));
}

absl::StatusOr<Result> Connection::Next(Deadline deadline) {
  if (lost_) return Lose(Unreachable(OneLine(PQerrorMessage(connection_.get()))));
  ASSIGN_OR_RETURN(Result result, Take(deadline));
  if (PQstatus(connection_.get()) == CONNECTION_BAD) lost_ = true;
  if (result == nullptr) return Lose(Unreachable(OneLine(PQerrorMessage(connection_.get()))));
  if (lost_ || PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) return result;
  ASSIGN_OR_RETURN(const Result end, Take(deadline));  // a statement's results end with a null one
  if (end != nullptr) return Lose(Refused("XX000", "more than one result for a statement", ""));
  return result;
}

bool Connection::Alive() {
  // An idle server says nothing unasked but that it is going away (or that a setting changed, which is rare enough).
  pollfd entry{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
  return !lost_ && poll(&entry, 1, 0) == 0;
}

}  // namespace allmende::store::postgres
