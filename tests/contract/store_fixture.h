// What the tests of the store share: declarations of areas and actors that use every kind of index, a store on each
// kind of database, and short ways to write and read.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "allmende/registry/v1/actor.pb.h"
#include "allmende/registry/v1/area.pb.h"
#include "allmende/registry/v1/landscape.pb.h"
#include "common/store/sql/sql_store.h"
#include "common/testing/matchers.h"
#include "tests/contract/database_kinds.h"

namespace allmende {

using registry::v1::Actor;
using registry::v1::Area;
using registry::v1::Landscape;

const store::ResourceSpec<Landscape>& Landscapes();
const store::ResourceSpec<Area>& Areas();
const store::ResourceSpec<Actor>& Actors();
std::vector<const store::ResourceType*> TestTypes();

Area NewArea(std::string_view display_name);
Actor NewActor(std::string_view display_name);
std::string AreaName(std::string_view id);  // in the landscape "test"
std::string ActorName(std::string_view id);

CallContext CallIn(std::string_view landscape, std::string request_id = "", std::string fingerprint = "");

// Creates the landscape, as revision 1.
absl::Status CreateLandscape(store::Store& store, std::string_view landscape);

// One write in a transaction of its own; the revision.
absl::StatusOr<std::int64_t> Write(store::Store& store, CallContext call,
                                   const std::function<absl::Status(store::Transaction&)>& body);
template <typename T>
absl::StatusOr<std::int64_t> CreateOne(store::Store& store, const store::ResourceSpec<T>& type, std::string_view id,
                                       const T& message, std::string_view landscape = "test") {
  return Write(store, CallIn(landscape), [&](store::Transaction& tx) { return tx.Create(type, id, message).status(); });
}

template <typename T>
absl::StatusOr<T> ReadOne(store::Store& store, const store::ResourceSpec<T>& type, const std::string& id,
                          const store::ReadAt& at = {}, std::string_view landscape = "test") {
  CallContext call = CallIn(landscape);
  ASSIGN_OR_RETURN(const auto records, store.Read(call, type, std::span(&id, 1), at));
  if (!records.front()) return Error(Reason::NOT_FOUND, {{"name", type.NameOf(landscape, id)}});
  T message;
  if (!message.ParseFromString(records.front()->bytes)) return Error(Reason::INTERNAL_ERROR);
  return message;
}

// The ids of all hits, page by page of `query.limit`.
absl::StatusOr<std::vector<std::string>> FindAll(store::Store& store, const store::ResourceType& type,
                                                 store::Query query, std::string_view landscape = "test");
store::Query Filtered(std::string_view filter);

class StoreTest : public ::testing::TestWithParam<DatabaseKind> {
 protected:
  void SetUp() override;
  // Closes the store and opens it again on the same database.
  void Reopen(const std::vector<const store::ResourceType*>& types);

  std::unique_ptr<TestDatabase> database_;
  FakeClock clock_;
  std::unique_ptr<store::Store> store_;
};

}  // namespace allmende
