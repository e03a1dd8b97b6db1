// The areas of a landscape as an import needs them: by id, by official key, by name and by postcode. Read once per
// import; the rows of an area list join in as they are taken over. Answers "which area is that?" and never guesses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "allmende/registry/v1/area.pb.h"
#include "common/base/strings.h"

namespace allmende::importing {

using registry::v1::Area;
using registry::v1::AreaKind;

// A name or postcode that is looked for.
struct AreaQuestion {
  std::string_view locality;
  std::string_view postcode;
  std::string_view within;      // the beginning of the id
  std::vector<AreaKind> kinds;  // which kinds a name may mean
};

// The one area, or the candidates between which the question does not decide. Neither: nothing fits.
struct AreaAnswer {
  std::optional<std::string> id;
  std::vector<std::string> candidates;
};

class AreaTable {
 public:
  // `today` as 20241231: keys that are not valid on that day do not count.
  explicit AreaTable(std::int32_t today) : today_(today) {}

  void Add(std::string_view id, const Area& area);
  bool Has(std::string_view id) const { return by_id_.contains(id); }
  std::size_t size() const { return areas_.size(); }
  std::int32_t today() const { return today_; }

  // The area with this official key today.
  std::optional<std::string> ByKey(std::string_view key) const;
  // What took the place of a key that is no longer valid, as "05111000 (Düsseldorf)"; else an area whose key differs
  // in its leading zero only; empty where nothing is near.
  std::string HintFor(std::string_view key) const;

  // An area is found where it alone has the name. Where several have it, or it fits without the addition in brackets
  // ("Hennstedt (Dithmarschen)"), the postcode must leave one of them. A postcode alone decides nothing: it may belong
  // to several municipalities.
  AreaAnswer ByName(const AreaQuestion& question) const;

  // "05111000 (Düsseldorf)".
  std::string Label(std::string_view id) const;

 private:
  struct Entry {
    std::string id;
    std::string display_name;
    AreaKind kind = AreaKind::AREA_KIND_UNSPECIFIED;
    std::vector<std::string> postcodes;
  };
  struct KeyEntry {
    std::uint32_t area = 0;
    std::int32_t valid_from = 0;
    std::int32_t valid_to = 0;
    std::vector<std::string> successors;
  };

  using Index = StringMap<std::vector<std::uint32_t>>;

  static bool Fits(const Entry& entry, const AreaQuestion& question);
  std::vector<const Entry*> Find(const Index& index, std::string_view key, const AreaQuestion& question) const;
  void AddName(std::string_view name, std::uint32_t area);
  const KeyEntry* ValidKey(std::string_view key) const;

  std::int32_t today_;
  std::vector<Entry> areas_;
  StringMap<std::uint32_t> by_id_;
  StringMap<std::vector<KeyEntry>> by_key_;
  Index by_name_;
  Index by_short_name_;  // without additions in brackets
  Index by_postcode_;
};

// A day as 20241231; 0 where it is not given.
std::int32_t DayNumber(const google::type::Date& date);

}  // namespace allmende::importing
