// The demo landscape: fictional, and the same for the same seed on every machine. One Kreis after the other, so that a
// landscape a thousand times as large needs no more memory than one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "allmende/registry/v1/actor.pb.h"
#include "allmende/registry/v1/area.pb.h"
#include "allmende/registry/v1/landscape.pb.h"
#include "allmende/registry/v1/site.pb.h"

namespace allmende::demo {

// Two entries that are the same organisation.
struct TruthPair {
  std::string first;   // full name of the entry recorded first
  std::string second;  // full name of the one recorded again
  std::string why;     // what the second list did to the name
};

// What a Kreis adds to the landscape; whatever is referred to comes before what refers to it, and sites are in the
// order of their actors.
struct Kreis {
  std::vector<registry::v1::Area> areas;
  std::vector<registry::v1::Actor> actors;
  std::vector<registry::v1::Site> sites;
  std::vector<TruthPair> truth;
};

// `number` counts from 0; the first is the same whatever the scale.
Kreis MakeKreis(const std::string& landscape, std::uint64_t seed, int number);

// The truth as CSV with a header line.
std::string TruthHeader();
std::string ToCsvLine(const TruthPair& pair);

}  // namespace allmende::demo
