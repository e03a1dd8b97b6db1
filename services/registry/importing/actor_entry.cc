#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/base/ids.h"
#include "common/text/text.h"
#include "services/registry/importing/clean.h"
#include "services/registry/importing/entries.h"

namespace allmende::importing {
namespace {

using registry::v1::ActorKind;
using registry::v1::ActorMapping;
using registry::v1::MappedArea;
using registry::v1::MappedChannel;
using registry::v1::MappedOperator;
using type::v1::Channel;
using type::v1::Identifier;
using RepeatedString = google::protobuf::RepeatedPtrField<std::string>;

constexpr int kMostRemarks = 50;
constexpr std::string_view kActors = "actors";

std::string NameOf(const EntryContext& context, std::string_view collection, std::string_view id) {
  return fmt::format("landscapes/{}/{}/{}", context.landscape, collection, id);
}

// The enum value that a code names; refuses the row where there is none.
template <typename Enum>
Enum CodeOf(const Row::Made& made, bool (*parse)(google::protobuf::ConstStringParam, Enum*), std::string_view list,
            const Row& row) {
  Enum value{};
  if (!parse(made.text, &value))
    row.remarks().Refuse(made.cell, Reason::UNKNOWN_CODE, {{"value", made.text}, {"list", std::string(list)}});
  return value;
}

template <typename Enum>
Enum OneCode(const Row& row, const Ways& ways, bool (*parse)(google::protobuf::ConstStringParam, Enum*),
             std::string_view list) {
  for (const Row::Made& made : row.MadeTexts(ways)) return CodeOf(made, parse, list, row);
  return Enum{};
}

template <typename Mapping>
void SetKinds(const Row& row, const Mapping& mapping, Actor& actor) {
  for (const Row::Made& made : row.MadeTexts(mapping.kinds())) {
    const ActorKind kind = CodeOf<ActorKind>(made, registry::v1::ActorKind_Parse, "ActorKind", row);
    if (std::find(actor.kinds().begin(), actor.kinds().end(), kind) == actor.kinds().end()) actor.add_kinds(kind);
  }
}

template <typename Mapping>
void SetForms(const Row& row, const Mapping& mapping, Actor& actor) {
  actor.set_sector(OneCode<registry::v1::Sector>(row, mapping.sector(), registry::v1::Sector_Parse, "Sector"));
  actor.set_legal_form(
      OneCode<registry::v1::LegalForm>(row, mapping.legal_form(), registry::v1::LegalForm_Parse, "LegalForm"));
}

void SetTexts(const Row& row, const Ways& ways, RepeatedString& texts) {
  for (std::string& text : row.Texts(ways)) texts.Add(std::move(text));
}

void AddIdentifier(const Row& row, const registry::v1::MappedIdentifier& mapping, Actor& actor) {
  for (const Row::Made& made : row.MadeTexts(mapping.value())) {
    Identifier identifier;
    identifier.set_scheme(mapping.scheme());
    identifier.set_agency(mapping.agency());
    identifier.set_value(made.text);
    if (mapping.scheme().empty()) {
      const std::size_t first = made.text.find('=');
      const std::size_t second = first == std::string::npos ? first : made.text.find('=', first + 1);
      if (second == std::string::npos) {
        row.remarks().Dropped(made.cell, "erwartet wird scheme=agency=value", "expected is scheme=agency=value");
        continue;
      }
      identifier.set_scheme(made.text.substr(0, first));
      identifier.set_agency(made.text.substr(first + 1, second - first - 1));
      identifier.set_value(made.text.substr(second + 1));
    }
    *actor.add_identifiers() = std::move(identifier);
  }
}

struct ChannelWords {
  std::string_view german;
  std::string_view english;
};

ChannelWords WordsOf(Channel::Kind kind) {
  switch (kind) {
    case Channel::PHONE:
    case Channel::FAX:
      return {"es ist keine vollständige Rufnummer", "it is not a complete telephone number"};
    case Channel::EMAIL:
      return {"es ist keine E-Mail-Adresse", "it is not a mail address"};
    default:
      return {"es ist keine Webadresse", "it is not a web address"};
  }
}

std::optional<Cleaned> CleanChannel(Channel::Kind kind, std::string_view text) {
  switch (kind) {
    case Channel::PHONE:
    case Channel::FAX:
      return CleanPhone(text);
    case Channel::EMAIL:
      return CleanEmail(text);
    default:
      return CleanWebsite(text);
  }
}

void AddChannel(const Row& row, Channel::Kind kind, Cell cell, const std::optional<Cleaned>& cleaned, Actor& actor) {
  if (!cleaned) {
    const ChannelWords words = WordsOf(kind);
    row.remarks().Dropped(cell, std::string(words.german), std::string(words.english));
    return;
  }
  if (cleaned->repair != Repair::kNone) row.remarks().Repaired(cell, cleaned->text, cleaned->repair);
  const auto same = [&](const Channel& channel) { return channel.kind() == kind && channel.value() == cleaned->text; };
  if (std::any_of(actor.channels().begin(), actor.channels().end(), same)) return;
  Channel& channel = *actor.add_channels();
  channel.set_kind(kind);
  channel.set_value(cleaned->text);
}

void AddChannels(const Row& row, const MappedChannel& mapping, Actor& actor) {
  if (!mapping.area_code()) {
    for (const Row::Made& made : row.MadeTexts(mapping.value())) {
      AddChannel(row, mapping.kind(), {made.cell.column, made.text}, CleanChannel(mapping.kind(), made.text), actor);
    }
    return;
  }
  for (const MappedText& way : mapping.value()) {
    if (way.columns_size() != 2) continue;
    const std::string_view code = row.CellOf(way.columns(0));
    const std::string_view number = row.CellOf(way.columns(1));
    if (code.empty() && number.empty()) continue;
    AddChannel(row, mapping.kind(), {way.columns(0), fmt::format("{} {}", code, number)}, JoinPhone(code, number),
               actor);
  }
}

std::string DayText(std::int32_t day) {
  return fmt::format("{:04}-{:02}-{:02}", day / 10'000, day / 100 % 100, day % 100);
}

// Says that an area stays open; refuses the row where the mapping cannot do without.
void AreaOpen(const Row& row, bool required, Cell cell, Reason reason, Params params) {
  if (required) {
    row.remarks().Refuse(cell, reason, std::move(params));
  } else {
    row.remarks().Note(cell, reason, std::move(params));
  }
}

std::optional<std::string> AreaByKey(const Row& row, const MappedArea& mapping, const EntryContext& context,
                                     const Row::Made& key) {
  if (auto id = context.areas.ByKey(key.text)) return id;
  if (context.areas.Has(key.text)) return key.text;
  AreaOpen(row, mapping.required(), {key.cell.column, key.text}, Reason::UNKNOWN_AREA_KEY,
           {{"date", DayText(context.areas.today())}, {"hint", context.areas.HintFor(key.text)}});
  return std::nullopt;
}

std::optional<std::string> AreaByName(const Row& row, const MappedArea& mapping, const EntryContext& context) {
  const std::string locality = row.Text(mapping.locality());
  const std::string postcode = row.Text(mapping.postcode());
  const std::string_view column = mapping.locality().empty() || mapping.locality(0).columns().empty()
                                      ? std::string_view()
                                      : std::string_view(mapping.locality(0).columns(0));
  const std::string asked = postcode.empty() ? locality : fmt::format("{} {}", postcode, locality);
  if (asked.empty()) {
    if (mapping.required()) row.remarks().Refuse({column, ""}, Reason::FIELD_REQUIRED);
    return std::nullopt;
  }
  AreaQuestion question{locality, postcode, mapping.within(), {AreaKind::GEMEINDE}};
  if (!mapping.kinds().empty()) {
    question.kinds.clear();
    for (const int kind : mapping.kinds()) question.kinds.push_back(static_cast<AreaKind>(kind));
  }
  AreaAnswer answer = context.areas.ByName(question);
  if (answer.id) return answer.id;
  if (answer.candidates.empty()) {
    AreaOpen(row, mapping.required(), {column, asked}, Reason::UNKNOWN_REFERENCE, {});
  } else {
    AreaOpen(row, mapping.required(), {column, asked}, Reason::AMBIGUOUS_AREA,
             {{"candidates", fmt::format("{}", fmt::join(answer.candidates, ", "))}});
  }
  return std::nullopt;
}

void SetArea(const Row& row, const MappedArea& mapping, const EntryContext& context, Actor& actor) {
  const std::vector<Row::Made> keys = row.MadeTexts(mapping.key());
  const std::optional<std::string> id =
      keys.empty() ? AreaByName(row, mapping, context) : AreaByKey(row, mapping, context, keys.front());
  if (id) {
    actor.set_area(NameOf(context, "areas", *id));
  } else if (!keys.empty()) {
    // The key is not lost while its area is missing.
    (*actor.mutable_remarks())[std::string(keys.front().cell.column)] = keys.front().text;
  }
}

void SetOperator(const Row& row, const MappedOperator& mapping, const EntryContext& context, ActorEntry& entry) {
  const std::string name = row.Text(mapping.display_name());
  if (name.empty()) return;
  const std::string folded = text::Fold(name);
  Actor runner;
  runner.set_display_name(name);
  SetKinds(row, mapping, runner);
  SetForms(row, mapping, runner);
  runner.set_source(context.source);
  runner.set_source_key(Shortened("operator:" + folded));
  entry.operator_id = DerivedId({context.source, "operator", folded});
  entry.actor.set_operator_(NameOf(context, kActors, entry.operator_id));
  entry.runner = std::move(runner);
}

void SetOthers(const Row& row, const ImportMapping& mapping, const OtherCells& others, Actor& actor) {
  for (const std::string& column : mapping.keep()) {
    if (const std::string_view cell = row.CellOf(column); !cell.empty()) (*actor.mutable_remarks())[column] = cell;
  }
  for (const auto& [column, value] : others) {
    if (static_cast<int>(actor.remarks_size()) >= kMostRemarks) {
      row.remarks().Dropped({column, value}, "mehr als 50 weitere Spalten", "more than 50 further columns");
      continue;
    }
    (*actor.mutable_remarks())[column] = value;
  }
}

std::string IdOf(const Row& row, const ActorMapping& mapping, std::string_view key, const EntryContext& context) {
  std::string id = row.Text(mapping.id());
  if (id.empty()) return DerivedId({context.source, key});
  if (!IsResourceId(id)) {
    row.remarks().Refuse({"", id}, Reason::MALFORMED,
                         Both("expected", "1 bis 63 Zeichen aus a–z, 0–9, Bindestrich, Punkt und Unterstrich",
                              "1 to 63 characters of a–z, 0–9, hyphen, dot and underscore", {{"field", "id"}}));
  }
  return id;
}

// The column that a field comes from, for a remark that it is empty.
std::string_view FirstColumn(const Ways& ways) {
  for (const MappedText& way : ways) {
    if (!way.columns().empty()) return way.columns(0);
  }
  return {};
}

void SetTexts(const Row& row, const ActorMapping& mapping, Actor& actor) {
  actor.set_display_name(row.Text(mapping.display_name()));
  SetTexts(row, mapping.other_names(), *actor.mutable_other_names());
  const auto own_name = std::find(actor.other_names().begin(), actor.other_names().end(), actor.display_name());
  if (own_name != actor.other_names().end()) actor.mutable_other_names()->erase(own_name);
  actor.set_description(row.Text(mapping.description()));
  SetTexts(row, mapping.life_phases(), *actor.mutable_life_phases());
  SetTexts(row, mapping.topics(), *actor.mutable_topics());
  SetTexts(row, mapping.target_groups(), *actor.mutable_target_groups());
  SetTexts(row, mapping.languages(), *actor.mutable_languages());
}

}  // namespace

bool IsResourceId(std::string_view text) {
  const auto small = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (text.empty() || text.size() > 63 || !small(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) { return small(c) || c == '-' || c == '.' || c == '_'; });
}

std::string KeyOf(const Row& row, const ImportMapping& mapping) {
  std::string key = row.Text(mapping.key());
  if (key.empty()) row.remarks().Refuse({FirstColumn(mapping.key()), ""}, Reason::FIELD_REQUIRED);
  return key;
}

ActorEntry MakeActor(const Row& row, std::string_view key, const ImportMapping& mapping, const EntryContext& context,
                     const OtherCells& others) {
  const ActorMapping& actor_mapping = mapping.actor();
  ActorEntry entry;
  Actor& actor = entry.actor;
  entry.id = IdOf(row, actor_mapping, key, context);
  SetTexts(row, actor_mapping, actor);
  if (actor.display_name().empty()) {
    row.remarks().Refuse({FirstColumn(actor_mapping.display_name()), ""}, Reason::FIELD_REQUIRED);
  }
  SetKinds(row, actor_mapping, actor);
  if (actor.kinds().empty()) row.remarks().Refuse({FirstColumn(actor_mapping.kinds()), ""}, Reason::FIELD_REQUIRED);
  SetForms(row, actor_mapping, actor);
  actor.set_sphere(OneCode<registry::v1::Sphere>(row, actor_mapping.sphere(), registry::v1::Sphere_Parse, "Sphere"));
  for (const auto& identifier : actor_mapping.identifiers()) AddIdentifier(row, identifier, actor);
  for (const auto& channel : actor_mapping.channels()) AddChannels(row, channel, actor);
  if (actor_mapping.has_area()) SetArea(row, actor_mapping.area(), context, actor);
  if (actor_mapping.has_operator_()) SetOperator(row, actor_mapping.operator_(), context, entry);
  if (const std::string id = row.Text(actor_mapping.operator_id()); !id.empty()) {
    actor.set_operator_(NameOf(context, kActors, id));
  }
  if (actor_mapping.has_site()) entry.site = MakeSite(row, actor_mapping.site());
  if (entry.site) {
    entry.site_id = row.Text(actor_mapping.site().id());
    if (entry.site_id.empty()) entry.site_id = DerivedId({context.source, "site", key});
    entry.site->set_actor(NameOf(context, kActors, entry.id));
    entry.site->set_area(actor.area());
    entry.site->set_source(context.source);
  }
  const std::string source = row.Text(actor_mapping.source());
  const std::string source_key = row.Text(actor_mapping.source_key());
  actor.set_source(source.empty() ? context.source : source);
  actor.set_source_key(source_key.empty() ? std::string(key) : source_key);
  SetOthers(row, mapping, others, actor);
  return entry;
}

}  // namespace allmende::importing
