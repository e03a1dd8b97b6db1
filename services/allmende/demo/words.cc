#include "services/allmende/demo/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace allmende::demo {
namespace {

constexpr std::string_view kSaints[] = {"St. Marien",   "St. Josef",     "St. Martin",    "St. Michael",
                                        "Heilig Kreuz", "St. Nikolai",   "St. Jakobus",   "St. Petri",
                                        "St. Johannes", "Christus",      "Lukas",         "Markus",
                                        "Herz Jesu",    "Paul Gerhardt", "St. Elisabeth", "Martin Luther"};
constexpr std::string_view kThemes[] = {"am See",         "am Park",
                                        "im Grund",       "an der Mühle",
                                        "am Kirchberg",   "Süd",
                                        "Nord",           "am Wald",
                                        "Lindenallee",    "an der Aue",
                                        "am Schlosspark", "Bachstraße",
                                        "am Rathaus",     "Altstadt",
                                        "am Weinberg",    "im Wiesengrund",
                                        "am Stadtgraben", "Hohe Straße",
                                        "am Bahnhof",     "Feldmark",
                                        "am Brunnen",     "unter den Eichen",
                                        "an der Burg",    "am Sonnenhang",
                                        "Mitte",          "am Deich",
                                        "am Steinbruch",  "Ostend"};
constexpr std::string_view kNests[] = {
    "Zwergenland",  "Regenbogen",    "Pusteblume",   "Igelnest",      "Sonnenschein", "Villa Kunterbunt", "Spatzennest",
    "Schatzkiste",  "Rappelkiste",   "Löwenzahn",    "Sternschnuppe", "Waldwichtel",  "Kleine Strolche",  "Arche Noah",
    "Farbenklecks", "Hasenbau",      "Marienkäfer",  "Wirbelwind",    "Mäusenest",    "Abenteuerland",    "Bärenhöhle",
    "Kinderinsel",  "Tausendfüßler", "Storchennest", "Murmel",        "Bienenkorb",   "Feldmäuse",        "Purzelbaum"};
constexpr std::string_view kSports[] = {"Turn",        "Sport",          "Fußball",    "Handball", "Schwimm", "Reit",
                                        "Tischtennis", "Leichtathletik", "Schützen",   "Tennis",   "Ruder",   "Segel",
                                        "Rad",         "Judo",           "Volleyball", "Schach"};
constexpr std::string_view kPersons[] = {
    "Geschwister-Scholl",     "Albert-Schweitzer", "Astrid-Lindgren",    "Anne-Frank",
    "Erich-Kästner",          "Janusz-Korczak",    "Maria-Montessori",   "Pestalozzi",
    "Theodor-Heuss",          "Käthe-Kollwitz",    "Sophie-Scholl",      "Fröbel",
    "Alexander-von-Humboldt", "Marie-Curie",       "Friedrich-Schiller", "Bertha-von-Suttner",
    "Gebrüder-Grimm",         "Otfried-Preußler",  "Robert-Koch",        "Lise-Meitner",
    "Heinrich-Heine",         "Ricarda-Huch"};
constexpr std::string_view kStreets[] = {
    "Hauptstraße",    "Schulstraße",   "Gartenweg",       "Bahnhofstraße", "Dorfstraße",    "Bergstraße",
    "Birkenweg",      "Lindenallee",   "Kirchplatz",      "Waldstraße",    "Ringstraße",    "Goethestraße",
    "Schillerstraße", "Am Markt",      "Mühlenweg",       "Feldstraße",    "Parkstraße",    "Rosenweg",
    "Wiesenstraße",   "Am Sportplatz", "Poststraße",      "Lange Straße",  "Breite Straße", "Große Gasse",
    "Königstraße",    "Schloßstraße",  "Neustraße",       "Burgweg",       "Ahornweg",      "Kastanienallee",
    "Am Bach",        "Brunnenstraße", "Friedhofsweg",    "Hohe Straße",   "Im Winkel",     "Jahnstraße",
    "Kurze Straße",   "Marktstraße",   "Mozartstraße",    "Nordstraße",    "Rathausplatz",  "Sandweg",
    "Steinweg",       "Südring",       "Tannenweg",       "Uferstraße",    "Wilhelmstraße", "Ziegeleiweg",
    "Zum Alten Hof",  "Weststraße",    "Öhringer Straße", "Übergasse"};
constexpr std::string_view kDistricts[] = {
    "Kernort",     "Nord",        "Süd",       "Altdorf",  "Neuhof",   "Mühlenberg", "Hinterfeld", "Seehof",
    "Kirchwinkel", "Ziegelhütte", "Lerchenau", "Moorende", "Oberholz", "Grünthal",   "Bruchhöfe",  "Waldheim"};
constexpr std::string_view kTrades[] = {"Metallbau", "Tischlerei",   "Autohaus",    "Elektrotechnik", "Pflegedienst",
                                        "Bäckerei",  "Maschinenbau", "Gartenbau",   "Logistik",       "Softwarehaus",
                                        "Hotel",     "Druckerei",    "Baugeschäft", "Apotheke",       "Molkerei"};
constexpr std::string_view kNations[] = {"Türkisch",      "Syrisch",     "Ukrainisch",    "Polnisch",
                                         "Griechisch",    "Italienisch", "Afghanisch",    "Russisch",
                                         "Portugiesisch", "Kurdisch",    "Vietnamesisch", "Eritreisch"};

constexpr std::string_view kMusterland[] = {"Musterstadt", "Altmusterburg", "Lindenwerder", "Ahrenfurt",
                                            "Großbirken",  "Kirchwalsum",   "Hohenmoor",    "Seelenfelde",
                                            "Wiesenrade",  "Brunnenhausen", "Steinaue",     "Niedermuster"};
constexpr std::string_view kStems[] = {
    "Ahorn",   "Asch",  "Bach",  "Berg",  "Birk",     "Brunn",   "Buch",   "Burg",  "Dorn",   "Eben",
    "Eich",    "Erl",   "Esch",  "Falk",  "Feld",     "Fisch",   "Forst",  "Fuchs", "Garten", "Gras",
    "Grün",    "Hain",  "Hasel", "Heide", "Hirsch",   "Hohen",   "Holz",   "Kalk",  "Kirch",  "Korn",
    "Kranich", "Lerch", "Lind",  "Markt", "Moor",     "Mühl",    "Nuss",   "Quell", "Rain",   "Reh",
    "Ried",    "Rosen", "Sand",  "Schaf", "Schlehen", "Schwarz", "See",    "Stein", "Sommer", "Tann",
    "Ulmen",   "Vogel", "Wald",  "Weid",  "Weiß",     "Wiesen",  "Winter", "Wolfs", "Ziegel", "Zoll"};
constexpr std::string_view kEndings[] = {"au",    "bach",  "berg",  "born",   "brück",  "burg",  "dorf", "feld",
                                         "felde", "furt",  "hagen", "hain",   "hausen", "heim",  "hof",  "hofen",
                                         "holm",  "horst", "kamp",  "leben",  "moor",   "münde", "rode", "scheid",
                                         "stedt", "tal",   "wald",  "werder", "wiek",   "zell"};
constexpr std::string_view kModifiers[] = {"",       "Neu",   "Groß",  "Ober", "Alt",
                                           "Nieder", "Klein", "Unter", "Bad ", "Hinter"};

struct Named {
  std::string_view placeholder;
  Words words;
};
constexpr Named kLists[] = {{"saint", kSaints},       {"theme", kThemes},   {"nest", kNests},
                            {"sport", kSports},       {"person", kPersons}, {"street", kStreets},
                            {"district", kDistricts}, {"trade", kTrades},   {"nation", kNations}};

// A modifier before a name makes its first letter small, unless the modifier is a word of its own.
std::string Joined(std::string_view modifier, std::string_view stem, std::string_view ending) {
  std::string name = fmt::format("{}{}{}", modifier, stem, ending);
  if (!modifier.empty() && modifier.back() != ' ') {
    char& first = name[modifier.size()];
    first = static_cast<char>(std::tolower(static_cast<unsigned char>(first)));
  }
  return name;
}

}  // namespace

Words WordsFor(std::string_view placeholder) {
  const auto* found = std::ranges::find(kLists, placeholder, &Named::placeholder);
  return found == std::end(kLists) ? Words{} : found->words;
}

std::string TownName(int number) {
  if (number < static_cast<int>(std::size(kMusterland))) return std::string(kMusterland[number]);
  constexpr int kNames = std::size(kStems) * std::size(kEndings) * std::size(kModifiers);
  // A stride without a common divisor visits every name once and keeps neighbours unlike.
  constexpr int kStride = 7919;
  const int index = static_cast<int>((static_cast<long long>(number) * kStride) % kNames);
  constexpr int kStemCount = std::size(kStems);
  constexpr int kEndingCount = std::size(kEndings);
  return Joined(kModifiers[index / (kStemCount * kEndingCount)], kStems[index % kStemCount],
                kEndings[index / kStemCount % kEndingCount]);
}

std::string KreisName(int number) {
  return number == 0 ? "Landkreis Musterland" : fmt::format("Landkreis {}", TownName(12 * number));
}

std::string PhoneNumber(int number) {
  constexpr std::string_view kRanges[] = {"+493023125", "+496990009", "+494066969", "+492214710", "+498999998"};
  return fmt::format("{}{:03}", kRanges[number / 1000 % 5], number % 1000);
}

std::string Slug(std::string_view name) {
  std::string slug;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto letter = static_cast<unsigned char>(name[i]);
    if (std::isalnum(letter) != 0) {
      slug += static_cast<char>(std::tolower(letter));
    } else if (letter == 0xC3 &&
               i + 1 < name.size()) {  // the German letters; all of them begin with this byte in UTF-8
      switch (static_cast<unsigned char>(name[++i])) {
        case 0xA4:
        case 0x84:
          slug += "ae";
          break;
        case 0xB6:
        case 0x96:
          slug += "oe";
          break;
        case 0xBC:
        case 0x9C:
          slug += "ue";
          break;
        case 0x9F:
          slug += "ss";
          break;
        default:
          break;
      }
    } else if (letter != '.' && !slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

}  // namespace allmende::demo
