#include "services/allmende/demo/variations.h"

#include <cctype>
#include <string_view>
#include <utility>

namespace allmende::demo {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;
constexpr Pair kAbbreviations[] = {{"Grundschule", "GS"},
                                   {"Kindertagesstätte", "Kita"},
                                   {"Kindergarten", "Kiga"},
                                   {"Volkshochschule", "VHS"},
                                   {"Evangelische", "Ev."},
                                   {"Katholische", "Kath."},
                                   {"Freiwillige Feuerwehr", "FFW"},
                                   {"Förderverein", "FöV"},
                                   {"Gymnasium", "Gym."},
                                   {"Familienzentrum", "FamZ"},
                                   {"Kirchengemeinde", "KG"},
                                   {"Bibliothek", "Bib."},
                                   {" und ", " u. "},
                                   {"Sankt ", "St. "}};
constexpr Pair kPlainLetters[] = {{"ä", "ae"}, {"ö", "oe"}, {"ü", "ue"}, {"Ä", "Ae"},
                                  {"Ö", "Oe"}, {"Ü", "Ue"}, {"ß", "ss"}};
constexpr std::string_view kLegalForms[] = {" e. V.", " gGmbH", " GmbH & Co. KG", " GmbH"};

bool ReplaceFirst(std::string& text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  if (at == std::string::npos) return false;
  text.replace(at, from.size(), to);
  return true;
}

bool Abbreviate(std::string& name) {
  for (const auto& [from, to] : kAbbreviations) {
    if (ReplaceFirst(name, from, to)) return true;
  }
  return false;
}

bool DropUmlauts(std::string& name) {
  bool changed = false;
  for (const auto& [from, to] : kPlainLetters) {
    while (ReplaceFirst(name, from, to)) changed = true;
  }
  return changed;
}

bool DropLegalForm(std::string& name) {
  for (const std::string_view form : kLegalForms) {
    if (ReplaceFirst(name, form, "")) return true;
  }
  return false;
}

// "Grundschule am See Ahrenfurt" -> "Ahrenfurt, Grundschule am See"
bool TownFirst(std::string& name, const std::string& town) {
  if (!name.ends_with(" " + town)) return false;
  name = town + ", " + name.substr(0, name.size() - town.size() - 1);
  return true;
}

// Two neighbouring small letters change places.
bool Mistype(std::string& name, Dice& dice) {
  for (int attempt = 0; attempt < 20 && name.size() > 4; ++attempt) {
    const auto at = static_cast<std::size_t>(dice.Between(1, static_cast<int>(name.size()) - 2));
    const auto small = [](char letter) { return letter >= 'a' && letter <= 'z'; };
    if (!small(name[at]) || !small(name[at + 1]) || name[at] == name[at + 1]) continue;
    std::swap(name[at], name[at + 1]);
    return true;
  }
  return false;
}

}  // namespace

Variation VaryName(const std::string& name, const std::string& town, Dice& dice) {
  Variation variation{.text = name, .what = {}};
  const auto note = [&](bool changed, const char* what) {
    if (changed) variation.what.emplace_back(what);
  };
  const int wanted = dice.Between(1, 2);
  for (int attempt = 0; attempt < 8 && static_cast<int>(variation.what.size()) < wanted; ++attempt) {
    switch (dice.Below(5)) {
      case 0:
        note(Abbreviate(variation.text), "abbreviated");
        break;
      case 1:
        note(DropUmlauts(variation.text), "no umlauts");
        break;
      case 2:
        note(DropLegalForm(variation.text), "no legal form");
        break;
      case 3:
        note(TownFirst(variation.text, town), "town first");
        break;
      default:
        note(Mistype(variation.text, dice), "typing error");
        break;
    }
  }
  if (variation.text == name) {
    variation.text += " (" + town + ")";
    variation.what = {"town added"};
  }
  return variation;
}

void VaryAddress(type::v1::Address& address, Dice& dice) {
  std::string street = address.street();
  if (dice.Percent(60)) ReplaceFirst(street, "straße", "str.");
  if (dice.Percent(30)) DropUmlauts(street);
  address.set_street(street);
  if (dice.Percent(15)) address.clear_house_number();
  if (dice.Percent(50)) address.clear_district();
}

}  // namespace allmende::demo
