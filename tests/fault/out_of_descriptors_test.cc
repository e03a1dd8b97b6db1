// The promise of figures.md: running out of file descriptors refuses clearly, and recovers by itself within a second.
// gRPC's own listener never accepts again after this (CVE-2023-4785).
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <thread>
#include <vector>

#include "common/rpc/client.h"
#include "common/testing/child_process.h"
#include "common/testing/temporary.h"

namespace allmende {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int kDescriptors = 64;
constexpr int kConnections = 300;

class Descriptors : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(ServesWithin(seconds(5))); }
  void TearDown() override {
    CloseAll();
    child_.Signal(SIGTERM);
    EXPECT_EQ(child_.Wait(), 0) << "it drains as if nothing had happened";
  }

  // Asks over a connection of its own, as a liveness probe does.
  bool Serves() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return rpc::IsServing(grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), arguments), "",
                          milliseconds(200));
  }
  bool ServesWithin(milliseconds limit) const {
    const auto until = steady_clock::now() + limit;
    while (!Serves()) {
      if (steady_clock::now() > until) return false;
      std::this_thread::sleep_for(milliseconds(20));
    }
    return true;
  }

  int Connect() {
    const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(static_cast<std::uint16_t>(port_));
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0)
      ADD_FAILURE() << "connect failed";
    connections_.push_back(connection);
    return connection;
  }
  // Whether the server closes the connection within a second instead of letting the caller wait.
  static bool IsClosedByServer(int connection) {
    pollfd waiting{.fd = connection, .events = POLLIN, .revents = 0};
    char byte = 0;
    while (poll(&waiting, 1, 1000) > 0) {
      if (read(connection, &byte, 1) <= 0) return true;
    }
    return false;
  }
  void CloseAll() {
    for (const int connection : connections_) close(connection);
    connections_.clear();
  }

  const int port_ = FreePort();
  const std::string address_ = fmt::format("127.0.0.1:{}", port_);
  ChildProcess child_{
      {.command = {"/bin/sh", "-c",
                   fmt::format("ulimit -n {}; exec {} {}", kDescriptors, DESCRIPTOR_SERVER, address_)}}};
  std::vector<int> connections_;
};

TEST_F(Descriptors, WhenTheyRunOutCallersAreRefusedAtOnceAndAMomentLaterServedAgain) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < kConnections; ++i) Connect();
    EXPECT_TRUE(IsClosedByServer(connections_.back())) << "round " << round;
    // Descriptors of the round before may come free late; those are used up, too.
    for (int more = 0; more < kConnections && Serves(); ++more) Connect();
    EXPECT_FALSE(Serves()) << "round " << round << ": there should be no descriptor left";
    EXPECT_TRUE(child_.Running());
    CloseAll();
    EXPECT_TRUE(ServesWithin(seconds(1))) << "round " << round;
  }
}

}  // namespace
}  // namespace allmende
