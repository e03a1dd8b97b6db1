// How the same organisation looks in a second list: abbreviated, without umlauts, with a slip of the finger, under
// another word order. What was done is named, so that a truth file can say why two entries are one.
#pragma once

#include <string>
#include <vector>

#include "allmende/type/v1/values.pb.h"
#include "services/allmende/demo/dice.h"

namespace allmende::demo {

struct Variation {
  std::string text;
  std::vector<std::string> what;  // "abbreviated", "no umlauts", "typing error", "town first", "no legal form"
};

// One or two typical changes of a name; never the same text as before.
Variation VaryName(const std::string& name, const std::string& town, Dice& dice);

// "Bahnhofstraße" -> "Bahnhofstr." and its like; the house number is lost now and then.
void VaryAddress(type::v1::Address& address, Dice& dice);

}  // namespace allmende::demo
