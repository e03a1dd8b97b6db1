// The engine while its PostgreSQL restarts, dies, hangs or throws sessions out. Nothing of ours is restarted in
// between.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include "common/store/postgres/postgres_engine.h"
#include "common/testing/matchers.h"
#include "common/testing/temporary_postgres.h"

namespace allmende {
namespace {

using std::chrono::steady_clock;
using store::postgres::OpenPostgres;
using store::sql::Engine;
using store::sql::Param;
using store::sql::Row;
using store::sql::SessionPtr;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr char kEndless[] = "SELECT COUNT(*) FROM generate_series(1, 2000000000) a";

Deadline In(steady_clock::duration time) { return steady_clock::now() + time; }

std::unique_ptr<Engine> EngineOn(const std::string& url, int sessions = 8) {
  auto engine = OpenPostgres({.url = Secret(url), .schema = "registry", .sessions = sessions});
  EXPECT_OK(engine);
  return *std::move(engine);
}

absl::Status Read(Engine& engine, Deadline deadline, std::string_view statement = "SELECT 1") {
  ASSIGN_OR_RETURN(const SessionPtr session, engine.Reader("a", deadline));
  return session->Run(statement, {}, [](const Row&) {});
}

absl::Status Write(Engine& engine, const std::string& id, Deadline deadline) {
  ASSIGN_OR_RETURN(const SessionPtr session, engine.Writer("a", deadline));
  RETURN_IF_ERROR(session->Begin());
  const Param params[] = {id};
  const absl::Status written = session->Run("INSERT INTO things VALUES ('a', $1)", params, [](const Row&) {});
  if (!written.ok()) {
    session->Rollback();
    return written;
  }
  return session->Commit();
}

class PostgresFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    ALLMENDE_SKIP_WITHOUT_POSTGRES();
    server_ = std::make_unique<TemporaryPostgres>();
    url_ = server_->NewDatabase();
    engine_ = EngineOn(url_);
    ASSERT_OK(engine_->Migrate(std::vector<std::string>{"CREATE TABLE things (landscape TEXT, id TEXT PRIMARY KEY)"}));
  }

  // Those that were acknowledged and are not there.
  std::vector<std::string> Lost(const std::vector<std::string>& acknowledged) {
    std::set<std::string> stored;
    const auto session = engine_->Reader("a", In(10s));
    EXPECT_OK((*session)->Run("SELECT id FROM things", {}, [&](const Row& row) { stored.emplace(row.Text(0)); }));
    std::vector<std::string> lost;
    std::copy_if(acknowledged.begin(), acknowledged.end(), std::back_inserter(lost),
                 [&](const std::string& id) { return !stored.contains(id); });
    return lost;
  }

  std::unique_ptr<TemporaryPostgres> server_;
  std::string url_;
  std::unique_ptr<Engine> engine_;
};

// Writers that go on whatever happens, and remember what was acknowledged.
class Load {
 public:
  explicit Load(Engine& engine, int writers = 6) {
    for (int writer = 0; writer < writers; ++writer) {
      threads_.emplace_back([this, writer, &engine](const std::stop_token& stop) { Go(engine, writer, stop); });
    }
  }

  std::vector<std::string> Stop() {
    threads_.clear();  // asks each to stop, and waits
    return acknowledged_;
  }
  // Since the last time this was asked.
  std::set<Reason> Failures() {
    const std::lock_guard lock(mutex_);
    return std::exchange(failures_, {});
  }
  std::size_t acknowledged() {
    const std::lock_guard lock(mutex_);
    return acknowledged_.size();
  }

 private:
  void Go(Engine& engine, int writer, const std::stop_token& stop) {
    for (int i = 0; !stop.stop_requested(); ++i) {
      const std::string id = fmt::format("{}-{}", writer, i);
      const absl::Status status = Write(engine, id, In(2s));
      if (!status.ok()) std::this_thread::sleep_for(1ms);
      const std::lock_guard lock(mutex_);
      status.ok() ? acknowledged_.push_back(id) : static_cast<void>(failures_.insert(ReasonOf(status)));
    }
  }

  std::mutex mutex_;
  std::vector<std::string> acknowledged_;
  std::set<Reason> failures_;
  std::vector<std::jthread> threads_;
};

TEST_F(PostgresFaults, ARestartUnderLoadIsUnavailableAndThenForgotten) {
  Load load(*engine_);
  std::this_thread::sleep_for(300ms);
  EXPECT_THAT(load.Failures(), IsEmpty());
  for (int round = 0; round < 3; ++round) {
    round % 2 == 0 ? server_->Abort() : server_->Stop();
    std::this_thread::sleep_for(100ms);
    EXPECT_THAT(load.Failures(), ElementsAre(Reason::TEMPORARILY_UNAVAILABLE));
    server_->Start();
    std::this_thread::sleep_for(300ms);
    load.Failures();
    const std::size_t before = load.acknowledged();
    std::this_thread::sleep_for(300ms);
    EXPECT_THAT(load.Failures(), IsEmpty()) << "still failing long after the server is back";
    EXPECT_GT(load.acknowledged(), before);
  }
  EXPECT_THAT(Lost(load.Stop()), IsEmpty());
}

TEST_F(PostgresFaults, NoAcknowledgedWriteIsLostWhenTheServerIsKilled) {
  Load load(*engine_);
  for (int kill = 0; kill < 10; ++kill) {
    const std::size_t before = load.acknowledged();
    std::this_thread::sleep_for(std::chrono::milliseconds(50 + 13 * kill));
    EXPECT_GT(load.acknowledged(), before) << "the kill would have hit an idle server";
    server_->Kill();
    server_->Start();
  }
  std::this_thread::sleep_for(100ms);
  const std::vector<std::string> acknowledged = load.Stop();
  EXPECT_THAT(load.Failures(), ElementsAre(Reason::TEMPORARILY_UNAVAILABLE));
  EXPECT_THAT(Lost(acknowledged), IsEmpty());
}

TEST_F(PostgresFaults, SessionsThatTheServerThrewOutAreReplacedUnnoticed) {
  for (int round = 0; round < 3; ++round) {
    ASSERT_OK(Read(*engine_, In(2s)));
    server_->Execute("postgres",
                     "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE usename = 'allmende'");
    EXPECT_OK(Write(*engine_, fmt::format("{}", round), In(2s)));
  }
}

TEST_F(PostgresFaults, EveryCallEndsAtItsDeadlineWhileTheServerHangs) {
  ASSERT_OK(Read(*engine_, In(2s)));
  server_->Pause();
  for (int call = 0; call < 10; ++call) {  // on the open session first, then while connecting
    const auto start = steady_clock::now();
    EXPECT_THAT(Read(*engine_, In(100ms)), StatusIs(Reason::DEADLINE_PASSED));
    EXPECT_LT(steady_clock::now() - start, 150ms);
  }
  server_->Resume();
  EXPECT_OK(Read(*engine_, In(2s)));
}

TEST_F(PostgresFaults, AStatementWhoseCallerGaveUpIsEndedByTheServerToo) {
  EXPECT_THAT(Read(*engine_, In(100ms), kEndless), StatusIs(Reason::DEADLINE_PASSED));
  const std::string running = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'allmende' AND state = 'active'";
  std::this_thread::sleep_for(1s);
  EXPECT_EQ(server_->Execute("postgres", running), "0");
}

TEST_F(PostgresFaults, AWriteThatWaitsForAnotherEndsAtItsDeadline) {
  const auto holder = engine_->Writer("a", In(10s));
  ASSERT_OK((*holder)->Begin());
  ASSERT_OK((*holder)->Run("INSERT INTO things VALUES ('a', 'x')", {}, [](const Row&) {}));
  const auto start = steady_clock::now();
  EXPECT_THAT(Write(*engine_, "x", In(200ms)), StatusIs(Reason::DEADLINE_PASSED));
  EXPECT_LT(steady_clock::now() - start, 250ms);
  (*holder)->Rollback();
  EXPECT_OK(Write(*engine_, "x", In(2s)));
}

TEST_F(PostgresFaults, MoreSessionsThanTheServerAllowsAreUnavailable) {
  TemporaryPostgres small({"max_connections=5", "superuser_reserved_connections=2", "max_wal_senders=0"});
  const auto engine = EngineOn(small.NewDatabase());
  ASSERT_OK(engine->Migrate(std::vector<std::string>{"CREATE TABLE things (landscape TEXT, id TEXT)"}));
  std::vector<SessionPtr> lent;
  absl::Status refused;
  while (refused.ok() && lent.size() < 8) {
    absl::StatusOr<SessionPtr> session = engine->Reader("a", In(2s));
    refused = session.status();
    if (session.ok()) lent.push_back(*std::move(session));
  }
  EXPECT_THAT(refused, StatusIs(Reason::TEMPORARILY_UNAVAILABLE));
  lent.clear();
  EXPECT_OK(Read(*engine, In(2s)));
}

TEST(PostgresConnecting, IsUnavailableAtOnceWhereNobodyListens) {
  const auto engine = EngineOn(fmt::format("postgresql://u:geheim@127.0.0.1:{}/d", FreePort()));
  const auto start = steady_clock::now();
  const absl::Status refused = Read(*engine, In(10s));
  EXPECT_THAT(refused, StatusIs(Reason::TEMPORARILY_UNAVAILABLE));
  EXPECT_LT(steady_clock::now() - start, 1s);
  EXPECT_EQ(MessageOf(DetailOf(refused), Language::kGerman),
            "Die Datenbank ist gerade nicht erreichbar. Es ging nichts verloren; bitte später erneut versuchen.");
}

// Accepts connections, as the kernel does for any listener, and never says a word.
class SilentListener {
 public:
  SilentListener() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(socket_, 16), 0);
  }
  ~SilentListener() { close(socket_); }
  SilentListener(const SilentListener&) = delete;
  SilentListener& operator=(const SilentListener&) = delete;
  int port() const { return port_; }

 private:
  int port_ = FreePort();
  int socket_;
};

TEST(PostgresConnecting, IsGivenUpAfterFiveSecondsOrAtTheDeadlineWhereNothingAnswers) {
  const SilentListener listener;
  const auto engine = EngineOn(fmt::format("postgresql://u@127.0.0.1:{}/d", listener.port()));
  auto start = steady_clock::now();
  EXPECT_THAT(Read(*engine, In(100ms)), StatusIs(Reason::DEADLINE_PASSED));
  EXPECT_LT(steady_clock::now() - start, 150ms);
  start = steady_clock::now();
  EXPECT_THAT(Read(*engine, Deadline::max()), StatusIs(Reason::TEMPORARILY_UNAVAILABLE));
  EXPECT_LT(steady_clock::now() - start, 6s);
}

}  // namespace
}  // namespace allmende
