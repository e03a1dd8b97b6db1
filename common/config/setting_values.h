// The types that settings can have, as text and back. `Read...` gives a violation of `field` for a text that is none.
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/secret.h"

namespace allmende::config {

// A setting's value as it stands on the command line, in the environment or in the file: one text, or several for a
// list.
using Texts = std::vector<std::string>;

absl::Status Read(const std::string& field, const Texts& texts, std::string& value);
absl::Status Read(const std::string& field, const Texts& texts, Secret<std::string>& value);
absl::Status Read(const std::string& field, const Texts& texts, std::vector<std::string>& value);
absl::Status Read(const std::string& field, const Texts& texts, bool& value);  // true, false
absl::Status Read(const std::string& field, const Texts& texts, int& value);
absl::Status Read(const std::string& field, const Texts& texts, double& value);
absl::Status Read(const std::string& field, const Texts& texts, std::chrono::milliseconds& value);  // 250ms, 5s, 2m, 1h

// As it would stand in the TOML file. A secret that is set shows as "********".
std::string Show(const std::string& value);
std::string Show(const Secret<std::string>& value);
std::string Show(const std::vector<std::string>& value);
std::string Show(bool value);
std::string Show(int value);
std::string Show(double value);
std::string Show(std::chrono::milliseconds value);

}  // namespace allmende::config
