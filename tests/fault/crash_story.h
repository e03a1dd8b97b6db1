// What the writers of the crash test do: each request creates a record of its own and counts up one that all share, so
// that a request that was lost shows as a missing record, and one that took effect twice as a count too high.
#pragma once

#include <fmt/format.h>

#include <string>

#include "tests/contract/store_fixture.h"

namespace allmende {

struct CrashRequest {
  int round = 0;
  int thread = 0;
  int number = 0;
  auto operator<=>(const CrashRequest&) const = default;
  std::string Id() const { return fmt::format("r{}-{}-{}", round, thread, number); }
};

inline absl::Status Send(store::Store& store, const CrashRequest& request) {
  CallContext call = CallIn("test", request.Id(), "fingerprint");
  return store
      .Transact(call,
                [&](store::Transaction& tx) -> absl::StatusOr<std::string> {
                  RETURN_IF_ERROR(tx.Create(Actors(), request.Id(), NewActor(request.Id())).status());
                  ASSIGN_OR_RETURN(Actor counter, tx.Get(Actors(), "counter"));
                  counter.set_source_key(std::to_string(std::stoi(counter.source_key()) + 1));
                  RETURN_IF_ERROR(tx.Replace(Actors(), "counter", counter).status());
                  return counter.source_key();
                })
      .status();
}

}  // namespace allmende
