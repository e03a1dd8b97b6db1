#include "services/gateway/http/server.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>
#include <vector>

#include "common/base/macros.h"
#include "common/status/error.h"
#include "services/gateway/http/connection.h"

namespace allmende::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

// A descriptor kept in reserve: where there are none left, it is given up for a moment to accept a connection and close
// it, because one that waits unaccepted would wake us for ever.
class SpareDescriptor {
 public:
  SpareDescriptor() { Take(); }
  ~SpareDescriptor() { Give(); }
  SpareDescriptor(const SpareDescriptor&) = delete;
  SpareDescriptor& operator=(const SpareDescriptor&) = delete;
  void Take() { descriptor_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
  void Give() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  int descriptor_ = -1;
};

}  // namespace

void Loop::StartSweeping() {
  sweeper_.expires_after(std::chrono::seconds(1));
  sweeper_.async_wait([this](ErrorCode ended) {
    if (ended) return;
    const auto now = std::chrono::steady_clock::now();
    for (Connection* connection : connections_) connection->CloseIfOverdue(now);
    StartSweeping();
  });
}

void Loop::Drain() {
  draining_ = true;
  for (Connection* connection : connections_) connection->Drain();
}

void Loop::CloseAll() {
  for (Connection* connection : connections_) connection->Close();
}

const std::string& Loop::DateLine() {
  if (const std::time_t now = std::time(nullptr); now != date_second_) {
    date_second_ = now;
    date_line_ = fmt::format("Date: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", fmt::gmtime(now));
  }
  return date_line_;
}

class Server::Impl {
 public:
  Impl(const ServerOptions& options, Handler& handler) : options_(options), handler_(handler) {
    for (int i = 0; i < std::max(1, options.threads); ++i) loops_.push_back(std::make_shared<Loop>());
  }

  ~Impl() { Drain(std::chrono::milliseconds(0)); }

  absl::Status Listen() {
    ErrorCode failed;
    const auto address = asio::ip::make_address(options_.address, failed);
    if (!failed) acceptor_.emplace(loops_.front()->io);
    const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(options_.port));
    if (!failed) acceptor_->open(endpoint.protocol(), failed);
    if (!failed) acceptor_->set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed) acceptor_->bind(endpoint, failed);
    if (!failed) acceptor_->listen(asio::socket_base::max_listen_connections, failed);
    if (!failed) acceptor_->non_blocking(true, failed);
    if (failed) {
      return Error(Reason::TEMPORARILY_UNAVAILABLE, {{"what", fmt::format("{}:{}", options_.address, options_.port)}});
    }
    port_ = acceptor_->local_endpoint(failed).port();
    return absl::OkStatus();
  }

  void Run() {
    asio::co_spawn(loops_.front()->io, Accept(), asio::detached);
    for (const auto& loop : loops_) {
      loop->StartSweeping();
      threads_.emplace_back([loop] {
        const auto working = asio::make_work_guard(loop->io);
        loop->io.run();
      });
    }
  }

  void Drain(std::chrono::milliseconds limit) {
    if (threads_.empty()) return;
    asio::post(loops_.front()->io, [this] {
      ErrorCode ignored;
      acceptor_->close(ignored);
    });
    for (const auto& loop : loops_) asio::post(loop->io, [loop] { loop->Drain(); });
    WaitUntilEmpty(limit);
    for (const auto& loop : loops_) asio::post(loop->io, [loop] { loop->CloseAll(); });
    WaitUntilEmpty(std::chrono::milliseconds(200));  // closed sockets let their coroutines end
    for (const auto& loop : loops_) {
      loop->closed = true;
      loop->io.stop();
    }
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  int port() const { return port_; }
  std::size_t connections() const { return *count_; }

 private:
  void WaitUntilEmpty(std::chrono::milliseconds limit) const {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (*count_ > 0 && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }

  asio::awaitable<void> Accept() {
    for (std::size_t next = 0;; ++next) {
      const std::shared_ptr<Loop>& loop = loops_[next % loops_.size()];
      auto [failed, socket] = co_await acceptor_->async_accept(loop->io, kAwait);
      if (!acceptor_->is_open()) co_return;
      if (failed) {
        co_await Recover(failed);
      } else if (*count_ >= options_.max_connections) {
        ErrorCode ignored;
        socket.non_blocking(true, ignored);
        socket.write_some(asio::buffer(kFull), ignored);
      } else {
        auto connection = std::make_shared<Connection>(loop, std::move(socket), options_, handler_, count_);
        asio::post(loop->io, [connection] { connection->Start(); });
      }
    }
  }

  asio::awaitable<void> Recover(ErrorCode failed) {
    if (failed == asio::error::no_descriptors || failed.value() == ENFILE) {
      spare_.Give();
      if (const int unlucky = ::accept4(acceptor_->native_handle(), nullptr, nullptr, SOCK_CLOEXEC); unlucky >= 0)
        ::close(unlucky);
      spare_.Take();
    }
    asio::steady_timer pause(loops_.front()->io, std::chrono::milliseconds(5));
    co_await pause.async_wait(kAwait);
  }

  const ServerOptions options_;
  Handler& handler_;
  std::vector<std::shared_ptr<Loop>> loops_;
  std::optional<tcp::acceptor> acceptor_;
  std::shared_ptr<std::atomic<std::size_t>> count_ = std::make_shared<std::atomic<std::size_t>>(0);
  SpareDescriptor spare_;
  std::vector<std::thread> threads_;
  int port_ = 0;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Handler& handler) {
  auto impl = std::make_unique<Impl>(options, handler);
  RETURN_IF_ERROR(impl->Listen());
  impl->Run();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

int Server::port() const { return impl_->port(); }
std::size_t Server::connections() const { return impl_->connections(); }
void Server::Drain(std::chrono::milliseconds limit) { impl_->Drain(limit); }

}  // namespace allmende::gateway
