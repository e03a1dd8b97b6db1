// Values as people write them, brought into the one form in which the registry keeps them. Imports and forms share
// these functions; what cannot be read for certain is not guessed but left to the caller.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace allmende::registry {

// Blanks of every kind (also no-break and zero-width ones, tabs, line breaks) gone at both ends and single in between.
std::string Tidy(std::string_view text);

// A telephone number as E.164 with leading plus, 7 to 15 digits: "(0461) 12 34-5", "0049 461 12345" and
// "+49 (0)461/12345" are +4946112345. A number without its area code is read with `area_code` ("0461") or, without one,
// not at all. Absent where the text is not one telephone number.
std::optional<std::string> NormalisePhone(std::string_view text, std::string_view area_code = {});

// An http or https URL, host in lower case; "www.example.de" gets https. Absent where the text is not one URL, or one
// that carries a user name.
std::optional<std::string> NormaliseUrl(std::string_view text);

// An e-mail address, domain in lower case. Absent where the text is not one address.
std::optional<std::string> NormaliseEmail(std::string_view text);

}  // namespace allmende::registry
