// From what the driver says to our own errors. The driver's text goes to the log and nowhere else.
#pragma once

#include <absl/status/status.h>

#include <string_view>

namespace allmende::store::postgres {

// The database cannot be reached or cannot serve at the moment. `log_text` may hold no values of rows.
absl::Status Unreachable(std::string_view log_text);
// The same again, which needs no further line in the log.
absl::Status StillUnreachable();

// A statement was refused with this SQLSTATE. `statement` is logged with it where the fault is ours.
absl::Status Refused(std::string_view sqlstate, std::string_view log_text, std::string_view statement);

// Whether a session that met this SQLSTATE can go on being used.
bool SessionSurvives(std::string_view sqlstate);

}  // namespace allmende::store::postgres
