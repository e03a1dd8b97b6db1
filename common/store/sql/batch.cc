#include "common/store/sql/batch.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/macros.h"
#include "common/log/log.h"
#include "common/store/sql/condition.h"
#include "common/store/sql/derived.h"
#include "common/store/sql/schema.h"
#include "common/store/sql/statement.h"

namespace allmende::store::sql {

Batch::Batch(Session& session, const Dialect& dialect, std::span<const ResourceType* const> types,
             std::string landscape, Time now)
    : session_(session), dialect_(dialect), types_(types), landscape_(std::move(landscape)), now_(now) {}

absl::Status Batch::Run(std::string_view statement, std::span<const Param> params, RowSink sink) {
  absl::Status status = session_.Run(statement, params, sink);
  if (!status.ok()) failed_ = true;
  return status;
}

absl::Status Batch::ReadHead() {
  const Param landscape = std::string_view(landscape_);
  return Run(fmt::format("SELECT revision, time FROM heads WHERE landscape = $1 {}", dialect_.for_update),
             std::span(&landscape, 1), [this](const Row& row) {
               revision_ = row.Integer(0);
               // Time never runs backwards in a landscape, whatever the machine's clock does.
               now_ = std::max(now_, FromMicros(row.Integer(1)));
             });
}

absl::Status Batch::CreateHead() {
  const std::vector<Param> params = {std::string_view(landscape_), ToMicros(now_)};
  RETURN_IF_ERROR(Run("INSERT INTO heads (landscape, revision, time) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING", params,
                      [](const Row&) {}));
  RETURN_IF_ERROR(ReadHead());
  head_is_new_ = revision_ == 0;
  return absl::OkStatus();
}

const ResourceType* Batch::TypeOf(std::string_view resource) const {
  const auto found =
      std::find_if(types_.begin(), types_.end(), [&](const ResourceType* type) { return type->resource == resource; });
  return found == types_.end() ? nullptr : *found;
}

absl::StatusOr<Version> Batch::Find(KeyView key) {
  if (const Version* written = written_.Find(key)) return *written;
  if (const auto found = stored_.find(key); found != stored_.end()) return found->second.version;
  StoredRecord record;
  // A landscape that is being made is empty; nothing need be asked.
  if (!head_is_new_) {
    const std::vector<Param> params = {std::string_view(landscape_), key.id};
    bool readable = true;
    RETURN_IF_ERROR(Run(fmt::format("SELECT {}, data FROM {} WHERE landscape = $1 AND id = $2",
                                    dialect_.is_postgres ? "0" : "n", TableOf('r', *key.type)),
                        params, [&](const Row& row) {
                          record.row = row.Integer(0);
                          record.version.bytes = std::make_shared<const std::string>(row.Bytes(1));
                          std::shared_ptr<Message> message(key.type->prototype->New());
                          readable = message->ParseFromString(*record.version.bytes);
                          record.version.message = std::move(message);
                        }));
    if (!readable) {
      log::Error("a stored record cannot be parsed", {{"collection", key.type->collection}, {"id", key.id}});
      return Error(Reason::INTERNAL_ERROR);
    }
  }
  return stored_.emplace(Key{key.type, std::string(key.id)}, std::move(record)).first->second.version;
}

absl::StatusOr<std::vector<std::string>> Batch::StoredIds(const ResourceType& type, const ColumnSpec& column,
                                                          const Value& value, std::int64_t limit) {
  std::vector<std::string> ids;
  if (head_is_new_) return ids;
  Condition equals;
  equals.kind = Condition::Kind::kColumn;
  equals.column = &column;
  equals.value = value;
  if (column.sorted) equals.sort_value = SortValueOf(column, value);
  Statement statement("SELECT r.id FROM ");
  statement << TableOf('r', type) << " r WHERE r.landscape = ";
  statement.Bind(std::string_view(landscape_)) << " AND ";
  AppendCondition(equals, type, landscape_, statement);
  statement << " ORDER BY r.id LIMIT ";
  statement.Bind(limit);
  RETURN_IF_ERROR(Run(statement.text(), statement.params(), [&](const Row& row) { ids.emplace_back(row.Text(0)); }));
  return ids;
}

absl::StatusOr<std::vector<std::string>> Batch::StoredIdsWithTerm(const ResourceType& type, std::int64_t terms,
                                                                  std::string_view term, std::int64_t limit) {
  std::vector<std::string> ids;
  if (head_is_new_) return ids;
  const std::vector<Param> params = {std::string_view(landscape_), terms, term, limit};
  RETURN_IF_ERROR(Run(fmt::format("SELECT id FROM {} WHERE landscape = $1 AND field = $2 AND term = $3 ORDER BY id "
                                  "LIMIT $4",
                                  TableOf('t', type)),
                      params, [&](const Row& row) { ids.emplace_back(row.Text(0)); }));
  return ids;
}

absl::Status Batch::LoadReplies(std::string_view principal, std::span<const std::string_view> request_ids) {
  constexpr std::size_t kLength = 64;  // of a list, always the same so that one statement is prepared
  static const std::string kStatement = [] {
    std::string text =
        "SELECT request_id, fingerprint, reply, revision FROM requests WHERE landscape = $1 AND principal = $2 AND "
        "request_id IN ($3";
    for (std::size_t i = 1; i < kLength; ++i) text += fmt::format(", ${}", i + 3);
    return text + ")";
  }();
  for (const std::string_view id : request_ids) {
    loaded_replies_.try_emplace({std::string(principal), std::string(id)}, std::nullopt);
  }
  while (!request_ids.empty()) {
    std::vector<Param> params = {std::string_view(landscape_), principal};
    for (std::size_t i = 0; i < kLength; ++i) params.emplace_back(request_ids[std::min(i, request_ids.size() - 1)]);
    RETURN_IF_ERROR(Run(kStatement, params, [&](const Row& row) {
      loaded_replies_[{std::string(principal), std::string(row.Text(0))}] =
          EarlierReply{std::string(row.Text(1)), std::string(row.Bytes(2)), row.Integer(3)};
    }));
    request_ids = request_ids.subspan(std::min(kLength, request_ids.size()));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<EarlierReply>> Batch::FindReply(std::string_view principal, std::string_view request_id) {
  for (const Outcome& outcome : outcomes_) {
    if (outcome.keep_reply && outcome.request_id == request_id && outcome.principal == principal) {
      return EarlierReply{outcome.fingerprint, outcome.reply, outcome.revision};
    }
  }
  if (const auto loaded = loaded_replies_.find({std::string(principal), std::string(request_id)});
      loaded != loaded_replies_.end()) {
    return loaded->second;
  }
  std::optional<EarlierReply> reply;
  if (head_is_new_) return reply;
  const std::vector<Param> params = {std::string_view(landscape_), principal, request_id};
  RETURN_IF_ERROR(
      Run("SELECT fingerprint, reply, revision FROM requests WHERE landscape = $1 AND principal = $2 AND "
          "request_id = $3",
          params, [&](const Row& row) {
            reply = EarlierReply{std::string(row.Text(0)), std::string(row.Bytes(1)), row.Integer(2)};
          }));
  return reply;
}

void Batch::Add(Outcome outcome) {
  if (outcome.revision > 0) revision_ = outcome.revision;
  outcomes_.push_back(std::move(outcome));
}

}  // namespace allmende::store::sql
