// The standard methods over a store on SQLite with the landscape "test", called as the call chain calls them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "allmende/registry/v1/registry_service.pb.h"
#include "common/standard/standard_methods.h"
#include "tests/contract/store_fixture.h"

namespace allmende::standard {

using namespace registry::v1;  // NOLINT: the requests and replies of a dozen methods

class StandardTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const DatabaseKind& kind : DatabaseKinds()) {
      if (kind.name == "SQLite") database_ = kind.create();
    }
    ASSERT_NE(database_, nullptr);
    ASSERT_OK_AND_ASSIGN(auto engine, database_->Open());
    ASSERT_OK_AND_ASSIGN(store_, store::sql::OpenSqlStore(std::move(engine), TestTypes(), {.clock = &clock_}));
    ASSERT_OK(CreateLandscape(*store_, "test"));
    methods_ = std::make_unique<StandardMethods>(*store_, TestTypes());
  }

  absl::StatusOr<Actor> Create(const std::string& id, const std::string& display_name) {
    CreateActorRequest request;
    request.set_parent("landscapes/test");
    request.set_actor_id(id);
    *request.mutable_actor() = NewActor(display_name);
    return Called<Actor>(&StandardMethods::Create, request);
  }
  absl::StatusOr<Actor> Get(const std::string& id) {
    GetActorRequest request;
    request.set_name(ActorName(id));
    return Called<Actor>(&StandardMethods::Get, request);
  }

  static const google::protobuf::MethodDescriptor* Method(const std::string& name) {
    return google::protobuf::DescriptorPool::generated_pool()
        ->FindServiceByName("allmende.registry.v1.RegistryService")
        ->FindMethodByName(name);
  }

  // Calls the method whose request this is: DeleteActorRequest is that of DeleteActor.
  template <typename Reply, typename Request>
  absl::StatusOr<Reply> Called(absl::Status (StandardMethods::*method)(CallContext&, const Message&, Message&),
                               const Request& request) {
    call_ = CallContext();
    call_.principal = principal_;
    const std::string& name = Request::descriptor()->name();
    call_.method = Method(name.substr(0, name.size() - std::string_view("Request").size()));
    Reply reply;
    RETURN_IF_ERROR((methods_.get()->*method)(call_, request, reply));
    return reply;
  }

  std::unique_ptr<TestDatabase> database_;
  FakeClock clock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<StandardMethods> methods_;
  Principal principal_;
  CallContext call_;  // of the call before
};

}  // namespace allmende::standard
