#include <algorithm>

#include "services/registry/importing/clean.h"
#include "services/registry/importing/entries.h"

namespace allmende::importing {
namespace {

using registry::v1::MappedSite;
using type::v1::Address;

constexpr std::size_t kGermanPostcodeDigits = 5;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view ColumnOf(const Ways& ways) {
  return ways.empty() || ways[0].columns().empty() ? std::string_view() : std::string_view(ways[0].columns(0));
}

// Street and house number, wherever the list has them.
void SetStreet(const Row& row, const MappedSite& mapping, Address& address) {
  const std::string street = row.Text(mapping.street());
  const std::string number = row.Text(mapping.house_number());
  const std::string_view number_column = ColumnOf(mapping.house_number());
  address.set_street(street);
  if (!number.empty() && std::none_of(number.begin(), number.end(), IsDigit)) {
    // "Parkplatz" or "Hof Vilica" says where it is all the same.
    address.set_addition(number);
    row.remarks().Repaired({number_column, number}, number,
                           "ohne Ziffer ist es keine Hausnummer, sondern ein Adresszusatz",
                           "without a digit it is no house number but an addition to the address");
  } else {
    address.set_house_number(number);
  }
  if (!address.house_number().empty() || street.empty()) return;
  const StreetAndNumber split = SplitStreet(street);
  if (split.number.empty()) return;
  address.set_street(split.street);
  address.set_house_number(split.number);
  if (mapping.house_number().empty()) return;  // the list never keeps them apart: nothing was repaired
  row.remarks().Repaired({ColumnOf(mapping.street()), street}, split.street + " | " + split.number,
                         Repair::kStreetSplit);
}

void SetPostcode(const Row& row, const MappedSite& mapping, Address& address) {
  std::string postcode = row.Text(mapping.postcode());
  const bool german = address.country().empty() || address.country() == "DE";
  const bool fits = postcode.size() == kGermanPostcodeDigits && std::all_of(postcode.begin(), postcode.end(), IsDigit);
  if (!postcode.empty() && german && !fits) {
    row.remarks().Dropped({ColumnOf(mapping.postcode()), postcode}, "eine Postleitzahl hat fünf Ziffern",
                          "a postcode has five digits");
    return;
  }
  address.set_postcode(std::move(postcode));
}

}  // namespace

std::optional<Site> MakeSite(const Row& row, const MappedSite& mapping) {
  Site site;
  Address address;
  address.set_country(row.Text(mapping.country()));
  SetStreet(row, mapping, address);
  SetPostcode(row, mapping, address);
  address.set_locality(row.Text(mapping.locality()));
  address.set_district(row.Text(mapping.district()));
  if (const std::string addition = row.Text(mapping.addition()); !addition.empty()) address.set_addition(addition);
  const bool has_address = !address.street().empty() || !address.postcode().empty() || !address.locality().empty();
  if (has_address) *site.mutable_address() = std::move(address);
  if (mapping.has_point()) {
    if (const auto point = row.Point(mapping.point())) *site.mutable_point() = *point;
  }
  site.set_accessibility(row.Text(mapping.accessibility()));
  if (!site.has_address() && !site.has_point()) return std::nullopt;
  site.set_main(true);
  return site;
}

}  // namespace allmende::importing
