// The registry as callers meet it: all of it in this process, behind real gRPC on a free port, with keys that name
// roles.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "allmende/registry/v1/registry_service.grpc.pb.h"
#include "common/app/application.h"
#include "common/identity/key_file.h"
#include "common/rpc/client.h"
#include "common/rpc/grpc_status.h"
#include "common/testing/matchers.h"
#include "common/testing/temporary.h"

namespace allmende {

class RegistryApp {
 public:
  using Stub = registry::v1::RegistryService::Stub;
  // Name of a key to what it may do. There always is "operator", for everything.
  explicit RegistryApp(std::map<std::string, identity::NewKey> keys = {});

  Stub& stub() { return *stub_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // Metadata for a call with this key ("": none) in this language ("de", "en").
  void Prepare(grpc::ClientContext& context, const std::string& key, const std::string& language = "de") const;

  // Calls a method, as Call(&Stub::GetActor, request).
  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                             const std::type_identity_t<Request>& request, const std::string& key = "operator",
                             const std::string& language = "de") {
    grpc::ClientContext context;
    Prepare(context, key, language);
    Reply reply;
    const grpc::Status status = ((*stub_).*method)(&context, request, &reply);
    if (!status.ok()) return rpc::FromGrpc(status);
    return reply;
  }

 private:
  TempDir data_;
  std::map<std::string, std::string> secrets_;
  std::unique_ptr<app::Application> application_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Stub> stub_;
};

// A test with a landscape of its own in a registry that the whole program shares.
class RegistryTest : public ::testing::Test {
 protected:
  using Stub = RegistryApp::Stub;

  RegistryTest();

  static RegistryApp& app();
  const std::string& landscape() const { return landscape_; }
  std::string parent() const { return "landscapes/" + landscape_; }
  std::string Name(const std::string& collection, const std::string& id) const {
    return parent() + "/" + collection + "/" + id;
  }

  template <typename Method, typename Request>
  auto Call(Method method, const Request& request) {
    return app().Call(method, request);
  }

  // Refused for this reason, said in both languages without a hole in the text; `field` empty: the call as a whole.
  template <typename Method, typename Request>
  void ExpectRefused(Method method, const Request& request, Reason reason, const std::string& field = {}) {
    const auto german = app().Call(method, request, "operator", "de");
    const auto english = app().Call(method, request, "operator", "en");
    ExpectSaid(german.status(), english.status(), reason, field);
  }

  absl::StatusOr<registry::v1::Area> CreateArea(const std::string& id, registry::v1::AreaKind kind,
                                                const std::string& name, const std::string& lies_in = {});
  absl::StatusOr<registry::v1::Actor> CreateActor(const std::string& id, registry::v1::Actor actor);
  absl::StatusOr<registry::v1::Actor> CreateActor(const std::string& id, const std::string& display_name);
  absl::StatusOr<registry::v1::Site> CreateSite(const std::string& id, const std::string& actor, bool main,
                                                const std::string& locality = "Musterstadt");
  registry::v1::Actor GetActor(const std::string& id);

 private:
  static void ExpectSaid(const absl::Status& german, const absl::Status& english, Reason reason,
                         const std::string& field);
  std::string landscape_;
};

}  // namespace allmende
