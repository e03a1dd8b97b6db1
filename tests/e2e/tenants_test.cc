// Nobody sees or touches another landscape. Every method of the registry, found in its descriptor, is called over gRPC
// as every role, for the caller's own landscape and for a foreign one; what must come of it is read off the table of
// grants. The foreign landscape holds a word that occurs nowhere else, and no answer to anybody else may contain it.
#include <gmock/gmock.h>
#include <google/api/annotations.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "allmende/registry/v1/registry_service.pb.h"
#include "common/identity/grants.h"
#include "tests/support/registry_app.h"

namespace allmende {
namespace {

using namespace registry::v1;  // NOLINT(google-build-using-namespace): the messages of the tests
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using identity::Reach;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kOwn = "own-town";
constexpr std::string_view kForeign = "foreign-town";
constexpr const char* kCanary = "Geheimwort7f3k9";

// Whose key, and what the table of grants knows of it.
struct Caller {
  std::string key;
  std::optional<Role> role;  // none: nobody
};

const std::vector<Caller>& Callers() {
  static const std::vector<Caller> callers = {{"", std::nullopt},
                                              {"public", Role::kPublic},
                                              {"representative", Role::kRepresentative},
                                              {"editor", Role::kEditor},
                                              {"moderator", Role::kModerator},
                                              {"admin", Role::kAdmin},
                                              {"integration", Role::kIntegration},
                                              {"own-operator", Role::kOperator}};
  return callers;
}

// Two landscapes with the same ids in them.
class Towns {
 public:
  static Towns& Get() {
    static Towns towns;
    return towns;
  }
  RegistryApp& app() { return app_; }

 private:
  static std::map<std::string, identity::NewKey> Keys() {
    std::map<std::string, identity::NewKey> keys;
    for (const Caller& caller : Callers()) {
      if (!caller.role) continue;
      keys[caller.key].roles = {{std::string(kOwn), {*caller.role}}};
      keys[caller.key].note = "test";
    }
    keys["representative"].actors = {"landscapes/own-town/actors/mine"};
    return keys;
  }

  Towns() : app_(Keys()) {
    Fill(std::string(kOwn), "Offen");
    Fill(std::string(kForeign), kCanary);
  }

  void Fill(const std::string& town, const std::string& word) {
    using Stub = RegistryApp::Stub;
    CreateLandscapeRequest landscape;
    landscape.set_landscape_id(town);
    landscape.mutable_landscape()->set_display_name(word);
    EXPECT_OK(app_.Call(&Stub::CreateLandscape, landscape));
    CreateAreaRequest area;
    area.set_parent("landscapes/" + town);
    area.set_area_id("mine");
    area.mutable_area()->set_display_name(word);
    area.mutable_area()->set_kind(DISTRICT);
    EXPECT_OK(app_.Call(&Stub::CreateArea, area));
    for (const char* id : {"mine", "other"}) {
      CreateActorRequest actor;
      actor.set_parent("landscapes/" + town);
      actor.set_actor_id(id);
      actor.mutable_actor()->set_display_name(word);
      actor.mutable_actor()->add_kinds(ASSOCIATION);
      EXPECT_OK(app_.Call(&Stub::CreateActor, actor));
      CreateSiteRequest site;
      site.set_parent("landscapes/" + town);
      site.set_site_id(id);
      site.mutable_site()->set_actor("landscapes/" + town + "/actors/" + id);
      site.mutable_site()->set_display_name(word);
      EXPECT_OK(app_.Call(&Stub::CreateSite, site));
    }
  }

  RegistryApp app_;
};

struct Outcome {
  absl::Status status;
  std::string bytes;  // all that came back; of a stream of changes the first message

  bool Denied() const {
    const Reason reason = ReasonOf(status);
    return reason == Reason::NOT_ALLOWED || reason == Reason::NOT_AUTHENTICATED;
  }
};

// Any method, by its descriptor alone.
class AnyCall {
 public:
  AnyCall(const MethodDescriptor& method, const std::string& key) : stub_(Towns::Get().app().channel()) {
    Towns::Get().app().Prepare(context_, key);
    call_ = stub_.PrepareCall(&context_, "/" + method.service()->full_name() + "/" + method.name(), &queue_);
    endless_ = method.server_streaming();
  }

  Outcome Run(const Message& request) {
    Outcome outcome;
    const grpc::Slice slice(request.SerializeAsString());
    call_->StartCall(nullptr);
    bool ok = Done();
    if (ok) {
      call_->Write(grpc::ByteBuffer(&slice, 1), nullptr);
      ok = Done();
    }
    if (ok) {
      call_->WritesDone(nullptr);
      Done();
    }
    grpc::ByteBuffer received;
    for (call_->Read(&received, nullptr); Done(); call_->Read(&received, nullptr)) {
      std::vector<grpc::Slice> slices;
      EXPECT_TRUE(received.Dump(&slices).ok());
      for (const grpc::Slice& part : slices)
        outcome.bytes.append(reinterpret_cast<const char*>(part.begin()), part.size());
      if (endless_) {
        context_.TryCancel();
        break;
      }
    }
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Done();
    outcome.status = rpc::FromGrpc(status);
    return outcome;
  }

 private:
  bool Done() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  grpc::GenericStub stub_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  bool endless_ = false;
};

std::vector<const MethodDescriptor*> Methods() {
  const auto* service =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName("allmende.registry.v1.RegistryService");
  std::vector<const MethodDescriptor*> methods;
  for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
  return methods;
}

// "areas" out of "/v1/{parent=landscapes/*}/areas:batchGet" and "/v1/{name=landscapes/*/areas/*}:history"; empty: the
// landscape itself.
std::string CollectionOf(const MethodDescriptor& method) {
  const auto& rule = method.options().GetExtension(google::api::http);
  const std::string path = rule.get() + rule.post() + rule.patch() + rule.delete_();
  for (const char* collection : {"areas", "actors", "sites", "imports"}) {
    if (path.find(std::string("/") + collection) != std::string::npos) return collection;
  }
  return {};
}

const FieldDescriptor* TextField(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  return field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING ? field : nullptr;
}

// A request about this landscape, and in it about the resource with this id, that changes nothing.
std::unique_ptr<Message> RequestFor(const MethodDescriptor& method, std::string_view landscape, const std::string& id) {
  const std::string parent = "landscapes/" + std::string(landscape);
  const std::string collection = CollectionOf(method);
  const std::string name = collection.empty() ? parent : parent + "/" + collection + "/" + id;
  std::unique_ptr<Message> request(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.input_type())->New());
  const auto* reflection = request->GetReflection();
  if (const auto* field = TextField(*request, "parent")) reflection->SetString(request.get(), field, parent);
  if (const auto* field = TextField(*request, "name")) reflection->SetString(request.get(), field, name);
  if (const auto* field = TextField(*request, "names")) reflection->AddString(request.get(), field, name);
  if (const auto* field = TextField(*request, "landscape_id")) {
    reflection->SetString(request.get(), field, std::string(landscape));
  }
  for (const char* trial : {"validate_only", "dry_run"}) {
    const FieldDescriptor* field = request->GetDescriptor()->FindFieldByName(trial);
    if (field != nullptr) reflection->SetBool(request.get(), field, true);
  }
  const auto& rule = method.options().GetExtension(google::api::http);
  const FieldDescriptor* body = request->GetDescriptor()->FindFieldByName(rule.body());
  if (body != nullptr && body->message_type()->FindFieldByName("display_name") != nullptr) {
    Message* resource = reflection->MutableMessage(request.get(), body);
    const auto* field = TextField(*resource, rule.patch().empty() ? "display_name" : "name");
    resource->GetReflection()->SetString(resource, field, name);
  }
  return request;
}

bool IsAboutALandscape(const Message& request) {
  for (const char* field : {"parent", "name", "landscape_id"}) {
    if (TextField(request, field) != nullptr) return true;
  }
  const std::string type = request.GetDescriptor()->name();
  return type.starts_with("Update");  // the name is in the body
}

bool MustBeAllowed(const Caller& caller, const MethodDescriptor& method, const Message& request,
                   std::string_view landscape, const std::string& id) {
  if (!caller.role) return false;
  if (IsAboutALandscape(request) && landscape != kOwn) return false;
  const auto scope = method.options().GetExtension(options::v1::policy).scope();
  const Reach reach = identity::ReachOf(*caller.role, scope);
  return reach == Reach::kLandscape || (reach == Reach::kOwnActors && id == "mine");
}

TEST(Tenants, GetExactlyWhatTheTableOfGrantsSays) {
  int calls = 0;
  int allowed = 0;
  for (const MethodDescriptor* method : Methods()) {
    for (const Caller& caller : Callers()) {
      for (const std::string_view landscape : {kOwn, kForeign}) {
        for (const std::string id : {"mine", "other"}) {
          SCOPED_TRACE(method->name() + " as " + (caller.key.empty() ? "nobody" : caller.key) + " in " +
                       std::string(landscape) + " for " + id);
          const std::unique_ptr<Message> request = RequestFor(*method, landscape, id);
          const Outcome outcome = AnyCall(*method, caller.key).Run(*request);
          const bool may = MustBeAllowed(caller, *method, *request, landscape, id);
          ++calls;
          allowed += may ? 1 : 0;
          EXPECT_EQ(!outcome.Denied(), may) << Describe(outcome.status);
          EXPECT_THAT(outcome.bytes, Not(HasSubstr(kCanary)));
          EXPECT_THAT(Describe(outcome.status), Not(HasSubstr(kCanary)));
          if (may) {
            // What was let in really arrived: a defect behind the door would hide a missing door.
            EXPECT_NE(ReasonOf(outcome.status), Reason::INTERNAL_ERROR) << Describe(outcome.status);
          } else {
            EXPECT_EQ(outcome.bytes, "");
            EXPECT_EQ(ReasonOf(outcome.status), caller.role ? Reason::NOT_ALLOWED : Reason::NOT_AUTHENTICATED);
          }
        }
      }
    }
  }
  EXPECT_GE(calls, 1000);
  EXPECT_GE(allowed, 200);
  RecordProperty("calls", calls);
}

TEST(Tenants, ReadTheCanaryWhereTheyMay) {
  // Otherwise the test above would prove nothing.
  for (const MethodDescriptor* method : Methods()) {
    const std::string& name = method->name();
    if (name != "GetActor" && name != "ListAreas" && name != "WatchSites" && name != "SearchActors") continue;
    const Outcome outcome = AnyCall(*method, "operator").Run(*RequestFor(*method, kForeign, "mine"));
    EXPECT_THAT(outcome.bytes, HasSubstr(kCanary)) << name;
  }
}

class Smuggling : public testing::Test {
 protected:
  using Stub = RegistryApp::Stub;
  template <typename Method, typename Request>
  auto AsEditor(Method method, const Request& request) {
    return Towns::Get().app().Call(method, request, "editor");
  }
  static std::string Own(const std::string& rest) { return "landscapes/own-town" + rest; }
  static std::string Foreign(const std::string& rest) { return "landscapes/foreign-town" + rest; }
};

TEST_F(Smuggling, ForeignNamesInAListOfOwnOnesIsRefused) {
  BatchGetActorsRequest request;
  request.set_parent(Own(""));
  request.add_names(Own("/actors/mine"));
  request.add_names(Foreign("/actors/mine"));
  EXPECT_THAT(AsEditor(&Stub::BatchGetActors, request), StatusIs(Reason::NOT_ALLOWED));
}

TEST_F(Smuggling, ForeignReferencesDoNotTellWhetherSomethingExists) {
  for (const char* actor : {"/actors/mine", "/actors/none"}) {
    CreateSiteRequest request;
    request.set_parent(Own(""));
    request.mutable_site()->set_actor(Foreign(actor));
    EXPECT_THAT(AsEditor(&Stub::CreateSite, request), HasViolation("site.actor", Reason::UNKNOWN_REFERENCE));
  }
}

TEST_F(Smuggling, ForeignPageTokensAreRefused) {
  ListActorsRequest request;
  request.set_parent(Foreign(""));
  request.set_page_size(1);
  ASSERT_OK_AND_ASSIGN(const ListActorsResponse page, Towns::Get().app().Call(&Stub::ListActors, request));
  request.set_parent(Own(""));
  request.set_page_token(page.next_page_token());
  EXPECT_THAT(AsEditor(&Stub::ListActors, request), HasViolation("page_token", Reason::INVALID_PAGE_TOKEN));
}

TEST_F(Smuggling, ForeignRequestIdsGetNoForeignAnswer) {
  CreateAreaRequest request;
  request.set_parent(Foreign(""));
  request.set_request_id("a-request-id-of-both");
  request.mutable_area()->set_display_name(kCanary);
  request.mutable_area()->set_kind(DISTRICT);
  ASSERT_OK(Towns::Get().app().Call(&Stub::CreateArea, request));
  request.set_parent(Own(""));
  request.mutable_area()->set_display_name("Eigenes");
  ASSERT_OK_AND_ASSIGN(const Area area, AsEditor(&Stub::CreateArea, request));
  EXPECT_EQ(area.display_name(), "Eigenes");
}

TEST_F(Smuggling, ForeignLandscapesAreNotListed) {
  ASSERT_OK_AND_ASSIGN(const ListLandscapesResponse seen, AsEditor(&Stub::ListLandscapes, ListLandscapesRequest()));
  ASSERT_EQ(seen.landscapes_size(), 1);
  EXPECT_EQ(seen.landscapes(0).name(), Own(""));
}

TEST_F(Smuggling, AFilterCannotReachOut) {
  ListActorsRequest request;
  request.set_parent(Own(""));
  request.set_filter("display_name = \"" + std::string(kCanary) + "\" OR NOT display_name = \"x\"");
  ASSERT_OK_AND_ASSIGN(const ListActorsResponse actors, AsEditor(&Stub::ListActors, request));
  for (const Actor& actor : actors.actors()) EXPECT_EQ(actor.display_name(), "Offen");
}

TEST_F(Smuggling, ARepresentativeEditsTheSitesOfItsActorOnly) {
  for (const std::string id : {"mine", "other"}) {
    UpdateSiteRequest request;
    request.mutable_site()->set_name(Own("/sites/" + id));
    request.mutable_site()->set_accessibility("Rampe");
    const auto site = Towns::Get().app().Call(&Stub::UpdateSite, request, "representative");
    if (id == "mine") {
      EXPECT_OK(site);
    } else {
      EXPECT_THAT(site, StatusIs(Reason::NOT_ALLOWED));
    }
  }
}

}  // namespace
}  // namespace allmende
