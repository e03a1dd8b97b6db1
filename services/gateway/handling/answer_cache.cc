#include "services/gateway/handling/answer_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "common/call/call_context.h"

namespace allmende::gateway {
namespace {

// Methods that read records as they are; what others work out may depend on anything.
constexpr std::array<std::string_view, 4> kPlainReads = {"", "batchGet", "search", "history"};

bool IsMinRevision(std::string_view piece) {
  return piece.starts_with("min_revision=") || piece.starts_with("minRevision=");
}

// Calls `visit` with each "name=value" of a query.
template <typename Visit>
void ForEachPiece(std::string_view query, Visit visit) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    if (end > 0) visit(query.substr(0, end));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
}

// -1: there is one that cannot be read, or more than one.
std::int64_t MinRevisionOf(std::string_view query) {
  std::int64_t found = 0;
  int count = 0;
  ForEachPiece(query, [&](std::string_view piece) {
    if (!IsMinRevision(piece)) return;
    const std::string_view digits = piece.substr(piece.find('=') + 1);
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), found);
    if (++count > 1 || failed != std::errc() || end != digits.data() + digits.size() || found < 0) found = -1;
  });
  return count > 1 ? -1 : found;
}

// The literal segment behind the variable: "actors" in /v1/{parent=landscapes/*}/actors:search.
std::string_view CollectionBehind(const Route& route) {
  const auto& segments = route.path.segments;
  const std::size_t behind = route.path.variables.front().end;
  return behind + 1 == segments.size() ? std::string_view(segments[behind].literal) : std::string_view();
}

}  // namespace

std::optional<CacheableRead> CacheableReadOf(const RouteMatch& match, std::string_view path, std::string_view query) {
  const Route& route = *match.route;
  if (route.verb != "GET" || route.method->server_streaming() || route.path.variables.size() != 1) return std::nullopt;
  if (PolicyOf(*route.method).idempotency() != options::v1::READ_ONLY) return std::nullopt;
  if (std::ranges::find(kPlainReads, route.path.verb) == kPlainReads.end()) return std::nullopt;
  if (path.find('%') != std::string_view::npos) return std::nullopt;

  CacheableRead read;
  read.min_revision = MinRevisionOf(query);
  const std::string_view name = match.values[0];
  constexpr std::string_view kLandscapes = "landscapes/";
  if (read.min_revision < 0 || !name.starts_with(kLandscapes)) return std::nullopt;
  read.name = name;
  read.on.service = route.method->service();
  const std::string_view rest = name.substr(kLandscapes.size());
  const std::size_t slash = rest.find('/');
  read.on.landscape = rest.substr(0, slash);
  if (slash != std::string_view::npos) {
    const std::string_view record = rest.substr(slash + 1);
    const std::size_t second = record.find('/');
    if (second == std::string_view::npos) return std::nullopt;
    read.on.collection = record.substr(0, second);
    read.on.id = record.substr(second + 1);
  } else if (route.path.variables.front().end == route.path.segments.size()) {
    read.on.collection = "landscapes";
    read.on.id = read.on.landscape;
  } else {
    read.on.collection = CollectionBehind(route);
    if (read.on.collection.empty()) return std::nullopt;
  }
  return read;
}

std::string ViewOf(const Principal& principal, std::string_view landscape) {
  unsigned roles = 0;
  for (const auto& [where, held] : principal.roles) {
    if (where != "*" && where != landscape) continue;
    for (const Role role : held) roles |= 1U << static_cast<unsigned>(role);
  }
  const bool own = (roles & (1U << static_cast<unsigned>(Role::kRepresentative))) != 0;
  return own ? fmt::format("{:x}:{}", roles, principal.subject) : fmt::format("{:x}", roles);
}

std::string CacheKey(std::uint64_t epoch, std::string_view view, std::string_view path, std::string_view query,
                     bool gzip) {
  std::string key;
  key.reserve(view.size() + path.size() + query.size() + 24);
  const fmt::format_int number(epoch);
  key.append(number.data(), number.size()).append(gzip ? "z" : "-").append(view).append(path);
  if (query.empty()) return key;
  std::vector<std::string_view> pieces;
  ForEachPiece(query, [&](std::string_view piece) {
    if (!IsMinRevision(piece)) pieces.push_back(piece);
  });
  std::stable_sort(pieces.begin(), pieces.end(), [](std::string_view a, std::string_view b) {
    return a.substr(0, a.find('=')) < b.substr(0, b.find('='));  // the order of the values of one parameter counts
  });
  for (const std::string_view piece : pieces) key.append(1, '&').append(piece);
  return key;
}

std::optional<std::pair<FinishedAnswer, std::int64_t>> AnswerCache::Find(const std::string& key,
                                                                         const CacheableRead& read) const {
  const std::optional<cache::Versioned> value = cache_.Get(key);
  if (!value.has_value() || value->bytes == nullptr) return std::nullopt;
  const std::optional<std::int64_t> true_at = follower_.TrueAt(read.on, value->revision, read.min_revision);
  if (!true_at.has_value()) return std::nullopt;
  return std::pair(FinishedAnswer(value->bytes), *true_at);
}

void AnswerCache::Put(const std::string& key, std::int64_t revision, const FinishedAnswer& answer) {
  cache_.Put(key, {.revision = revision, .bytes = answer.block()});
}

bool AnswerCache::Join(const std::string& key, Waiter waiter) {
  const std::scoped_lock lock(mutex_);
  const auto [flight, first] = flights_.try_emplace(key);
  if (!first) flight->second.push_back(std::move(waiter));
  return first;
}

void AnswerCache::Land(const std::string& key, const FinishedAnswer* answer, std::int64_t revision) {
  std::vector<Waiter> waiters;
  {
    const std::scoped_lock lock(mutex_);
    const auto flight = flights_.find(key);
    if (flight == flights_.end()) return;
    waiters = std::move(flight->second);
    flights_.erase(flight);
  }
  for (const Waiter& waiter : waiters) waiter(answer, revision);
}

}  // namespace allmende::gateway
