// What the hop from HTTP to gRPC costs without any of our code: a bare Beast server that asks a bare gRPC callback
// server in the same process for a fixed message and answers with fixed JSON. The yardstick for the gateway.
//
//   bare_hop HTTP_PORT GRPC_PORT     serves until it is ended; gRPC answers GetActor on GRPC_PORT
#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server_builder.h>

#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include "allmende/registry/v1/registry_service.grpc.pb.h"

namespace allmende::bench {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using registry::v1::Actor;
using registry::v1::GetActorRequest;
using registry::v1::RegistryService;

const std::string& Body() {
  static const std::string body(280, 'x');
  return body;
}

class FixedRegistry final : public RegistryService::CallbackService {
  grpc::ServerUnaryReactor* GetActor(grpc::CallbackServerContext* context, const GetActorRequest* request,
                                     Actor* actor) override {
    actor->set_name(request->name());
    actor->set_display_name(Body());
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

// One call to the gRPC server; lives until its answer is there.
struct PendingCall {
  grpc::ClientContext context;
  GetActorRequest request;
  Actor reply;
};

// Asks and completes on the caller's executor. No coroutine itself: g++ 12 destroys the captures of a lambda twice when
// it is written inside a co_await.
template <typename Token>
auto AskRegistry(RegistryService::Stub& stub, Token&& token) {
  auto start = [](auto handler, RegistryService::Stub* target) {
    auto call = std::make_shared<PendingCall>();
    auto done = std::make_shared<decltype(handler)>(std::move(handler));
    call->request.set_name("landscapes/x/actors/y");
    target->async()->GetActor(&call->context, &call->request, &call->reply, [call, done](const grpc::Status&) {
      asio::post(asio::get_associated_executor(*done), [done] { (*done)(); });
    });
  };
  return asio::async_initiate<Token, void()>(start, token, &stub);
}

asio::awaitable<void> Serve(tcp::socket socket, RegistryService::Stub& stub) {
  boost::beast::tcp_stream stream(std::move(socket));
  boost::beast::flat_buffer buffer;
  constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
  while (true) {
    http::request<http::empty_body> request;
    const auto [read_error, read_bytes] = co_await http::async_read(stream, buffer, request, kToken);
    if (read_error) co_return;
    co_await AskRegistry(stub, asio::use_awaitable);
    http::response<http::string_body> response{http::status::ok, request.version()};
    response.set(http::field::content_type, "application/json");
    response.keep_alive(request.keep_alive());
    response.body() = Body();
    response.prepare_payload();
    const auto [write_error, written_bytes] = co_await http::async_write(stream, response, kToken);
    if (write_error) co_return;
  }
}

asio::awaitable<void> Accept(unsigned short port, RegistryService::Stub& stub) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::acceptor acceptor(executor, tcp::endpoint(asio::ip::address_v4::loopback(), port));
  while (true) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    asio::co_spawn(acceptor.get_executor(), Serve(std::move(socket), stub), asio::detached);
  }
}

}  // namespace
}  // namespace allmende::bench

int main(int argc, char** argv) {
  using namespace allmende::bench;  // NOLINT(google-build-using-namespace): the whole program
  if (argc != 3) {
    fmt::print(stderr, "usage: bare_hop HTTP_PORT GRPC_PORT\n");
    return 2;
  }
  const std::string address = fmt::format("127.0.0.1:{}", argv[2]);
  FixedRegistry service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  const auto stub = RegistryService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));

  asio::io_context io(2);
  asio::co_spawn(io, Accept(static_cast<unsigned short>(std::atoi(argv[1])), *stub), asio::detached);
  std::thread second([&io] { io.run(); });
  io.run();
  second.join();
}
