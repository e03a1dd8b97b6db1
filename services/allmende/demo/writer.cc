#include "services/allmende/demo/writer.h"

#include <algorithm>
#include <vector>

#include "common/base/macros.h"
#include "services/allmende/demo/trades.h"

namespace allmende::demo {
namespace {

using google::protobuf::Message;

constexpr std::size_t kRecordsPerCommit = 1000;

std::string IdOf(const std::string& name) { return name.substr(name.rfind('/') + 1); }

class StoreWriter final : public Sink {
 public:
  StoreWriter(store::Store& store, std::span<const store::ResourceType* const> types, std::string landscape)
      : store_(store), types_(types.begin(), types.end()), landscape_(std::move(landscape)) {}

  absl::Status Begin(const registry::v1::Landscape& landscape) override {
    const auto& type = TypeOf("landscapes");
    return Commit([&](store::Transaction& tx) { return tx.Create(type, landscape_, landscape).status(); },
                  {.create_landscape = true});
  }
  absl::Status Add(const registry::v1::Area& area) override { return Queue("areas", area, area.name()); }
  absl::Status Add(const registry::v1::Actor& actor) override { return Queue("actors", actor, actor.name()); }
  absl::Status Add(const registry::v1::Site& site) override { return Queue("sites", site, site.name()); }
  absl::Status End() override { return Flush(); }

 private:
  struct Waiting {
    const store::ResourceType* type;
    std::string id;
    std::unique_ptr<Message> message;
  };

  const store::ResourceType& TypeOf(std::string_view collection) const {
    return **std::ranges::find(types_, collection, &store::ResourceType::collection);
  }

  absl::Status Queue(std::string_view collection, const Message& message, const std::string& name) {
    std::unique_ptr<Message> copy(message.New());
    copy->CopyFrom(message);
    waiting_.push_back({&TypeOf(collection), IdOf(name), std::move(copy)});
    return waiting_.size() < kRecordsPerCommit ? absl::OkStatus() : Flush();
  }

  absl::Status Flush() {
    if (waiting_.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(Commit([&](store::Transaction& tx) {
      for (const Waiting& record : waiting_) {
        RETURN_IF_ERROR(tx.Create(*record.type, record.id, *record.message).status());
      }
      return absl::OkStatus();
    }));
    waiting_.clear();
    return absl::OkStatus();
  }

  absl::Status Commit(absl::FunctionRef<absl::Status(store::Transaction&)> write, store::TransactOptions options = {}) {
    CallContext call;
    call.landscape = landscape_;
    call.principal.kind = Principal::Kind::kService;
    call.principal.subject = "demo";
    return store_
        .Transact(
            call,
            [&](store::Transaction& tx) -> absl::StatusOr<std::string> {
              RETURN_IF_ERROR(write(tx));
              return std::string();
            },
            options)
        .status();
  }

  store::Store& store_;
  std::vector<const store::ResourceType*> types_;
  std::string landscape_;
  std::vector<Waiting> waiting_;
};

}  // namespace

absl::StatusOr<Written> WriteDemo(const DemoOptions& options, Sink& sink,
                                  absl::FunctionRef<void(const TruthPair&)> truth,
                                  absl::FunctionRef<void(int done)> progress) {
  Written written;
  RETURN_IF_ERROR(sink.Begin(MakeLandscape()));
  for (int number = 0; number < options.scale; ++number) {
    const Kreis kreis = MakeKreis(options.landscape, options.seed, number);
    for (const auto& area : kreis.areas) RETURN_IF_ERROR(sink.Add(area));
    // Each actor with its sites, so that its entry, which repeats them, is written once and not again and again.
    auto site = kreis.sites.begin();
    for (const auto& actor : kreis.actors) {
      RETURN_IF_ERROR(sink.Add(actor));
      for (; site != kreis.sites.end() && site->actor() == actor.name(); ++site) RETURN_IF_ERROR(sink.Add(*site));
    }
    for (const TruthPair& pair : kreis.truth) truth(pair);
    written.areas += static_cast<std::int64_t>(kreis.areas.size());
    written.actors += static_cast<std::int64_t>(kreis.actors.size());
    written.sites += static_cast<std::int64_t>(kreis.sites.size());
    written.truth += static_cast<std::int64_t>(kreis.truth.size());
    progress(number + 1);
  }
  RETURN_IF_ERROR(sink.End());
  return written;
}

std::unique_ptr<Sink> StoreSink(store::Store& store, std::span<const store::ResourceType* const> types,
                                std::string landscape) {
  return std::make_unique<StoreWriter>(store, types, std::move(landscape));
}

}  // namespace allmende::demo
