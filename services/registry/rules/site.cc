#include "services/registry/rules/site.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <string>

#include "services/registry/rules/checks.h"

namespace allmende::registry {
namespace {

bool IsCountry(std::string_view country) {
  return country.size() == 2 && std::ranges::all_of(country, [](char c) { return c >= 'A' && c <= 'Z'; });
}

void CheckAddress(const type::v1::Address& address, Violations& found) {
  CheckLength("address.street", address.street(), 0, 200, found);
  CheckLength("address.house_number", address.house_number(), 0, 30, found);
  CheckLength("address.locality", address.locality(), 0, 200, found);
  CheckLength("address.district", address.district(), 0, 200, found);
  CheckLength("address.addition", address.addition(), 0, 200, found);
  if (!address.country().empty() && !IsCountry(address.country())) {
    found.Add("address.country", Reason::MALFORMED,
              Both("expected", "zwei Buchstaben nach ISO 3166-1, z. B. DE", "two letters of ISO 3166-1, such as DE",
                   {{"value", address.country()}}));
  }
  const bool german = address.country().empty() || address.country() == "DE";
  if (german && !address.postcode().empty()) {
    CheckGermanPostcode("address.postcode", address.postcode(), found);
  } else {
    CheckLength("address.postcode", address.postcode(), 0, 20, found);
  }
}

auto Find(std::string_view site_name, v1::Actor& actor) {
  return std::ranges::find(*actor.mutable_sites(), site_name,
                           [](const v1::SitePlace& place) { return std::string_view(place.site()); });
}

}  // namespace

void CheckSite(const Site& site, Violations& found) {
  CheckLength("display_name", site.display_name(), 0, 200, found);
  if (site.has_address()) CheckAddress(site.address(), found);
  if (site.has_point()) CheckPoint("point", site.point(), found);
  CheckLength("accessibility", site.accessibility(), 0, 1000, found);
  CheckLength("source", site.source(), 0, 100, found);
}

bool KeepSite(const Site& site, v1::Actor& actor) {
  const v1::Actor before = actor;
  auto place = Find(site.name(), actor);
  if (place == actor.mutable_sites()->end()) {
    actor.add_sites()->set_site(site.name());
    place = actor.mutable_sites()->end() - 1;
  }
  place->clear_address();
  place->clear_point();
  if (site.has_address()) *place->mutable_address() = site.address();
  if (site.has_point()) *place->mutable_point() = site.point();
  if (site.main()) std::rotate(actor.mutable_sites()->begin(), place, place + 1);
  return !google::protobuf::util::MessageDifferencer::Equals(before, actor);
}

bool DropSite(std::string_view site_name, v1::Actor& actor) {
  const auto place = Find(site_name, actor);
  if (place == actor.mutable_sites()->end()) return false;
  actor.mutable_sites()->erase(place);
  return true;
}

}  // namespace allmende::registry
