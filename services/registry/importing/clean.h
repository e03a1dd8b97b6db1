// Small repairs of what stands in a cell: blanks, numbers, telephone numbers, streets. Each says what it changed, so
// that the importer can report it; none of them guesses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace allmende::importing {

// What was done to a text to make it usable.
enum class Repair {
  kNone,
  kBlanks,        // outer blanks taken off, inner ones made single
  kControl,       // line breaks or control characters became blanks
  kEntities,      // "&quot;" and the like became characters
  kLeadingZeros,  // zeros that a program had lost were put back
  kDecimals,      // ".0" that a program had added was taken off
  kReplaced,      // parts were replaced as the mapping says
  kStreetSplit,   // the house number was taken out of the street
  kPlus,          // a telephone number's leading plus was put right
  kScheme,        // "https://" was put before a website
};

struct Cleaned {
  std::string text;
  Repair repair = Repair::kNone;
};

// Whether Clean would change nothing. Fast.
bool IsClean(std::string_view utf8);
// Outer blanks off, runs of blanks (no-break blanks included) single, line breaks and control characters to blanks, the
// few HTML entities that lists contain to characters.
Cleaned Clean(std::string_view utf8);

// " 90 164", "9,43751", "53.02", "211.0". Blanks are thousands marks; where comma and point both stand, the last one
// starts the decimals. Absent where it is no finite number.
std::optional<double> ParseNumber(std::string_view text);
// The same, where it is whole and fits.
std::optional<std::int64_t> ParseWholeNumber(std::string_view text);

// "211.0" -> "211". Other texts stay.
Cleaned DropDecimals(std::string_view text);

// A telephone number, mail address or website in the one form of the registry (rules/normalise.h), with what was
// repaired on the way: "++494307 909301", a website without "https://". Absent where it is none.
std::optional<Cleaned> CleanPhone(std::string_view text);
std::optional<Cleaned> CleanWebsite(std::string_view text);
std::optional<Cleaned> CleanEmail(std::string_view text);
// A telephone number from an area code that lost its leading zero ("211.0") and a number ("4791163.0").
std::optional<Cleaned> JoinPhone(std::string_view area_code, std::string_view number);

// "Robert-Koch-Str. 3" -> {"Robert-Koch-Str.", "3"}; "Hauptstr. 16/18", "Holzredder 2 b", "29 - 31". Without a number
// at the end everything is the street.
struct StreetAndNumber {
  std::string street;
  std::string number;
};
StreetAndNumber SplitStreet(std::string_view text);

// "Staatl. anerk. Berufskolleg, Werkberufs-", "schule u. Fachsch." -> joined; a hyphen before a small letter goes,
// except before "und", "u." and "oder".
void AppendWrapped(std::string& text, std::string_view line);

}  // namespace allmende::importing
