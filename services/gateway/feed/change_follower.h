// Follows what happens in the landscapes that are asked about, so that the near cache of answers knows what is still
// true: one WatchChanges stream per service and landscape, opened on first use with the credential of the call that
// needed it. A landscape that is not followed, or whose stream has gone silent, is not answered from the cache.
#pragma once

#include <google/protobuf/descriptor.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/strings.h"
#include "common/cache/change_window.h"
#include "services/gateway/handling/backend.h"

namespace allmende::gateway {

using google::protobuf::ServiceDescriptor;

// What an answer was made from: one record, or a whole collection where `id` is empty.
struct Dependency {
  const ServiceDescriptor* service = nullptr;
  std::string_view landscape;
  std::string_view collection;
  std::string_view id;
};

class ChangeFollower {
 public:
  // Services without a method WatchChanges cannot be followed. `max_landscapes`: streams open at a time; the one not
  // used for the longest time goes first. `backend` outlives this.
  ChangeFollower(Backend& backend, const std::vector<const ServiceDescriptor*>& services,
                 std::size_t max_landscapes = 64);
  // Waits for the end of the streams.
  ~ChangeFollower();
  ChangeFollower(const ChangeFollower&) = delete;
  ChangeFollower& operator=(const ChangeFollower&) = delete;

  bool CanFollow(const ServiceDescriptor& service) const { return services_.contains(&service); }

  // Counts anew each time that following begins; part of the key of what is cached, because a landscape that was
  // removed and made anew counts its revisions from the start. 0: not followed at the moment.
  std::uint64_t EpochOf(const ServiceDescriptor& service, std::string_view landscape) const;
  // The revision at which an answer made at revision `made_at` is known to be true; absent where it is not, or where
  // less than `min_revision` is known.
  std::optional<std::int64_t> TrueAt(const Dependency& on, std::int64_t made_at, std::int64_t min_revision) const;

  // Begins to follow where that has not happened; does nothing for a moment after it has failed.
  void Follow(const ServiceDescriptor& service, std::string_view landscape, const rpc::Forwarded& forwarded);

 private:
  using Moment = std::chrono::steady_clock::time_point;
  struct Followed;
  struct Service {
    const MethodDescriptor* watch = nullptr;
    cache::ChangeWindow window;
    mutable std::shared_mutex mutex;
    StringMap<std::shared_ptr<Followed>> landscapes;
  };

  void Open(Service& service, const std::string& landscape, const std::shared_ptr<Followed>& followed,
            const rpc::Forwarded& forwarded);
  void ReadOn(Service& service, std::shared_ptr<Followed> followed);
  void Take(Service& service, Followed& followed, const Message& response);
  void MakeRoom(Service& service) const;

  Backend& backend_;
  std::size_t max_landscapes_;
  std::atomic<std::uint64_t> epochs_ = 0;
  std::map<const ServiceDescriptor*, std::unique_ptr<Service>> services_;
  std::mutex open_mutex_;
  std::condition_variable none_open_;
  std::size_t open_ = 0;
};

}  // namespace allmende::gateway
