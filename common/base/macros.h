// Returning early on errors, without exceptions: RETURN_IF_ERROR(expr) and ASSIGN_OR_RETURN(auto x, expr).
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <utility>

#define ALLMENDE_CONCAT_INNER(a, b) a##b
#define ALLMENDE_CONCAT(a, b) ALLMENDE_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expr)                                           \
  do {                                                                  \
    if (absl::Status status_to_check = (expr); !status_to_check.ok()) { \
      return status_to_check;                                           \
    }                                                                   \
  } while (false)

#define ASSIGN_OR_RETURN(target, expr) ALLMENDE_ASSIGN_OR_RETURN(ALLMENDE_CONCAT(status_or_, __LINE__), target, expr)

#define ALLMENDE_ASSIGN_OR_RETURN(holder, target, expr) \
  auto holder = (expr);                                 \
  if (!holder.ok()) return std::move(holder).status();  \
  target = *std::move(holder)
