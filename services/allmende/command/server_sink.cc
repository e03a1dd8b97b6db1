#include "services/allmende/command/server_sink.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

namespace allmende::command {
namespace {

using google::protobuf::Message;

class RestWriter final : public demo::Sink {
 public:
  RestWriter(HttpClient& client, std::string landscape, HttpReply& last)
      : client_(client), landscape_(std::move(landscape)), last_(last) {}

  absl::Status Begin(const registry::v1::Landscape& landscape) override {
    return Create("/v1/landscapes", "landscape_id", landscape_, landscape);
  }
  absl::Status Add(const registry::v1::Area& area) override { return AddTo("areas", "area_id", area.name(), area); }
  absl::Status Add(const registry::v1::Actor& actor) override {
    return AddTo("actors", "actor_id", actor.name(), actor);
  }
  absl::Status Add(const registry::v1::Site& site) override { return AddTo("sites", "site_id", site.name(), site); }
  absl::Status End() override { return absl::OkStatus(); }

 private:
  absl::Status AddTo(std::string_view collection, const char* id_field, const std::string& name,
                     const Message& resource) {
    return Create(fmt::format("/v1/landscapes/{}/{}", landscape_, collection), id_field,
                  name.substr(name.rfind('/') + 1), resource);
  }

  absl::Status Create(const std::string& path, const char* id_field, const std::string& id, const Message& resource) {
    std::string json;
    if (!google::protobuf::util::MessageToJsonString(resource, &json).ok()) return Error(Reason::INTERNAL_ERROR);
    last_ = client_.Post(path + QueryString({{id_field, id}}), json);
    return last_.ok() ? absl::OkStatus() : Error(Reason::TEMPORARILY_UNAVAILABLE);
  }

  HttpClient& client_;
  std::string landscape_;
  HttpReply& last_;
};

}  // namespace

std::unique_ptr<demo::Sink> ServerSink(HttpClient& client, std::string landscape, HttpReply& last) {
  return std::make_unique<RestWriter>(client, std::move(landscape), last);
}

}  // namespace allmende::command
