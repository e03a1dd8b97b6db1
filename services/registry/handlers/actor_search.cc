#include "services/registry/handlers/actor_search.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "common/base/macros.h"
#include "common/resource/field_mask.h"
#include "common/resource/filter.h"
#include "common/resource/order_by.h"
#include "common/resource/page_token.h"
#include "services/registry/resources.h"
#include "services/registry/rules/checks.h"

namespace allmende::registry {
namespace {

using v1::SearchActorsRequest;
using v1::SearchActorsResponse;

constexpr int kDefaultPageSize = 20;
constexpr int kMostFacets = 10;
constexpr int kMostSuggestions = 5;
constexpr double kMostMetres = 200'000;

void CheckCircle(const SearchActorsRequest& request, Violations& found) {
  const bool radius_given = request.radius_metres() != 0;
  if (request.has_center() && !radius_given) {
    AddConflict("radius_metres", "center", "zur Mitte fehlt der Umkreis", "the center lacks its radius", found);
  } else if (radius_given && !request.has_center()) {
    AddConflict("center", "radius_metres", "zum Umkreis fehlt die Mitte", "the radius lacks its center", found);
  } else if (request.has_center()) {
    CheckPoint("center", request.center(), found);
    if (!(request.radius_metres() >= 1 && request.radius_metres() <= kMostMetres)) {
      found.Add("radius_metres", Reason::OUT_OF_RANGE,
                {{"value", fmt::format("{}", request.radius_metres())}, {"range", fmt::format("1–{}", kMostMetres)}});
    }
  }
}

absl::StatusOr<store::Query> QueryOf(const SearchActorsRequest& request) {
  Violations found;
  CheckLength("query", request.query(), 0, 500, found);
  CheckCount("facets", request.facets_size(), kMostFacets, found);
  CheckCircle(request, found);
  RETURN_IF_ERROR(found.ToStatus());
  RETURN_IF_ERROR(resource::CheckMask(request.read_mask(), *v1::Actor::descriptor(), "read_mask"));
  store::Query query;
  ASSIGN_OR_RETURN(query.filter, resource::ParseFilter(request.filter()));
  ASSIGN_OR_RETURN(query.order, resource::ParseOrderBy(request.order_by()));
  ASSIGN_OR_RETURN(query.limit, resource::ReadPageSize(request, kDefaultPageSize));
  ASSIGN_OR_RETURN(query.cursor, resource::ReadPageToken(request));
  if (!request.query().empty()) query.text = store::TextQuery{.text = request.query(), .prefix = request.prefix()};
  if (request.has_center()) {
    query.circle =
        store::Circle{.center = {.latitude = request.center().latitude(), .longitude = request.center().longitude()},
                      .radius_metres = request.radius_metres()};
  }
  query.facets.assign(request.facets().begin(), request.facets().end());
  query.count_total = true;
  query.at.min_revision = request.min_revision();
  return query;
}

absl::Status AddHits(const store::QueryResult& result, const google::protobuf::FieldMask& mask,
                     SearchActorsResponse& response) {
  for (const store::Hit& hit : result.hits) {
    v1::ActorHit& found = *response.add_hits();
    if (!found.mutable_actor()->ParseFromString(hit.record.bytes)) return Error(Reason::INTERNAL_ERROR);
    resource::KeepOnly(mask, *found.mutable_actor());
    if (hit.distance_metres) found.set_distance_metres(*hit.distance_metres);
  }
  return absl::OkStatus();
}

void AddFacets(const SearchActorsRequest& request, const store::QueryResult& result, SearchActorsResponse& response) {
  for (int i = 0; i < request.facets_size() && i < static_cast<int>(result.facets.size()); ++i) {
    v1::Facet& facet = *response.add_facets();
    facet.set_field(request.facets(i));
    for (const store::FacetCount& count : result.facets[static_cast<std::size_t>(i)]) {
      v1::FacetValue& value = *facet.add_values();
      value.set_value(count.value);
      value.set_count(count.count);
    }
  }
}

}  // namespace

absl::StatusOr<SearchActorsResponse> ActorSearch::SearchActors(CallContext& call, const SearchActorsRequest& request) {
  ASSIGN_OR_RETURN(const store::Query query, QueryOf(request));
  ASSIGN_OR_RETURN(const store::QueryResult result, store_.Find(call, kActors, query));
  SearchActorsResponse response;
  RETURN_IF_ERROR(AddHits(result, request.read_mask(), response));
  AddFacets(request, result, response);
  response.set_total_size(result.total);
  if (!result.next_cursor.empty()) response.set_next_page_token(resource::MakePageToken(request, result.next_cursor));
  if (result.total == 0 && query.text) {
    ASSIGN_OR_RETURN(std::vector<std::string> similar,
                     store_.Suggest(call, kActors, query.text->text, kMostSuggestions));
    for (std::string& suggestion : similar) response.add_suggestions(std::move(suggestion));
  }
  return response;
}

}  // namespace allmende::registry
