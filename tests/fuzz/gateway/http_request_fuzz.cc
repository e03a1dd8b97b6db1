// Any bytes as what a caller sends: the parser finds the same requests however the bytes are cut, and the gateway
// answers each of them once, with a backend that knows everything and nothing.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/identity/key_file.h"
#include "services/gateway/handling/gateway.h"
#include "services/gateway/http/request_parser.h"
#include "tests/fuzz/fuzz.h"

using namespace allmende::gateway;  // NOLINT(google-build-using-namespace)

namespace {

class NoStream final : public ServerStream, public ClientStream {
 public:
  void Read(Next next) override { next(nullptr, absl::OkStatus()); }
  void Write(std::unique_ptr<Message> /*message*/, std::function<void(bool)> written) override { written(true); }
  void Finish(std::function<void(Reply)> done) override {
    done({allmende::Error(allmende::Reason::NOT_FOUND), nullptr, 0});
  }
  void Cancel() override {}
};

class EmptyServices final : public Backend {
 public:
  void Call(const MethodDescriptor& method, const allmende::rpc::Forwarded& /*forwarded*/,
            std::unique_ptr<Message> /*request*/, std::function<void(Reply)> done) override {
    done({absl::OkStatus(), NewMessage(*method.output_type()), 7});
  }
  std::shared_ptr<ServerStream> Open(const MethodDescriptor& /*method*/, const allmende::rpc::Forwarded& /*forwarded*/,
                                     std::unique_ptr<Message> /*request*/) override {
    return std::make_shared<NoStream>();
  }
  std::shared_ptr<ClientStream> Upload(const MethodDescriptor& /*method*/,
                                       const allmende::rpc::Forwarded& /*forwarded*/) override {
    return std::make_shared<NoStream>();
  }
  std::optional<std::string> FirstUnreachable() override { return std::nullopt; }
};

// Counts how often it is answered.
class Recorded final : public Exchange {
 public:
  Recorded(const RequestHead& head, std::string body) : head_(head), body_(std::move(body)) {}
  const RequestHead& head() const override { return head_; }
  std::string_view body() const override { return body_; }
  void ReadPiece(std::function<void(bool, std::string)> done) override { done(true, std::exchange(body_, {})); }
  void Respond(Response /*response*/) override { ++answers; }
  void BeginPieces(Response /*head*/) override {}
  void SendPiece(std::string /*piece*/, std::function<void(bool)> sent) override { sent(true); }
  void EndPieces() override { ++answers; }
  void OnGone(std::function<void()> /*gone*/) override {}
  int answers = 0;

 private:
  const RequestHead& head_;
  std::string body_;
};

Gateway& TheGateway() {
  static const std::vector<const ServiceDescriptor*> services = {
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName("allmende.registry.v1.RegistryService")};
  static const std::unique_ptr<Router> router = *Router::Make(*CollectRoutes(services));
  static EmptyServices backend;
  static const auto everybody = allmende::identity::DevelopmentAuthenticator();
  static allmende::Metrics metrics;
  static auto& gateway =
      *new Gateway({.cache_bytes = 1U << 20U, .openapi = "{}"}, *router, services, backend, everybody.get(), metrics);
  return gateway;
}

// What was understood, one line per request.
std::vector<std::string> Understood(std::string_view bytes, std::size_t step, bool answer) {
  std::vector<std::string> requests;
  RequestParser parser({.head_bytes = 2048, .body_bytes = 2048, .upload_bytes = 4096});
  std::string pending;
  std::string body;
  while (!bytes.empty() || !pending.empty()) {
    pending.append(bytes.substr(0, step));
    const bool last = bytes.size() <= step;
    bytes.remove_prefix(std::min(step, bytes.size()));
    for (std::size_t used = 1; used > 0 && !pending.empty();) {
      const auto before = parser.state();
      used = parser.Feed(pending);
      pending.erase(0, used);
      if (before == RequestParser::State::kHead && parser.has_body())
        parser.SetMode(TheGateway().ModeOf(parser.head()));
      body += parser.TakeBody();
      if (parser.state() == RequestParser::State::kBroken) {
        requests.push_back("broken " + std::to_string(parser.status()));
        return requests;
      }
      if (parser.state() != RequestParser::State::kDone) continue;
      requests.push_back(std::string(parser.head().verb()) + " " + std::string(parser.head().target()) + "\n" + body);
      if (answer) {
        const auto exchange = std::make_shared<Recorded>(parser.head(), body);
        TheGateway().Handle(exchange);
        PROMISE(exchange->answers == 1);
      }
      body.clear();
      parser.Reset();
      used = 1;
    }
    if (last) break;
  }
  return requests;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = allmende::TextOf(data, size);
  const auto whole = Understood(bytes, std::max<std::size_t>(size, 1), /*answer=*/true);
  PROMISE(Understood(bytes, 1, /*answer=*/false) == whole);
  return 0;
}
