#include "tests/support/registry_app.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>

#include <atomic>

#include "services/registry/app.h"

namespace allmende {
namespace {

using namespace registry::v1;  // NOLINT(google-build-using-namespace): the messages of the tests

constexpr const char* kService = "allmende.registry.v1.RegistryService";

std::string MessageIn(const ErrorDetail& detail, const std::string& field, Language language) {
  if (field.empty()) return MessageOf(detail, language);
  for (const FieldViolation& violation : detail.violations()) {
    if (violation.field() == field) return MessageOf(violation, language);
  }
  return {};
}

}  // namespace

RegistryApp::RegistryApp(std::map<std::string, identity::NewKey> keys) {
  keys["operator"] = {.roles = {{"*", {Role::kOperator}}}, .actors = {}, .note = "test", .expires = {}};
  app::Settings settings;
  settings.data = data_.path().string();
  settings.listen = {"127.0.0.1:0"};
  settings.log_level = "error";
  for (auto& [name, key] : keys) {
    key.expires = SystemClock().Now() + std::chrono::hours(1);
    const auto secret = identity::AddKey(settings.KeyFile(), key, SystemClock());
    if (!secret.ok()) GiveUp(Describe(secret.status()));
    secrets_[name] = secret->Reveal();
  }
  auto started = app::Application::Start(settings, {&registry::Bind});
  if (!started.ok()) GiveUp(Describe(started.status()));
  application_ = *std::move(started);
  channel_ = rpc::ChannelTo(application_->addresses().front(), kService);
  stub_ = registry::v1::RegistryService::NewStub(channel_);
}

void RegistryApp::Prepare(grpc::ClientContext& context, const std::string& key, const std::string& language) const {
  if (!key.empty()) context.AddMetadata("authorization", "Bearer " + secrets_.at(key));
  context.AddMetadata("accept-language", language);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
}

RegistryApp& RegistryTest::app() {
  static RegistryApp app;
  return app;
}

RegistryTest::RegistryTest() {
  static std::atomic<int> number = 0;
  landscape_ = "town-" + std::to_string(++number);
  CreateLandscapeRequest request;
  request.set_landscape_id(landscape_);
  request.mutable_landscape()->set_display_name("Landkreis Musterland");
  EXPECT_OK(Call(&Stub::CreateLandscape, request));
}

absl::StatusOr<Area> RegistryTest::CreateArea(const std::string& id, AreaKind kind, const std::string& name,
                                              const std::string& lies_in) {
  CreateAreaRequest request;
  request.set_parent(parent());
  request.set_area_id(id);
  request.mutable_area()->set_display_name(name);
  request.mutable_area()->set_kind(kind);
  if (!lies_in.empty()) request.mutable_area()->set_parent(Name("areas", lies_in));
  return Call(&Stub::CreateArea, request);
}

absl::StatusOr<Actor> RegistryTest::CreateActor(const std::string& id, Actor actor) {
  CreateActorRequest request;
  request.set_parent(parent());
  request.set_actor_id(id);
  if (actor.kinds().empty()) actor.add_kinds(SCHOOL);
  *request.mutable_actor() = std::move(actor);
  return Call(&Stub::CreateActor, request);
}

absl::StatusOr<Actor> RegistryTest::CreateActor(const std::string& id, const std::string& display_name) {
  Actor actor;
  actor.set_display_name(display_name);
  return CreateActor(id, std::move(actor));
}

absl::StatusOr<Site> RegistryTest::CreateSite(const std::string& id, const std::string& actor, bool main,
                                              const std::string& locality) {
  CreateSiteRequest request;
  request.set_parent(parent());
  request.set_site_id(id);
  request.mutable_site()->set_actor(Name("actors", actor));
  request.mutable_site()->set_main(main);
  request.mutable_site()->mutable_address()->set_locality(locality);
  return Call(&Stub::CreateSite, request);
}

Actor RegistryTest::GetActor(const std::string& id) {
  GetActorRequest request;
  request.set_name(Name("actors", id));
  const auto actor = Call(&Stub::GetActor, request);
  EXPECT_OK(actor);
  return actor.value_or(Actor());
}

void RegistryTest::ExpectSaid(const absl::Status& german, const absl::Status& english, Reason reason,
                              const std::string& field) {
  if (field.empty()) {
    EXPECT_THAT(german, StatusIs(reason));
  } else {
    EXPECT_THAT(german, HasViolation(field, reason));
  }
  const ErrorDetail detail = DetailOf(german);
  const std::string de = MessageIn(detail, field, Language::kGerman);
  const std::string en = MessageIn(detail, field, Language::kEnglish);
  EXPECT_NE(de, en);
  for (const std::string& text : {de, en}) {
    EXPECT_GT(text.size(), 10U) << text;
    EXPECT_THAT(text, testing::Not(testing::ContainsRegex("„“|“”|: ?\\.|  ")));
  }
  // The text that comes along is in the language that was asked for.
  EXPECT_EQ(std::string(german.message()), MessageOf(detail, Language::kGerman));
  EXPECT_EQ(std::string(english.message()), MessageOf(DetailOf(english), Language::kEnglish));
}

}  // namespace allmende
