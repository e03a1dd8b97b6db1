// An import over the wire: the registry as a process would run it, a client stream, the answer and what is left of it.
#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "allmende/registry/v1/registry_service.grpc.pb.h"
#include "common/app/application.h"
#include "common/rpc/client.h"
#include "common/rpc/grpc_status.h"
#include "common/testing/matchers.h"
#include "common/testing/temporary.h"
#include "services/registry/app.h"

namespace allmende {
namespace {

using registry::v1::ImportRequest;
using registry::v1::ImportResponse;
using registry::v1::RegistryService;

constexpr const char* kService = "allmende.registry.v1.RegistryService";
constexpr std::size_t kPiece = 1'000'000;

class ImportService : public ::testing::Test {
 protected:
  void SetUp() override {
    app::Settings settings;
    settings.data = folder_.path().string();
    settings.listen = {"127.0.0.1:0"};
    settings.development = true;
    auto application = app::Application::Start(std::move(settings), {&registry::Bind});
    ASSERT_OK(application);
    application_ = *std::move(application);
    stub_ = RegistryService::NewStub(rpc::ChannelTo(application_->addresses().front(), kService));
    grpc::ClientContext context;
    registry::v1::CreateLandscapeRequest request;
    request.set_landscape_id("musterland");
    request.mutable_landscape()->set_display_name("Landkreis Musterland");
    registry::v1::Landscape landscape;
    ASSERT_OK(rpc::FromGrpc(stub_->CreateLandscape(&context, request, &landscape)));
  }

  absl::StatusOr<ImportResponse> Send(ImportRequest first, std::string_view document) {
    grpc::ClientContext context;
    context.AddMetadata("accept-language", "en");
    ImportResponse response;
    first.set_parent("landscapes/musterland");
    auto stream = stub_->ImportActors(&context, &response);
    bool writes = stream->Write(first);
    for (; writes && !document.empty(); document.remove_prefix(std::min(kPiece, document.size()))) {
      ImportRequest message;
      message.mutable_document()->set_data(std::string(document.substr(0, kPiece)));
      writes = stream->Write(message);
    }
    stream->WritesDone();
    const absl::Status status = rpc::FromGrpc(stream->Finish());
    if (!status.ok()) return status;
    return response;
  }

  TempDir folder_;
  std::unique_ptr<app::Application> application_;
  std::unique_ptr<RegistryService::Stub> stub_;
};

TEST_F(ImportService, AnswersInTheCallersLanguageAndKeepsTheImport) {
  ImportRequest first;
  first.set_source("vereine");
  first.set_mapping(R"({"target": "ACTORS", "key": [{"columns": ["Nr"]}],
      "actor": {"display_name": [{"columns": ["Name"]}], "kinds": [{"constant": "ASSOCIATION"}]}})");
  first.set_request_id("erster-import");
  ASSERT_OK_AND_ASSIGN(const ImportResponse response, Send(first, "Nr,Name\n1,Chor\n2,\n3,Turnverein\n"));
  EXPECT_EQ(response.import().counts().stored(), 2);
  ASSERT_EQ(response.refused_size(), 1);
  EXPECT_EQ(response.refused(0).message(), "“Name” must not be empty.");

  grpc::ClientContext context;
  registry::v1::GetImportRequest request;
  request.set_name("landscapes/musterland/imports/erster-import");
  request.set_min_revision(response.import().last_revision());
  registry::v1::Import import;
  ASSERT_OK(rpc::FromGrpc(stub_->GetImport(&context, request, &import)));
  EXPECT_THAT(import.counts(), EqualsProto(response.import().counts()));
  EXPECT_EQ(import.state(), registry::v1::Import::DONE);
}

TEST_F(ImportService, RefusesAMappingThatDoesNotFit) {
  ImportRequest first;
  first.set_preset("nrw-schools");
  EXPECT_THAT(Send(first, "Nr,Name\n1,Chor\n"), HasViolation("mapping", Reason::INVALID_MAPPING));
}

TEST_F(ImportService, BringsTheReportOfALongListToTheCaller) {
  const std::filesystem::path file = "../shared/data/schools/schools_nrw_2024_25.csv";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "NOT TESTED: the real lists (../shared/data) are not here";
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  ImportRequest first;
  first.set_preset("nrw-schools");
  ASSERT_OK_AND_ASSIGN(const ImportResponse response, Send(first, text.str()));
  EXPECT_EQ(response.import().counts().stored(), 5'407);
  EXPECT_GT(response.repaired_size(), 20'000) << "keys, telephone and fax numbers, and that no area is there yet";
  EXPECT_EQ(response.import().counts().repaired(), response.repaired_size());
}

}  // namespace
}  // namespace allmende
