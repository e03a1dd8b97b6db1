// Small checks that the rules of several resources share. Each adds what it finds to the violations and says nothing
// else.
#pragma once

#include <google/type/date.pb.h>
#include <google/type/latlng.pb.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "allmende/type/v1/values.pb.h"
#include "common/status/error.h"

namespace allmende::registry {

// "kinds[2]"
std::string At(std::string_view field, int index);

// Between `least` and `most` characters (not bytes). FIELD_REQUIRED where empty and `least` is not 0, else
// OUT_OF_RANGE.
void CheckLength(std::string_view field, std::string_view text, std::size_t least, std::size_t most, Violations& found);

// At most `most` entries. OUT_OF_RANGE.
void CheckCount(std::string_view field, int count, int most, Violations& found);

// At most `most_entries` of 1 to `most_characters` each.
void CheckTexts(std::string_view field, const google::protobuf::RepeatedPtrField<std::string>& texts, int most_entries,
                std::size_t most_characters, Violations& found);

// Latitude -90 to 90, longitude -180 to 180. OUT_OF_RANGE.
void CheckPoint(std::string_view field, const google::type::LatLng& point, Violations& found);

// Scheme and value present, at most 50, none twice. FIELD_REQUIRED, OUT_OF_RANGE, CONFLICTING_FIELDS.
void CheckIdentifiers(std::string_view field,
                      const google::protobuf::RepeatedPtrField<type::v1::Identifier>& identifiers, Violations& found);

// 1 to 60 of A-Z, 0-9 and underscore. MALFORMED.
void CheckCodeForm(std::string_view field, std::string_view code, Violations& found);

// Postcode of five digits. MALFORMED.
void CheckGermanPostcode(std::string_view field, std::string_view postcode, Violations& found);

// A BCP 47 language tag such as "de", "pt-BR" or "zh-Hant". MALFORMED.
void CheckLanguage(std::string_view field, std::string_view tag, Violations& found);

// Says that two fields (or two entries of a list) cannot stand side by side.
void AddConflict(std::string_view field, std::string_view other, std::string why_german, std::string why_english,
                 Violations& found);

// The day, where all of it is given and exists.
std::optional<std::chrono::sys_days> DayOf(const google::type::Date& date);
// "2024-01-31"
std::string ToString(std::chrono::sys_days day);
// MALFORMED where the date is not a day.
void CheckDay(std::string_view field, const google::type::Date& date, Violations& found);

// The one of `known` that `value` was most likely meant to be; empty where none is near.
std::string Nearest(std::string_view value, std::span<const std::string> known);

}  // namespace allmende::registry
