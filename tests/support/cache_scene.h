// The scene of all tests of the cached store: a landscape, actors in it that carry a number, and callers.
#pragma once

#include <memory>
#include <string>

#include "allmende/registry/v1/actor.pb.h"
#include "common/cache/cached_store.h"
#include "common/store/store.h"
#include "common/testing/matchers.h"
#include "tests/support/memory_store.h"

namespace allmende {

inline const store::ResourceSpec<registry::v1::Actor>& NumberedActors() {
  static const store::ResourceSpec<registry::v1::Actor> actors([] {
    store::ResourceType type;
    type.collection = "actors";
    type.columns = {store::Sorted("display_name"), store::Column("source_key")};
    return type;
  }());
  return actors;
}

inline CallContext CallTo(std::string landscape = "musterland") {
  CallContext call;
  call.landscape = std::move(landscape);
  return call;
}

// Stores an actor that carries `number`; the revision it got.
inline absl::StatusOr<std::int64_t> Write(store::Store& store, const std::string& id, std::int64_t number,
                                          const std::string& landscape = "musterland",
                                          store::TransactOptions options = {}) {
  CallContext call = CallTo(landscape);
  registry::v1::Actor actor;
  actor.set_display_name(std::to_string(number));
  actor.add_kinds(registry::v1::OTHER);
  auto stored = store.Transact(
      call,
      [&](store::Transaction& tx) -> absl::StatusOr<std::string> {
        ASSIGN_OR_RETURN(const auto present, tx.Find(NumberedActors(), id));
        const auto result =
            present == nullptr ? tx.Create(NumberedActors(), id, actor) : tx.Replace(NumberedActors(), id, actor);
        return result.ok() ? absl::StatusOr<std::string>("") : result.status();
      },
      options);
  if (!stored.ok()) return stored.status();
  return call.revision;
}

inline absl::Status Remove(store::Store& store, const std::string& id) {
  CallContext call = CallTo();
  return store
      .Transact(call,
                [&](store::Transaction& tx) -> absl::StatusOr<std::string> {
                  RETURN_IF_ERROR(tx.Remove(NumberedActors(), id));
                  return std::string();
                })
      .status();
}

constexpr std::int64_t kNothing = -1;

struct Seen {
  std::int64_t number = kNothing;  // kNothing: there is no such actor
  std::int64_t revision = 0;       // that the answer is about
};

inline absl::StatusOr<Seen> See(store::Store& store, const std::string& id, std::int64_t min_revision = 0,
                                const std::string& landscape = "musterland") {
  CallContext call = CallTo(landscape);
  store::ReadAt at;
  at.min_revision = min_revision;
  ASSIGN_OR_RETURN(const auto records, store.Read(call, NumberedActors(), {&id, 1}, at));
  Seen seen{.number = kNothing, .revision = call.revision};
  if (!records.front()) return seen;
  registry::v1::Actor actor;
  if (!actor.ParseFromString(records.front()->bytes)) return Error(Reason::INTERNAL_ERROR);
  seen.number = std::stoll(actor.display_name());
  return seen;
}

// The number that is seen, or the error.
inline absl::StatusOr<std::int64_t> NumberOf(store::Store& store, const std::string& id,
                                             std::int64_t min_revision = 0) {
  ASSIGN_OR_RETURN(const Seen seen, See(store, id, min_revision));
  return seen.number;
}

}  // namespace allmende
