// A folder and a port for the length of a test.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace allmende {

// A new empty folder below $TMPDIR (or /tmp), removed with everything in it at the end.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// A TCP port of 127.0.0.1 that nobody listens on at the moment.
int FreePort();

// Ends the test process with this text: for helpers whose failure says nothing about what is tested.
[[noreturn]] void GiveUp(std::string_view why);

}  // namespace allmende
