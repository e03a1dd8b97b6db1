// What the actors of the demo are like, kind by kind: how many there are in a Kreis of 160,000 people, how they are
// called, who runs them, and which codes fit. Data, read by actors.cc.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "allmende/registry/v1/actor.pb.h"
#include "allmende/registry/v1/landscape.pb.h"

namespace allmende::demo {

// Who runs an actor of this kind.
enum class RunBy { kNobody, kMunicipality, kKreis, kParish, kProvider, kWelfare, kMixed };

struct Trade {
  registry::v1::ActorKind kind = registry::v1::OTHER;
  int per_kreis = 0;
  registry::v1::Sphere sphere = registry::v1::EXTERNAL;
  registry::v1::Sector sector = registry::v1::CIVIL_SOCIETY;
  registry::v1::LegalForm legal_form = registry::v1::LEGAL_FORM_UNSPECIFIED;
  RunBy run_by = RunBy::kNobody;
  int branch_sites = 0;                     // at most so many besides the main site
  std::string_view identifier_scheme = {};  // "" for none
  // With {placeholders} of words.h, {town} and {kreis}.
  std::vector<std::string_view> names;
  std::vector<std::string_view> life_phases;
  std::vector<std::string_view> topics;
  std::vector<std::string_view> target_groups;
  std::string_view description;
};

// Those that run others come before those that are run.
const std::vector<Trade>& Trades();

// The landscape itself with its code lists; every code that Trades uses is in them.
registry::v1::Landscape MakeLandscape();

}  // namespace allmende::demo
