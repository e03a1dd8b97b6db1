// Where the demo landscape goes: straight into a store (fast, for large scales), or into a running server over REST.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>

#include <cstdint>
#include <span>
#include <string>

#include "common/store/store.h"
#include "services/allmende/demo/demo.h"

namespace allmende::demo {

struct DemoOptions {
  std::string landscape = "musterland";
  std::uint64_t seed = 1;
  int scale = 1;  // how many Kreise, 1 to 1000
};

// Takes what is made, parents first.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual absl::Status Begin(const registry::v1::Landscape& landscape) = 0;
  virtual absl::Status Add(const registry::v1::Area& area) = 0;
  virtual absl::Status Add(const registry::v1::Actor& actor) = 0;
  virtual absl::Status Add(const registry::v1::Site& site) = 0;
  // Nothing more comes.
  virtual absl::Status End() = 0;
};

struct Written {
  std::int64_t areas = 0;
  std::int64_t actors = 0;
  std::int64_t sites = 0;
  std::int64_t truth = 0;
};

// Makes the landscape Kreis by Kreis and hands it to the sink. `truth` gets each pair; `progress` the Kreise done.
absl::StatusOr<Written> WriteDemo(const DemoOptions& options, Sink& sink,
                                  absl::FunctionRef<void(const TruthPair&)> truth,
                                  absl::FunctionRef<void(int done)> progress);

// Writes many records per commit. `types`: the registry's resources. ALREADY_EXISTS where the landscape is there.
std::unique_ptr<Sink> StoreSink(store::Store& store, std::span<const store::ResourceType* const> types,
                                std::string landscape);

}  // namespace allmende::demo
