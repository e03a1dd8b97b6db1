// The house rules of architecture.md that a program can check, read off the sources themselves: who may include whom,
// who may know of gRPC, SQL and the file system, and that no file grows beyond what one can read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace allmende {
namespace {

namespace fs = std::filesystem;

struct Source {
  std::string path;                   // "services/registry/rules/actor.cc"
  std::vector<std::string> includes;  // as written, without quotes and brackets
  int lines = 0;
};

Source Read(const fs::path& file) {
  static const re2::RE2 kInclude(R"(#include [<"]([^">]+)[">].*)");
  Source source{.path = file.generic_string(), .includes = {}};
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line); ++source.lines) {
    if (std::string included; re2::RE2::FullMatch(line, kInclude, &included)) source.includes.push_back(included);
  }
  return source;
}

// Every source file of the house, in common/ and services/. Tests run in the root of the tree.
const std::vector<Source>& Sources() {
  static const std::vector<Source> sources = [] {
    std::vector<Source> found;
    for (const char* root : {"common", "services"}) {
      for (const auto& entry : fs::recursive_directory_iterator(root)) {
        const fs::path extension = entry.path().extension();
        if (extension == ".cc" || extension == ".h") found.push_back(Read(entry.path()));
      }
    }
    return found;
  }();
  return sources;
}

std::vector<std::string> Parts(const std::string& path) {
  const fs::path split(path);
  return {split.begin(), split.end()};
}

bool StartsWithAny(std::string_view text, const std::vector<std::string>& beginnings) {
  return std::ranges::any_of(beginnings, [&](const std::string& beginning) { return text.starts_with(beginning); });
}

// "common/store" or "services/registry".
std::string FolderOf(const std::string& path) {
  const std::vector<std::string> parts = Parts(path);
  return parts.size() < 2 ? path : parts[0] + "/" + parts[1];
}

bool IsOurs(const std::string& include) { return include.starts_with("common/") || include.starts_with("services/"); }

// Whether `path` lies in one of the three services of the domain, and if so in which.
std::string ServiceOf(const std::string& path) {
  const std::vector<std::string> parts = Parts(path);
  const std::set<std::string> services = {"registry", "cooperation", "analytics"};
  return parts.size() > 2 && parts[0] == "services" && services.contains(parts[1]) ? parts[1] : std::string();
}

// rules/ and every folder of a service that is not handlers/: the engines.
bool IsPure(const std::string& path) {
  const std::vector<std::string> parts = Parts(path);
  return !ServiceOf(path).empty() && parts.size() > 3 && parts[2] != "handlers";
}

// What a file may include of ours, by the table "Who may use whom".
std::vector<std::string> AllowedFor(const std::string& path) {
  if (path.starts_with("common/base/")) return {"common/base/"};
  if (path.starts_with("common/status/")) return {"common/base/", "common/status/"};
  if (path.starts_with("common/")) return {"common/"};
  if (path.starts_with("services/allmende/")) return {"common/", "services/"};
  const std::string own = FolderOf(path) + "/";
  if (!IsPure(path)) return {"common/", own};
  return {"common/base/", "common/status/", "common/text/", own};
}

TEST(House, IsRead) {
  EXPECT_GE(Sources().size(), 60U);
  EXPECT_TRUE(std::ranges::any_of(Sources(), [](const Source& source) { return IsPure(source.path); }));
}

TEST(House, UsesOnlyWhatTheTableAllows) {
  for (const Source& source : Sources()) {
    const std::vector<std::string> allowed = AllowedFor(source.path);
    for (const std::string& include : source.includes) {
      EXPECT_TRUE(!IsOurs(include) || StartsWithAny(include, allowed)) << source.path << " includes " << include;
    }
  }
}

TEST(House, KeepsRulesAndEnginesAwayFromDeclarationsAndHandlers) {
  for (const Source& source : Sources()) {
    if (!IsPure(source.path)) continue;
    for (const std::string& include : source.includes) {
      EXPECT_TRUE(!include.starts_with("services/") || IsPure(include)) << source.path << " includes " << include;
    }
  }
}

TEST(House, KeepsRulesAndEnginesPure) {
  const std::vector<std::string> impure = {"grpc",        "sqlite3", "libpq",  "hiredis", "boost/asio",
                                           "boost/beast", "sys/",    "unistd", "fstream", "iostream",
                                           "filesystem",  "thread",  "cstdio"};
  for (const Source& source : Sources()) {
    if (!IsPure(source.path)) continue;
    for (const std::string& include : source.includes) {
      EXPECT_FALSE(StartsWithAny(include, impure)) << source.path << " includes <" << include << ">";
      EXPECT_FALSE(include.ends_with(".grpc.pb.h")) << source.path << " includes " << include;
    }
  }
}

// What only some folders may know of: beginnings of includes, and beginnings of the paths that may have them.
TEST(House, KeepsLibrariesWhereTheyBelong) {
  const std::map<std::string, std::vector<std::string>> homes = {
      {"sqlite3", {"common/store/sqlite/"}},
      {"libpq", {"common/store/postgres/", "common/testing/"}},
      {"postgresql/", {"common/store/postgres/", "common/testing/"}},
      {"hiredis", {"common/cache/", "common/testing/"}},
      {"boost/beast", {"services/gateway/"}},
      {"common/store/sql/",
       {"common/store/", "services/registry/app.", "services/cooperation/app.", "services/analytics/app.",
        "services/allmende/"}},
  };
  for (const Source& source : Sources()) {
    if (source.path.starts_with("services/allmende/")) continue;  // the program of everything may know everything
    for (const std::string& include : source.includes) {
      for (const auto& [library, folders] : homes) {
        EXPECT_TRUE(!include.starts_with(library) || StartsWithAny(source.path, folders))
            << source.path << " includes " << include;
      }
    }
  }
}

TEST(House, KeepsGrpcOutOfHandlersResourcesAndStores) {
  for (const Source& source : Sources()) {
    const bool handles = source.path.find("/handlers/") != std::string::npos ||
                         source.path.starts_with("common/store/") ||
                         source.path.find("/resources.") != std::string::npos;
    for (const std::string& include : source.includes) {
      const bool is_grpc = include.starts_with("grpc") || include.ends_with(".grpc.pb.h");
      EXPECT_FALSE(handles && is_grpc) << source.path << " includes " << include;
    }
  }
}

// The folders of common/ stand on one another in one direction only.
TEST(House, HasNoCircles) {
  std::map<std::string, std::set<std::string>> uses;
  for (const Source& source : Sources()) {
    for (const std::string& include : source.includes) {
      if (IsOurs(include) && FolderOf(include) != FolderOf(source.path))
        uses[FolderOf(source.path)].insert(FolderOf(include));
    }
  }
  std::set<std::string> done;
  const std::function<void(const std::string&, std::vector<std::string>)> visit = [&](const std::string& folder,
                                                                                      std::vector<std::string> way) {
    if (std::ranges::find(way, folder) != way.end()) {
      way.push_back(folder);
      ADD_FAILURE() << "a circle: " << testing::PrintToString(way);
      return;
    }
    if (done.contains(folder)) return;
    way.push_back(folder);
    for (const std::string& next : uses[folder]) visit(next, way);
    done.insert(folder);
  };
  for (const auto& [folder, next] : std::map(uses)) visit(folder, {});
}

TEST(House, HasNoFileThatIsTwo) {
  constexpr int kMostLines = 500;
  for (const Source& source : Sources()) EXPECT_LE(source.lines, kMostLines) << source.path;
}

TEST(House, ExplainsEveryHeaderAndFolder) {
  for (const Source& source : Sources()) {
    if (!source.path.ends_with(".h")) continue;
    std::ifstream stream(source.path);
    std::string first;
    std::getline(stream, first);
    EXPECT_THAT(first, testing::StartsWith("// ")) << source.path;
  }
  std::set<std::string> folders;
  for (const Source& source : Sources()) folders.insert(FolderOf(source.path));
  folders.erase("services/gateway");   // explained in docs/
  folders.erase("services/allmende");  // the same
  for (const std::string& folder : folders) EXPECT_TRUE(fs::exists(fs::path(folder) / "README.md")) << folder;
}

}  // namespace
}  // namespace allmende
