// The registry's table of contents: one line per RPC, saying whose handler answers it. What surrounds a handler
// (rights, deadline, limits, idempotency) follows from the proto.
#pragma once

#include "allmende/registry/v1/registry_service.grpc.pb.h"
#include "common/rpc/service.h"
#include "common/standard/standard_methods.h"
#include "services/registry/handlers/actor_search.h"
#include "services/registry/handlers/import.h"
#include "services/registry/handlers/sites.h"
#include "services/registry/handlers/watching.h"

namespace allmende::registry {

// Everything that answers calls; must live until the engine is gone.
struct Handlers {
  explicit Handlers(store::Store& store);

  standard::StandardMethods standard;
  ActorSearch search;
  SiteHandlers sites;
  ImportHandlers imports;
  Watching watching;
};

class RegistryService final : public rpc::ServiceOf<v1::RegistryService> {
 public:
  RegistryService(rpc::CallEngine& engine, Handlers& handlers) : ServiceOf(engine), handlers_(handlers) {}

  using Context = rpc::Context;
  using Unary = rpc::Unary;
  using Empty = google::protobuf::Empty;
  using Standard = standard::StandardMethods;
  using Changes = rpc::Writes<type::v1::WatchResponse>;
  using WatchRequest = type::v1::WatchRequest;
  using HistoryRequest = type::v1::ListHistoryRequest;
  using HistoryResponse = type::v1::ListHistoryResponse;

  // ---- landscapes ----
  Unary* GetLandscape(Context* c, const v1::GetLandscapeRequest* q, v1::Landscape* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::Get);
  }
  Unary* ListLandscapes(Context* c, const v1::ListLandscapesRequest* q, v1::ListLandscapesResponse* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::List);
  }
  Unary* CreateLandscape(Context* c, const v1::CreateLandscapeRequest* q, v1::Landscape* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::Create);
  }
  Unary* UpdateLandscape(Context* c, const v1::UpdateLandscapeRequest* q, v1::Landscape* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::Update);
  }
  Unary* DeleteLandscape(Context* c, const v1::DeleteLandscapeRequest* q, Empty* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::Delete);
  }

  // ---- areas ----
  Unary* GetArea(Context* c, const v1::GetAreaRequest* q, v1::Area* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::Get);
  }
  Unary* ListAreas(Context* c, const v1::ListAreasRequest* q, v1::ListAreasResponse* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::List);
  }
  Unary* BatchGetAreas(Context* c, const v1::BatchGetAreasRequest* q, v1::BatchGetAreasResponse* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::BatchGet);
  }
  Unary* CreateArea(Context* c, const v1::CreateAreaRequest* q, v1::Area* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::Create);
  }
  Unary* UpdateArea(Context* c, const v1::UpdateAreaRequest* q, v1::Area* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::Update);
  }
  Unary* DeleteArea(Context* c, const v1::DeleteAreaRequest* q, Empty* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::Delete);
  }
  Unary* ListAreaHistory(Context* c, const HistoryRequest* q, HistoryResponse* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::History);
  }
  Changes* WatchAreas(Context* c, const WatchRequest* q) override {
    return Run(c, q, &handlers_.watching, &Watching::Areas);
  }

  rpc::Reads<v1::ImportRequest>* ImportAreas(Context* c, v1::ImportResponse* r) override {
    return Run(c, r, &handlers_.imports, &ImportHandlers::ImportAreas);
  }

  // ---- actors ----
  Unary* GetActor(Context* c, const v1::GetActorRequest* q, v1::Actor* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::Get);
  }
  Unary* ListActors(Context* c, const v1::ListActorsRequest* q, v1::ListActorsResponse* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::List);
  }
  Unary* BatchGetActors(Context* c, const v1::BatchGetActorsRequest* q, v1::BatchGetActorsResponse* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::BatchGet);
  }
  Unary* CreateActor(Context* c, const v1::CreateActorRequest* q, v1::Actor* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::Create);
  }
  Unary* UpdateActor(Context* c, const v1::UpdateActorRequest* q, v1::Actor* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::Update);
  }
  Unary* DeleteActor(Context* c, const v1::DeleteActorRequest* q, Empty* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::Delete);
  }
  Unary* ListActorHistory(Context* c, const HistoryRequest* q, HistoryResponse* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::History);
  }
  Changes* WatchActors(Context* c, const WatchRequest* q) override {
    return Run(c, q, &handlers_.watching, &Watching::Actors);
  }
  Unary* SearchActors(Context* c, const v1::SearchActorsRequest* q, v1::SearchActorsResponse* r) override {
    return Run(c, q, r, &handlers_.search, &ActorSearch::SearchActors);
  }

  rpc::Reads<v1::ImportRequest>* ImportActors(Context* c, v1::ImportResponse* r) override {
    return Run(c, r, &handlers_.imports, &ImportHandlers::ImportActors);
  }

  // ---- sites ----
  Unary* GetSite(Context* c, const v1::GetSiteRequest* q, v1::Site* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::Get);
  }
  Unary* ListSites(Context* c, const v1::ListSitesRequest* q, v1::ListSitesResponse* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::List);
  }
  Unary* BatchGetSites(Context* c, const v1::BatchGetSitesRequest* q, v1::BatchGetSitesResponse* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::BatchGet);
  }
  Unary* CreateSite(Context* c, const v1::CreateSiteRequest* q, v1::Site* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::Create);
  }
  Unary* UpdateSite(Context* c, const v1::UpdateSiteRequest* q, v1::Site* r) override {
    return Run(c, q, r, &handlers_.sites, &SiteHandlers::UpdateSite);
  }
  Unary* DeleteSite(Context* c, const v1::DeleteSiteRequest* q, Empty* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::Delete);
  }
  Unary* ListSiteHistory(Context* c, const HistoryRequest* q, HistoryResponse* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::History);
  }
  Changes* WatchSites(Context* c, const WatchRequest* q) override {
    return Run(c, q, &handlers_.watching, &Watching::Sites);
  }

  // ---- imports ----
  Unary* GetImport(Context* c, const v1::GetImportRequest* q, v1::Import* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::Get);
  }
  Unary* ListImports(Context* c, const v1::ListImportsRequest* q, v1::ListImportsResponse* r) override {
    return Run(c, q, r, &handlers_.standard, &Standard::List);
  }
  Unary* ListImportPresets(Context* c, const v1::ListImportPresetsRequest* q,
                           v1::ListImportPresetsResponse* r) override {
    return Run(c, q, r, &handlers_.imports, &ImportHandlers::ListImportPresets);
  }

  // ---- the landscape as a whole ----
  Changes* WatchChanges(Context* c, const WatchRequest* q) override {
    return Run(c, q, &handlers_.watching, &Watching::Everything);
  }

 private:
  Handlers& handlers_;
};

}  // namespace allmende::registry
