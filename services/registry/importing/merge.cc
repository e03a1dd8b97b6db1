#include "services/registry/importing/merge.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace allmende::importing {
namespace {

using google::protobuf::util::MessageDifferencer;
using registry::v1::Actor;
using registry::v1::Area;
using registry::v1::Site;
using type::v1::Channel;
using type::v1::Identifier;

// Takes a text over unless it is empty.
bool MergeText(const std::string& from, const std::string& stored, std::string* into) {
  if (from.empty() || from == stored) return false;
  *into = from;
  return true;
}

template <typename Values>
bool MergeList(const Values& from, Values& into) {
  bool changed = false;
  for (const auto& value : from) {
    if (std::find(into.begin(), into.end(), value) != into.end()) continue;
    *into.Add() = value;
    changed = true;
  }
  return changed;
}

// A message is taken over as a whole where it is given and different. `into` is only asked for where it is needed:
// asking makes it.
template <typename M, typename Into>
bool MergeWhole(bool given, const M& from, bool has, const M& stored, Into into) {
  if (!given || (has && MessageDifferencer::Equals(from, stored))) return false;
  *into() = from;
  return true;
}

bool MergeIdentifiers(const Actor& from, Actor& into) {
  bool changed = false;
  for (const Identifier& identifier : from.identifiers()) {
    const auto stored = std::find_if(
        into.mutable_identifiers()->begin(), into.mutable_identifiers()->end(), [&](const Identifier& other) {
          return other.scheme() == identifier.scheme() && other.agency() == identifier.agency();
        });
    if (stored == into.mutable_identifiers()->end()) {
      *into.add_identifiers() = identifier;
      changed = true;
    } else if (stored->value() != identifier.value()) {
      stored->set_value(identifier.value());
      changed = true;
    }
  }
  return changed;
}

// The values of the channels of one kind that a list may have brought: those without a note.
std::vector<std::string_view> Listed(const Actor& actor, Channel::Kind kind) {
  std::vector<std::string_view> values;
  for (const Channel& channel : actor.channels()) {
    if (channel.kind() == kind && channel.note().empty()) values.push_back(channel.value());
  }
  return values;
}

bool MergeChannels(const Actor& from, Actor& into) {
  bool changed = false;
  for (int number = Channel::PHONE; number <= Channel::SOCIAL; ++number) {
    const auto kind = static_cast<Channel::Kind>(number);
    const std::vector<std::string_view> wanted = Listed(from, kind);
    if (wanted.empty() || wanted == Listed(into, kind)) continue;
    auto& channels = *into.mutable_channels();
    channels.erase(std::remove_if(channels.begin(), channels.end(),
                                  [&](const Channel& c) { return c.kind() == kind && c.note().empty(); }),
                   channels.end());
    for (const std::string_view value : wanted) {
      Channel& channel = *into.add_channels();
      channel.set_kind(kind);
      channel.set_value(std::string(value));
    }
    changed = true;
  }
  return changed;
}

// As a whole, but ages that are known for the same number of people stay where the list has none.
bool MergePopulation(const Area& from, Area& into) {
  registry::v1::Population population = from.population();
  if (population.by_age().empty() && population.total() == into.population().total()) {
    *population.mutable_by_age() = into.population().by_age();
  }
  return MergeWhole(from.has_population(), population, into.has_population(), into.population(),
                    [&] { return into.mutable_population(); });
}

bool MergeRemarks(const Actor& from, Actor& into) {
  bool changed = false;
  for (const auto& [column, value] : from.remarks()) {
    std::string& stored = (*into.mutable_remarks())[column];
    changed = changed || stored != value;
    stored = value;
  }
  return changed;
}

}  // namespace

bool MergeActor(const Actor& from, Actor& into) {
  bool changed = MergeText(from.display_name(), into.display_name(), into.mutable_display_name());
  changed |= MergeList(from.other_names(), *into.mutable_other_names());
  changed |= MergeList(from.kinds(), *into.mutable_kinds());
  if (from.sphere() != 0 && from.sphere() != into.sphere()) {
    into.set_sphere(from.sphere());
    changed = true;
  }
  if (from.sector() != 0 && from.sector() != into.sector()) {
    into.set_sector(from.sector());
    changed = true;
  }
  if (from.legal_form() != 0 && from.legal_form() != into.legal_form()) {
    into.set_legal_form(from.legal_form());
    changed = true;
  }
  changed |= MergeIdentifiers(from, into);
  changed |= MergeText(from.description(), into.description(), into.mutable_description());
  changed |= MergeList(from.life_phases(), *into.mutable_life_phases());
  changed |= MergeList(from.topics(), *into.mutable_topics());
  changed |= MergeList(from.target_groups(), *into.mutable_target_groups());
  changed |= MergeList(from.languages(), *into.mutable_languages());
  changed |= MergeChannels(from, into);
  changed |= MergeText(from.area(), into.area(), into.mutable_area());
  changed |= MergeText(from.operator_(), into.operator_(), into.mutable_operator_());
  changed |= MergeRemarks(from, into);
  return changed;
}

bool MergeSite(const Site& from, Site& into) {
  bool changed = MergeWhole(from.has_address(), from.address(), into.has_address(), into.address(),
                            [&] { return into.mutable_address(); });
  changed |=
      MergeWhole(from.has_point(), from.point(), into.has_point(), into.point(), [&] { return into.mutable_point(); });
  changed |= MergeText(from.area(), into.area(), into.mutable_area());
  changed |= MergeText(from.accessibility(), into.accessibility(), into.mutable_accessibility());
  return changed;
}

bool MergeArea(const Area& from, Area& into) {
  bool changed = MergeText(from.display_name(), into.display_name(), into.mutable_display_name());
  changed |= MergeList(from.other_names(), *into.mutable_other_names());
  changed |= MergeText(from.parent(), into.parent(), into.mutable_parent());
  if (from.kind() != into.kind()) {
    into.set_kind(from.kind());
    changed = true;
  }
  for (const auto& key : from.keys()) {
    const bool known = std::any_of(into.keys().begin(), into.keys().end(), [&](const auto& stored) {
      return stored.scheme() == key.scheme() && stored.value() == key.value();
    });
    if (known) continue;
    *into.add_keys() = key;
    changed = true;
  }
  changed |=
      MergeWhole(from.has_point(), from.point(), into.has_point(), into.point(), [&] { return into.mutable_point(); });
  if (from.square_kilometres() > 0 && from.square_kilometres() != into.square_kilometres()) {
    into.set_square_kilometres(from.square_kilometres());
    changed = true;
  }
  changed |= MergePopulation(from, into);
  changed |= MergeList(from.postcodes(), *into.mutable_postcodes());
  return changed;
}

}  // namespace allmende::importing
