// The words of which the demo's names and addresses are made. Towns are fictional, telephone numbers come from the
// ranges that the Bundesnetzagentur keeps free for films, mail and web addresses end in example.org.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace allmende::demo {

using Words = std::span<const std::string_view>;

// The placeholder's words: "saint", "theme" (where a school stands), "nest" (how a Kita is called), "sport", "person",
// "street", "district", "trade", "nation". Empty for an unknown one.
Words WordsFor(std::string_view placeholder);

// The name of the n-th town of the whole demo, no two alike up to 15,000. The first twelve are those of Musterland.
std::string TownName(int number);
// The name of the n-th Kreis; 0 is "Landkreis Musterland".
std::string KreisName(int number);

// +49 30 23125 xxx and its like, E.164; 5000 different ones.
std::string PhoneNumber(int number);

// "Kita Zwergenland Ahrenfurt e. V." -> "kita-zwergenland-ahrenfurt-e-v"; only a-z, 0-9 and single hyphens.
std::string Slug(std::string_view name);

}  // namespace allmende::demo
