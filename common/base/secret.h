// A value that must not be printed or logged by accident: it has no operator<<, and asking for it is visible in the
// code.
#pragma once

#include <utility>

namespace allmende {

template <typename T>
class Secret {
 public:
  Secret() = default;
  explicit Secret(T value) : value_(std::move(value)) {}
  // The value itself; the name makes every use easy to find.
  const T& Reveal() const { return value_; }

 private:
  T value_;
};

}  // namespace allmende
