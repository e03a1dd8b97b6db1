// The kinds of database a store can stand on, for tests that must hold on each:
//
//   class X : public ::testing::TestWithParam<DatabaseKind> { ... ALLMENDE_SKIP_WITHOUT(GetParam()); ... };
//   INSTANTIATE_TEST_SUITE_P(EveryDatabase, X, ::testing::ValuesIn(DatabaseKinds()), NameOfKind);
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/store/sql/session.h"

namespace allmende {

// An empty database for one test; gone with the object.
class TestDatabase {
 public:
  virtual ~TestDatabase() = default;
  // An engine on it. May be opened again when the engine before is gone; where the engine is shared(), also meanwhile.
  virtual absl::StatusOr<std::unique_ptr<store::sql::Engine>> Open() = 0;
  // By which another process opens it: OpenAddress.
  virtual std::string Address() const = 0;
};

absl::StatusOr<std::unique_ptr<store::sql::Engine>> OpenAddress(const std::string& address);

struct DatabaseKind {
  std::string name;
  std::string missing_because;  // why this machine has none; empty where it has
  std::unique_ptr<TestDatabase> (*create)();
};

std::vector<DatabaseKind> DatabaseKinds();

inline std::string NameOfKind(const ::testing::TestParamInfo<DatabaseKind>& info) { return info.param.name; }

}  // namespace allmende

#define ALLMENDE_SKIP_WITHOUT(kind) \
  if (!(kind).missing_because.empty()) GTEST_SKIP() << "NOT TESTED: " << (kind).missing_because
