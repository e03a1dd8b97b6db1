#include "services/gateway/feed/change_follower.h"

#include "allmende/type/v1/changes.pb.h"
#include "common/log/log.h"
#include "common/resource/name.h"
#include "common/status/error.h"

namespace allmende::gateway {
namespace {

using namespace std::chrono_literals;
using type::v1::WatchRequest;
using type::v1::WatchResponse;

constexpr auto kHeartbeat = 1s;      // how often the service is to show that it is there
constexpr auto kSilence = 3s;        // after which what is known is not trusted any more
constexpr auto kPause = 1s;          // after a stream has ended, before the next attempt
constexpr auto kPauseRefused = 10s;  // after one that the service has refused

std::chrono::steady_clock::time_point Now() { return std::chrono::steady_clock::now(); }

}  // namespace

// One landscape of one service.
struct ChangeFollower::Followed {
  std::string landscape;
  std::shared_ptr<ServerStream> stream;  // under the service's mutex
  std::atomic<Moment> heard{Moment::min()};
  std::atomic<Moment> used{Moment::min()};
  std::atomic<Moment> retry{Moment::min()};
  std::atomic<std::uint64_t> epoch = 0;  // 0: the stream has not begun
  bool open = false;                     // under the service's mutex
  // Of the stream alone.
  std::int64_t applied = 0;
  std::vector<store::Change> pending;  // of a commit that comes in several messages
  bool unclear = false;                // a change in it has a name that cannot be read
};

ChangeFollower::ChangeFollower(Backend& backend, const std::vector<const ServiceDescriptor*>& services,
                               std::size_t max_landscapes)
    : backend_(backend), max_landscapes_(max_landscapes) {
  for (const ServiceDescriptor* service : services) {
    const MethodDescriptor* watch = service->FindMethodByName("WatchChanges");
    if (watch == nullptr || watch->input_type() != WatchRequest::descriptor()) continue;
    services_.emplace(service, std::make_unique<Service>()).first->second->watch = watch;
  }
}

ChangeFollower::~ChangeFollower() {
  for (const auto& [descriptor, service] : services_) {
    const std::unique_lock lock(service->mutex);
    for (const auto& [landscape, followed] : service->landscapes) {
      followed->retry = Moment::max();
      if (followed->stream != nullptr) followed->stream->Cancel();
    }
  }
  std::unique_lock lock(open_mutex_);
  none_open_.wait(lock, [this] { return open_ == 0; });
}

std::uint64_t ChangeFollower::EpochOf(const ServiceDescriptor& descriptor, std::string_view landscape) const {
  const auto found = services_.find(&descriptor);
  if (found == services_.end()) return 0;
  const std::shared_lock lock(found->second->mutex);
  const auto followed = found->second->landscapes.find(landscape);
  if (followed == found->second->landscapes.end()) return 0;
  const Moment now = Now();
  followed->second->used = now;
  return now - followed->second->heard.load() > kSilence ? 0 : followed->second->epoch.load();
}

std::optional<std::int64_t> ChangeFollower::TrueAt(const Dependency& on, std::int64_t made_at,
                                                   std::int64_t min_revision) const {
  const auto found = services_.find(on.service);
  if (found == services_.end()) return std::nullopt;
  const cache::ChangeWindow& window = found->second->window;
  // In this order: what is current after the revision was read has not changed up to it.
  const std::optional<std::int64_t> applied = window.Applied(on.landscape);
  if (!applied.has_value() || !window.Current(on.landscape, on.collection, on.id, made_at, min_revision))
    return std::nullopt;
  return std::max({*applied, made_at, min_revision});
}

void ChangeFollower::Follow(const ServiceDescriptor& descriptor, std::string_view landscape,
                            const rpc::Forwarded& forwarded) {
  const auto found = services_.find(&descriptor);
  if (found == services_.end()) return;
  Service& service = *found->second;
  std::shared_ptr<Followed> followed;
  {
    const std::unique_lock lock(service.mutex);
    std::shared_ptr<Followed>& entry = service.landscapes[std::string(landscape)];
    if (entry == nullptr) {
      MakeRoom(service);
      entry = std::make_shared<Followed>();
      entry->landscape = landscape;
    }
    followed = entry;
    if (followed->open) {
      // A stream that has gone silent is given up; its end makes room for a new one.
      if (Now() - followed->heard.load() > kSilence && followed->stream != nullptr) followed->stream->Cancel();
      return;
    }
    if (Now() < followed->retry.load()) return;
    followed->open = true;
    followed->heard = Now();
  }
  Open(service, std::string(landscape), followed, forwarded);
}

// Under the service's lock. The one that is not used for the longest time is no longer followed.
void ChangeFollower::MakeRoom(Service& service) const {
  if (service.landscapes.size() <= max_landscapes_) return;
  auto oldest = service.landscapes.end();
  for (auto entry = service.landscapes.begin(); entry != service.landscapes.end(); ++entry) {
    if (entry->second == nullptr) continue;
    if (oldest == service.landscapes.end() || entry->second->used.load() < oldest->second->used.load()) oldest = entry;
  }
  if (oldest == service.landscapes.end()) return;
  if (oldest->second->stream != nullptr) oldest->second->stream->Cancel();
  service.window.Forget(oldest->first);
  service.landscapes.erase(oldest);
}

void ChangeFollower::Open(Service& service, const std::string& landscape, const std::shared_ptr<Followed>& followed,
                          const rpc::Forwarded& forwarded) {
  auto request = std::make_unique<WatchRequest>();
  request->set_parent("landscapes/" + landscape);
  request->set_from_revision(-1);
  request->mutable_heartbeat()->set_seconds(std::chrono::seconds(kHeartbeat).count());
  {
    const std::scoped_lock lock(open_mutex_);
    ++open_;
  }
  auto stream = backend_.Open(*service.watch, forwarded, std::move(request));
  {
    const std::unique_lock lock(service.mutex);
    followed->pending.clear();
    followed->unclear = false;
    followed->stream = std::move(stream);
    if (followed->retry.load() == Moment::max()) followed->stream->Cancel();  // the gateway ends
  }
  ReadOn(service, followed);
}

void ChangeFollower::ReadOn(Service& service, std::shared_ptr<Followed> followed) {
  std::shared_ptr<ServerStream> stream;
  {
    const std::shared_lock lock(service.mutex);
    stream = followed->stream;
  }
  stream->Read([this, &service, followed = std::move(followed)](std::unique_ptr<Message> message,
                                                                const absl::Status& end) mutable {
    if (message != nullptr) {
      Take(service, *followed, *message);
      return ReadOn(service, std::move(followed));
    }
    followed->epoch = 0;
    service.window.Forget(followed->landscape);
    const bool refused = end.code() == absl::StatusCode::kPermissionDenied ||
                         end.code() == absl::StatusCode::kUnauthenticated || end.code() == absl::StatusCode::kNotFound;
    if (followed->retry.load() != Moment::max()) followed->retry = Now() + (refused ? kPauseRefused : kPause);
    {
      const std::unique_lock lock(service.mutex);
      followed->stream.reset();
      followed->open = false;
    }
    log::Debug("a landscape is not followed any more",
               {{"landscape", followed->landscape}, {"code", static_cast<int>(end.code())}});
    const std::scoped_lock lock(open_mutex_);
    if (--open_ == 0) none_open_.notify_all();
  });
}

void ChangeFollower::Take(Service& service, Followed& followed, const Message& message) {
  const auto& response = static_cast<const WatchResponse&>(message);
  if (followed.epoch == 0) {
    followed.applied = response.revision();
    service.window.Reset(followed.landscape, response.revision());
  }
  // A large commit comes in several messages, of which only the last carries its revision.
  for (const auto& change : response.changes()) {
    const auto name = resource::ParseName(change.resource_name());
    followed.unclear = followed.unclear || !name.has_value();
    if (name) followed.pending.push_back({.collection = name->collection, .id = name->id, .kind = {}, .bytes = {}});
  }
  if (response.revision() > followed.applied) {
    store::Commit commit;
    commit.revision = response.revision();
    commit.changes = std::exchange(followed.pending, {});
    if (std::exchange(followed.unclear, false)) {
      service.window.Reset(followed.landscape, response.revision());  // it may have changed anything
    } else {
      service.window.Apply(followed.landscape, commit);
    }
    followed.applied = response.revision();
  }
  if (followed.epoch == 0) followed.epoch = ++epochs_;
  followed.heard = Now();
}

}  // namespace allmende::gateway
