// What a row becomes: an actor with its main site and its operator, or an area. Pure functions from a row and a
// mapping; nothing is stored here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "allmende/registry/v1/actor.pb.h"
#include "allmende/registry/v1/area.pb.h"
#include "allmende/registry/v1/site.pb.h"
#include "services/registry/importing/area_table.h"
#include "services/registry/importing/row.h"

namespace allmende::importing {

using registry::v1::Actor;
using registry::v1::Site;

struct ActorEntry {
  std::int64_t line = 0;
  std::string id;
  Actor actor;
  std::string site_id;
  std::optional<Site> site;
  std::string operator_id;
  std::optional<Actor> runner;  // the operator, where the row names one
  std::vector<ImportRemark> notes;
};

struct AreaEntry {
  std::int64_t line = 0;
  std::string id;
  Area area;
  std::vector<ImportRemark> notes;
};

// What the rows of an import have in common.
struct EntryContext {
  std::string landscape;  // id
  std::string source;
  const AreaTable& areas;
};

// The row's key, empty where it has none (refused).
std::string KeyOf(const Row& row, const ImportMapping& mapping);

// Cells of columns that the mapping does not name.
using OtherCells = std::vector<std::pair<std::string, std::string>>;

// Refuses the row in its remarks where it makes no actor or area.
ActorEntry MakeActor(const Row& row, std::string_view key, const ImportMapping& mapping, const EntryContext& context,
                     const OtherCells& others);
AreaEntry MakeArea(const Row& row, std::string_view key, const ImportMapping& mapping, const EntryContext& context);

// The main site; absent where the row says nothing about it.
std::optional<Site> MakeSite(const Row& row, const registry::v1::MappedSite& mapping);

// Whether a text can be the id of a resource: 1 to 63 of a-z, 0-9, hyphen, dot, underscore; starts with a letter or
// digit.
bool IsResourceId(std::string_view text);

}  // namespace allmende::importing
