#include "services/gateway/app.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <charconv>

#include "common/base/macros.h"
#include "common/log/log.h"
#include "common/rpc/address.h"
#include "services/gateway/handling/gateway.h"
#include "services/gateway/handling/grpc_backend.h"
#include "services/gateway/handling/grpc_door.h"
#include "services/gateway/http/server.h"
#include "services/gateway/openapi/descriptors.h"
#include "services/gateway/openapi/document.h"

namespace allmende::gateway {
namespace {

// "allmende.registry.v1.RegistryService" -> "registry": the setting that holds its address.
std::string SettingOf(const ServiceDescriptor& service) {
  const std::string package = service.file()->package().substr(std::string_view("allmende.").size());
  return package.substr(0, package.find('.'));
}

std::string AddressOf(const app::Settings& settings, const std::string& setting) {
  return setting == "registry" ? settings.registry : std::string();
}

absl::StatusOr<Channels> OpenChannels(app::Runtime& runtime, const std::vector<const ServiceDescriptor*>& services) {
  Channels channels;
  for (const ServiceDescriptor* service : services) {
    const std::string setting = SettingOf(*service);
    ASSIGN_OR_RETURN(channels[service->full_name()],
                     runtime.ChannelTo(service->full_name(), AddressOf(runtime.settings(), setting), setting));
  }
  return channels;
}

// As many as the descriptors allow, with some left for everything else.
std::size_t MaxConnections() {
  constexpr std::size_t kWanted = 4096;
  constexpr std::size_t kReserved = 256;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kWanted;
  const std::size_t possible = limit.rlim_cur > 2 * kReserved ? limit.rlim_cur - kReserved : limit.rlim_cur / 2;
  return std::min(kWanted, possible);
}

absl::StatusOr<ServerOptions> OptionsFor(const std::string& listen) {
  ASSIGN_OR_RETURN(const rpc::Address address, rpc::ParseAddress(listen));
  ServerOptions options;
  options.max_connections = MaxConnections();
  if (address.IsUnix())
    return FieldError("listen", Reason::MALFORMED, {{"value", listen}, {"expected", "127.0.0.1:8080"}});
  options.address = address.host == "localhost" ? "127.0.0.1" : address.host;
  std::from_chars(address.port.data(), address.port.data() + address.port.size(), options.port);
  return options;
}

absl::Status Start(app::Runtime& runtime, const std::vector<std::string>& listen, GrpcDoor& door) {
  const CommentedPool commented = LoadCommentedPool();
  const std::vector<const ServiceDescriptor*> services = ServicesOf(commented.files);
  ASSIGN_OR_RETURN(std::vector<Route> routes, CollectRoutes(services));
  ASSIGN_OR_RETURN(std::unique_ptr<Router> made, Router::Make(std::move(routes)));
  const Router& router = runtime.Own(std::move(made));
  ASSIGN_OR_RETURN(Channels channels, OpenChannels(runtime, services));
  door.Open(channels);
  runtime.AddCloser([&door] { door.Close(); });
  // Ends in the reverse order: servers first, then the backend, which waits for the calls that the gateway has made.
  GatewayOptions options;
  options.cache_bytes = static_cast<std::size_t>(runtime.settings().cache_mib) << 20U;
  ASSIGN_OR_RETURN(options.openapi, OpenApiDocument(commented.Services()));
  Backend& backend = runtime.Own(GrpcBackend(std::move(channels)));
  auto gateway = std::make_unique<Gateway>(std::move(options), router, services, backend, &runtime.authenticator(),
                                           runtime.metrics());
  Gateway& handler = runtime.Own(std::move(gateway));
  for (const std::string& address : listen) {
    ASSIGN_OR_RETURN(const ServerOptions server_options, OptionsFor(address));
    ASSIGN_OR_RETURN(std::unique_ptr<Server> started, Server::Start(server_options, handler));
    Server& server = runtime.Own(std::move(started));
    runtime.AddCloser([&server, limit = runtime.settings().host.drain_limit] { server.Drain(limit); });
    log::Info("http listening", {{"address", server_options.address}, {"port", server.port()}});
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Bind(app::Runtime& runtime) {
  auto door = std::make_unique<GrpcDoor>();
  runtime.OnStarted(
      [&runtime, listen = runtime.TakeListenAddresses(), &door = *door] { return Start(runtime, listen, door); });
  runtime.ServeUnknown(std::move(door));
  return absl::OkStatus();
}

}  // namespace allmende::gateway
