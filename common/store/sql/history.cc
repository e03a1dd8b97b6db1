#include "common/store/sql/history.h"

#include <algorithm>

#include "common/base/macros.h"
#include "common/log/log.h"
#include "common/store/sql/first_ones.h"
#include "common/store/sql/statement.h"

namespace allmende::store::sql {
namespace {

constexpr std::int64_t kDeleted = static_cast<std::int64_t>(ChangeKind::kDeleted);

// An entry of a page that is put together in memory.
struct Candidate {
  Position position;
  Record record;
};

Commit CommitAt(const Row& row, int column) {
  Commit commit;
  commit.revision = row.Integer(column);
  commit.time = FromMicros(row.Integer(column + 1));
  commit.principal = row.Text(column + 2);
  commit.method = row.Text(column + 3);
  commit.request_id = row.Text(column + 4);
  return commit;
}

// A change and the revision it belongs to.
struct RevisedChange {
  std::int64_t revision = 0;
  Change change;
};

void AppendChanges(std::string_view landscape, std::int64_t first, std::int64_t last,
                   std::span<const std::string> collections, Statement& statement) {
  statement << "SELECT revision, collection, id, kind, data FROM changes WHERE landscape = ";
  statement.Bind(landscape) << " AND revision >= ";
  statement.Bind(first) << " AND revision <= ";
  statement.Bind(last);
  if (!collections.empty()) {
    statement << " AND collection IN (";
    for (std::size_t i = 0; i < collections.size(); ++i) {
      statement << (i == 0 ? "" : ", ");
      statement.Bind(std::string_view(collections[i]));
    }
    statement << ")";
  }
  statement << " ORDER BY revision, seq";
}

RevisedChange ChangeAt(const Row& row) {
  return {row.Integer(0),
          {.collection = std::string(row.Text(1)),
           .id = std::string(row.Text(2)),
           .kind = static_cast<ChangeKind>(row.Integer(3)),
           .bytes = std::string(row.Bytes(4))}};
}

// Cuts the answer where it gets too long: behind the last commit that is there as a whole, or else behind the first,
// for which the rest of its changes is then missing. True in that case.
bool CutBehindLastWhole(std::vector<Commit>& commits, std::vector<RevisedChange>& changes) {
  const std::int64_t cut_off = changes.back().revision;
  if (cut_off == commits.front().revision) {
    commits.resize(1);
    return true;
  }
  std::erase_if(commits, [&](const Commit& commit) { return commit.revision >= cut_off; });
  std::erase_if(changes, [&](const RevisedChange& change) { return change.revision >= cut_off; });
  return false;
}

}  // namespace

absl::StatusOr<std::int64_t> RevisionAt(Session& session, std::string_view landscape, Time time) {
  std::int64_t revision = 0;
  Statement statement("SELECT revision FROM commits WHERE landscape = ");
  statement.Bind(landscape) << " AND time <= ";
  statement.Bind(ToMicros(time)) << " ORDER BY time DESC, revision DESC LIMIT 1";
  RETURN_IF_ERROR(statement.Run(session, [&](const Row& row) { revision = row.Integer(0); }));
  return revision;
}

absl::StatusOr<std::vector<std::optional<Record>>> ReadAsOf(Session& session, const Collection& collection,
                                                            std::span<const std::string> ids, std::int64_t revision) {
  std::vector<std::optional<Record>> records(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    Statement statement("SELECT revision, kind, data FROM changes WHERE landscape = ");
    statement.Bind(collection.landscape) << " AND collection = ";
    statement.Bind(std::string_view(collection.type.collection)) << " AND id = ";
    statement.Bind(std::string_view(ids[i])) << " AND revision <= ";
    statement.Bind(revision) << " ORDER BY revision DESC LIMIT 1";
    RETURN_IF_ERROR(statement.Run(session, [&](const Row& row) {
      if (row.Integer(1) != kDeleted) records[i] = Record{ids[i], row.Integer(0), std::string(row.Bytes(2))};
    }));
  }
  return records;
}

absl::StatusOr<QueryResult> FindAsOf(Session& session, const Collection& collection, const Find& find,
                                     const Query& query, std::int64_t revision) {
  Statement statement(
      "SELECT c.id, c.revision, c.data FROM (SELECT id, MAX(revision) AS newest FROM changes WHERE landscape = ");
  statement.Bind(collection.landscape) << " AND collection = ";
  statement.Bind(std::string_view(collection.type.collection)) << " AND revision <= ";
  statement.Bind(revision) << " GROUP BY id) m JOIN changes c ON c.landscape = ";
  statement.Bind(collection.landscape) << " AND c.collection = ";
  statement.Bind(std::string_view(collection.type.collection));
  statement << " AND c.id = m.id AND c.revision = m.newest WHERE c.kind <> ";
  statement.Bind(kDeleted);

  QueryResult result;
  const auto limit = static_cast<std::size_t>(query.limit);
  FirstOnes<Candidate> first(find.order(), limit + 1);
  bool readable = true;
  const std::unique_ptr<Message> message(collection.type.prototype->New());
  RETURN_IF_ERROR(statement.Run(session, [&](const Row& row) {
    const std::string_view bytes = row.Bytes(2);
    readable &= message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    if (!Matches(find.condition(), collection.type, *message)) return;
    ++result.total;
    Candidate candidate{PositionOf(find.order(), *message, row.Text(0)), {}};
    if (find.behind().has_value() && !ComesBefore(find.order(), *find.behind(), candidate.position)) return;
    candidate.record = {std::string(row.Text(0)), row.Integer(1), std::string(bytes)};
    first.Offer(std::move(candidate));
  }));
  if (!readable) {
    log::Error("a change cannot be parsed", {{"collection", collection.type.collection}});
    return Error(Reason::INTERNAL_ERROR);
  }
  std::vector<Candidate> page = std::move(first).Sorted();
  if (page.size() > limit) {
    page.pop_back();
    result.next_cursor = WriteCursor(page.back().position);
  }
  for (Candidate& candidate : page) result.hits.push_back({std::move(candidate.record), std::nullopt});
  if (!query.count_total) result.total = 0;
  return result;
}

absl::StatusOr<std::vector<Commit>> ReadHistory(Session& session, const Collection& collection, std::string_view id,
                                                std::int64_t cursor, int limit) {
  Statement statement(
      "SELECT h.kind, h.data, c.revision, c.time, c.principal, c.method, c.request_id FROM changes h JOIN commits c ON "
      "c.landscape = h.landscape AND c.revision = h.revision WHERE h.landscape = ");
  statement.Bind(collection.landscape) << " AND h.collection = ";
  statement.Bind(std::string_view(collection.type.collection)) << " AND h.id = ";
  statement.Bind(id);
  if (cursor > 0) {
    statement << " AND h.revision < ";
    statement.Bind(cursor);
  }
  statement << " ORDER BY h.revision DESC LIMIT ";
  statement.Bind(std::int64_t{limit});
  std::vector<Commit> commits;
  RETURN_IF_ERROR(statement.Run(session, [&](const Row& row) {
    Commit& commit = commits.emplace_back(CommitAt(row, 2));
    commit.changes.push_back({.collection = collection.type.collection,
                              .id = std::string(id),
                              .kind = static_cast<ChangeKind>(row.Integer(0)),
                              .bytes = std::string(row.Bytes(1))});
  }));
  return commits;
}

absl::StatusOr<std::vector<Commit>> ReadChanges(Session& session, std::string_view landscape,
                                                std::int64_t from_revision, int max_changes,
                                                std::span<const std::string> collections) {
  const auto limit = std::int64_t{std::max(max_changes, 1)};
  std::vector<Commit> commits;
  Statement heads("SELECT revision, time, principal, method, request_id FROM commits WHERE landscape = ");
  heads.Bind(landscape) << " AND revision > ";
  heads.Bind(from_revision) << " ORDER BY revision LIMIT ";
  heads.Bind(limit);
  RETURN_IF_ERROR(heads.Run(session, [&](const Row& row) { commits.push_back(CommitAt(row, 0)); }));
  if (commits.empty()) return commits;

  std::vector<RevisedChange> changes;
  const auto collect = [&](const Row& row) { changes.push_back(ChangeAt(row)); };
  Statement some;
  AppendChanges(landscape, commits.front().revision, commits.back().revision, collections, some);
  some << " LIMIT ";
  some.Bind(limit + 1);
  RETURN_IF_ERROR(some.Run(session, collect));
  if (static_cast<std::int64_t>(changes.size()) > limit && CutBehindLastWhole(commits, changes)) {
    changes.clear();
    Statement whole;
    AppendChanges(landscape, commits.front().revision, commits.front().revision, collections, whole);
    RETURN_IF_ERROR(whole.Run(session, collect));
  }
  auto commit = commits.begin();
  for (RevisedChange& change : changes) {
    while (commit->revision < change.revision) ++commit;
    commit->changes.push_back(std::move(change.change));
  }
  return commits;
}

}  // namespace allmende::store::sql
