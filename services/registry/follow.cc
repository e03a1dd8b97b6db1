#include "services/registry/follow.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/name.h"
#include "services/registry/resources.h"
#include "services/registry/rules/actor.h"
#include "services/registry/rules/area.h"
#include "services/registry/rules/area_keys.h"
#include "services/registry/rules/checks.h"
#include "services/registry/rules/site.h"

namespace allmende::registry {
namespace {

using store::Transaction;
using store::Value;

constexpr int kAll = std::numeric_limits<int>::max();

std::string IdOf(std::string_view name) {
  const std::optional<resource::Name> parsed = resource::ParseName(name);
  return parsed ? parsed->id : std::string();
}

// Null where `name` is no name of this type or nothing has it.
template <typename T>
absl::StatusOr<std::shared_ptr<const T>> FindNamed(Transaction& tx, const store::ResourceSpec<T>& type,
                                                   std::string_view name) {
  const std::optional<resource::Name> parsed = resource::ParseName(name);
  if (!parsed || parsed->collection != type.collection || parsed->landscape != tx.landscape()) return nullptr;
  ASSIGN_OR_RETURN(std::shared_ptr<const store::Message> found, tx.Find(type, parsed->id));
  return std::static_pointer_cast<const T>(std::move(found));
}

// ---- area keys in place of names ----

// The day whose boundaries are meant: the landscape's territorial status, or today.
absl::StatusOr<std::chrono::sys_days> TerritorialDay(Transaction& tx) {
  ASSIGN_OR_RETURN(const v1::Landscape landscape, tx.Get(kLandscapes, tx.landscape()));
  const auto chosen = DayOf(landscape.settings().territorial_status());
  return chosen.value_or(std::chrono::floor<std::chrono::days>(tx.now()));
}

bool IsValidOn(const v1::AreaKey& key, std::chrono::sys_days day) {
  const auto first = DayOf(key.valid_from());
  const auto last = DayOf(key.valid_to());
  return (!first || *first <= day) && (!last || day <= *last);
}

v1::AreaKind KindWithDigits(std::size_t digits) {
  for (const v1::AreaKind kind : {v1::LAND, v1::GOVERNMENT_REGION, v1::KREIS, v1::GEMEINDEVERBAND}) {
    if (KeyDigits(v1::AreaKey::ARS, kind) == static_cast<int>(digits)) return kind;
  }
  return v1::GEMEINDE;
}

// "05111000 (Düsseldorf)", or only the key where no area has it.
absl::StatusOr<std::string> WithName(Transaction& tx, std::string_view key) {
  ASSIGN_OR_RETURN(std::shared_ptr<const store::Message> found, tx.Find(kAreas, key));
  if (found == nullptr) return std::string(key);
  return fmt::format("{} ({})", key, static_cast<const v1::Area&>(*found).display_name());
}

// What was probably meant by a key: what took its place, or the nearest one of the same kind. The id of an area of the
// official list is its key.
absl::StatusOr<std::string> HintFor(Transaction& tx, std::string_view text, const v1::AreaKey* expired) {
  if (expired != nullptr && expired->successors_size() > 0) return WithName(tx, expired->successors(0));
  const std::string kind = v1::AreaKind_Name(KindWithDigits(DigitsOf(text).size()));
  ASSIGN_OR_RETURN(std::vector<std::string> ids, tx.FindIds(kAreas, "kind", Value(kind), kAll));
  std::ranges::sort(ids);
  const std::string nearest = NearestKey(text, std::vector<std::string_view>(ids.begin(), ids.end()));
  return nearest.empty() ? nearest : WithName(tx, nearest);
}

// Of an ARS, the AGS (and so the area's id) is the first five and the last three digits.
std::string IdOfKey(std::string_view digits) {
  return digits.size() == 12 ? fmt::format("{}{}", digits.substr(0, 5), digits.substr(9)) : std::string(digits);
}

// Puts the area's name in place of its key.
absl::Status ResolveArea(Transaction& tx, std::string_view field, std::string& area) {
  if (area.empty() || area.starts_with("landscapes/")) return absl::OkStatus();
  std::string_view text = area;
  for (const std::string_view scheme : {"AGS:", "ARS:"}) {
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  }
  ASSIGN_OR_RETURN(const std::chrono::sys_days day, TerritorialDay(tx));
  const std::string digits = DigitsOf(text);
  ASSIGN_OR_RETURN(std::shared_ptr<const store::Message> found, tx.Find(kAreas, IdOfKey(digits)));
  const v1::AreaKey* expired = nullptr;
  if (found != nullptr) {
    for (const v1::AreaKey& key : static_cast<const v1::Area&>(*found).keys()) {
      if (key.value() != digits) continue;
      if (IsValidOn(key, day)) {
        area = static_cast<const v1::Area&>(*found).name();
        return absl::OkStatus();
      }
      expired = &key;
    }
  }
  ASSIGN_OR_RETURN(std::string hint, HintFor(tx, text, expired));
  return FieldError(std::string(field), Reason::UNKNOWN_AREA_KEY,
                    {{"value", area}, {"date", ToString(day)}, {"hint", std::move(hint)}});
}

// ---- what lies in what ----

// The ids of an area and of everything it lies in, the nearest first.
absl::StatusOr<std::vector<std::string>> Chain(Transaction& tx, const std::string& area) {
  std::vector<std::string> chain;
  ASSIGN_OR_RETURN(const std::shared_ptr<const v1::Area> found, FindNamed(tx, kAreas, area));
  if (found == nullptr) return chain;
  chain.push_back(IdOf(area));
  chain.insert(chain.end(), found->within().begin(), found->within().end());
  return chain;
}

template <typename T>
absl::Status SetWithin(Transaction& tx, const std::string& area, T& resource) {
  ASSIGN_OR_RETURN(const std::vector<std::string> chain, Chain(tx, area));
  resource.mutable_within()->Assign(chain.begin(), chain.end());
  return absl::OkStatus();
}

// Stores everything of `type` whose `column` is `name` once more, so that it is completed anew.
absl::Status Refresh(Transaction& tx, const store::ResourceType& type, std::string_view column,
                     const std::string& name) {
  ASSIGN_OR_RETURN(const std::vector<std::string> ids, tx.FindIds(type, column, Value(name), kAll));
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const store::Message> resource, tx.Find(type, id));
    if (resource != nullptr) RETURN_IF_ERROR(tx.Replace(type, id, *resource).status());
  }
  return absl::OkStatus();
}

void FillSource(std::string& source) {
  if (source.empty()) source = "manual";
}

// The other sites of the actor are main no longer.
absl::Status TakeMainFromOthers(Transaction& tx, const v1::Actor& actor, const std::string& main) {
  for (const v1::SitePlace& place : actor.sites()) {
    if (place.site() == main) continue;
    ASSIGN_OR_RETURN(const std::shared_ptr<const v1::Site> found, FindNamed(tx, kSites, place.site()));
    if (found == nullptr || !found->main()) continue;
    v1::Site other = *found;
    other.set_main(false);
    RETURN_IF_ERROR(tx.Replace(kSites, IdOf(other.name()), other).status());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CompleteArea(Transaction& tx, const v1::Area* /*before*/, v1::Area& area) {
  FillSource(*area.mutable_source());
  RETURN_IF_ERROR(ResolveArea(tx, "area.parent", *area.mutable_parent()));
  return SetWithin(tx, area.parent(), area);
}

absl::Status CompleteActor(Transaction& tx, const v1::Actor* /*before*/, v1::Actor& actor) {
  FillSource(*actor.mutable_source());
  RETURN_IF_ERROR(ResolveArea(tx, "actor.area", *actor.mutable_area()));
  return SetWithin(tx, actor.area(), actor);
}

absl::Status CompleteSite(Transaction& tx, const v1::Site* /*before*/, v1::Site& site) {
  FillSource(*site.mutable_source());
  return ResolveArea(tx, "site.area", *site.mutable_area());
}

absl::Status CheckAreaInPlace(Transaction& tx, const v1::Area& area, Violations& found) {
  CheckArea(area, found);
  ASSIGN_OR_RETURN(const std::shared_ptr<const v1::Area> parent, FindNamed(tx, kAreas, area.parent()));
  if (parent == nullptr) return absl::OkStatus();
  CheckParent(area, *parent, found);
  if (std::ranges::find(parent->within(), IdOf(area.name())) != parent->within().end()) {
    AddConflict("parent", "name", "das Gebiet läge in sich selbst", "the area would lie in itself", found);
  }
  return absl::OkStatus();
}

absl::Status CheckActorInLandscape(Transaction& tx, const v1::Actor& actor, Violations& found) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const store::Message> landscape, tx.Find(kLandscapes, tx.landscape()));
  if (landscape == nullptr) return Error(Reason::UNKNOWN_LANDSCAPE, {{"landscape", tx.landscape()}});
  ASSIGN_OR_RETURN(const std::shared_ptr<const v1::Actor> before, FindNamed(tx, kActors, actor.name()));
  CheckActor(actor, before.get(), static_cast<const v1::Landscape&>(*landscape), found);
  return absl::OkStatus();
}

absl::Status FollowArea(Transaction& tx, const v1::Area* before, const v1::Area* after) {
  if (before == nullptr || after == nullptr) return absl::OkStatus();  // nothing can lie in it
  if (std::ranges::equal(before->within(), after->within())) return absl::OkStatus();
  RETURN_IF_ERROR(Refresh(tx, kAreas, "parent", after->name()));
  return Refresh(tx, kActors, "area", after->name());
}

absl::Status FollowActor(Transaction& tx, const v1::Actor* before, const v1::Actor* after) {
  if (before == nullptr || after != nullptr) return absl::OkStatus();
  for (const v1::SitePlace& place : before->sites()) {
    RETURN_IF_ERROR(tx.Remove(kSites, IdOf(place.site())));
  }
  return absl::OkStatus();
}

absl::Status FollowSite(Transaction& tx, const v1::Site* before, const v1::Site* after) {
  const v1::Site& site = after != nullptr ? *after : *before;
  ASSIGN_OR_RETURN(const std::shared_ptr<const v1::Actor> found, FindNamed(tx, kActors, site.actor()));
  if (found == nullptr) return absl::OkStatus();  // it is being removed, and its sites with it
  v1::Actor actor = *found;
  const bool changed = after != nullptr ? KeepSite(site, actor) : DropSite(site.name(), actor);
  if (changed) RETURN_IF_ERROR(tx.Replace(kActors, IdOf(actor.name()), actor).status());
  return after != nullptr && site.main() ? TakeMainFromOthers(tx, actor, site.name()) : absl::OkStatus();
}

}  // namespace allmende::registry
