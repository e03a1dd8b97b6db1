#include "services/registry/rules/actor.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "services/registry/rules/checks.h"
#include "services/registry/rules/normalise.h"

namespace allmende::registry {
namespace {

using Strings = google::protobuf::RepeatedPtrField<std::string>;
using type::v1::Channel;

constexpr int kMostCodes = 100;
constexpr int kMostRemarks = 50;

void CheckKinds(const Actor& actor, Violations& found) {
  for (int i = 0; i < actor.kinds_size(); ++i) {
    if (actor.kinds(i) == v1::ACTOR_KIND_UNSPECIFIED) found.Add(At("kinds", i), Reason::FIELD_REQUIRED);
    const auto first = std::find(actor.kinds().begin(), actor.kinds().begin() + i, actor.kinds(i));
    if (first != actor.kinds().begin() + i) {
      AddConflict(At("kinds", i), At("kinds", static_cast<int>(first - actor.kinds().begin())), "zweimal dieselbe Art",
                  "the same kind twice", found);
    }
  }
}

template <typename Entries>
void CheckCodes(std::string_view field, const Strings& codes, const Strings* before, const Entries& list,
                Violations& found) {
  CheckCount(field, codes.size(), kMostCodes, found);
  for (int i = 0; i < codes.size(); ++i) {
    const std::string& code = codes[i];
    const auto is_code = [&code](const auto& entry) { return entry.code() == code; };
    if (std::ranges::none_of(list, is_code) &&
        (before == nullptr || std::ranges::find(*before, code) == before->end())) {
      std::vector<std::string> known;
      for (const auto& entry : list) known.push_back(entry.code());
      found.Add(At(field, i), Reason::UNKNOWN_CODE,
                {{"value", code}, {"list", std::string(field)}, {"hint", Nearest(code, known)}});
    }
    const auto first = std::find(codes.begin(), codes.begin() + i, code);
    if (first != codes.begin() + i) {
      AddConflict(At(field, i), At(field, static_cast<int>(first - codes.begin())), "zweimal derselbe Code",
                  "the same code twice", found);
    }
  }
}

struct ChannelForm {
  std::optional<std::string> normal;  // the value in its one form
  std::string_view de, en;            // what is expected, in words
};

ChannelForm FormOf(const Channel& channel) {
  switch (channel.kind()) {
    case Channel::PHONE:
    case Channel::FAX:
      return {NormalisePhone(channel.value()), "eine Rufnummer nach E.164, z. B. +4946112345",
              "an E.164 number, such as +4946112345"};
    case Channel::EMAIL:
      return {NormaliseEmail(channel.value()), "eine E-Mail-Adresse, z. B. info@example.de",
              "an e-mail address, such as info@example.de"};
    default:
      return {NormaliseUrl(channel.value()), "eine Adresse mit http oder https, z. B. https://example.de",
              "an http or https URL, such as https://example.de"};
  }
}

void CheckChannels(const Actor& actor, Violations& found) {
  CheckCount("channels", actor.channels_size(), kMostCodes, found);
  for (int i = 0; i < actor.channels_size(); ++i) {
    const Channel& channel = actor.channels(i);
    const std::string field = At("channels", i);
    CheckLength(field + ".note", channel.note(), 0, 200, found);
    if (channel.kind() == Channel::KIND_UNSPECIFIED) {
      found.Add(field + ".kind", Reason::FIELD_REQUIRED);
    } else if (channel.value().empty()) {
      found.Add(field + ".value", Reason::FIELD_REQUIRED);
    } else if (const ChannelForm form = FormOf(channel); form.normal != channel.value()) {
      // Where the number or address can be read all the same, its proper form is the best thing to say.
      const std::string de = form.normal.value_or(std::string(form.de));
      const std::string en = form.normal.value_or(std::string(form.en));
      found.Add(field + ".value", Reason::MALFORMED, Both("expected", de, en, {{"value", channel.value()}}));
    }
  }
}

void CheckRemarks(const Actor& actor, Violations& found) {
  CheckCount("remarks", static_cast<int>(actor.remarks_size()), kMostRemarks, found);
  for (const auto& [column, text] : actor.remarks()) {
    CheckLength("remarks", column, 1, 200, found);
    CheckLength(fmt::format("remarks[\"{}\"]", column), text, 0, 2000, found);
  }
}

}  // namespace

void CheckActor(const Actor& actor, const Actor* before, const v1::Landscape& landscape, Violations& found) {
  CheckLength("display_name", actor.display_name(), 0, 300, found);
  CheckTexts("other_names", actor.other_names(), 50, 300, found);
  CheckKinds(actor, found);
  CheckIdentifiers("identifiers", actor.identifiers(), found);
  CheckLength("description", actor.description(), 0, 10'000, found);
  CheckCodes("life_phases", actor.life_phases(), before == nullptr ? nullptr : &before->life_phases(),
             landscape.life_phases(), found);
  CheckCodes("topics", actor.topics(), before == nullptr ? nullptr : &before->topics(), landscape.topics(), found);
  CheckCodes("target_groups", actor.target_groups(), before == nullptr ? nullptr : &before->target_groups(),
             landscape.target_groups(), found);
  CheckCount("languages", actor.languages_size(), kMostCodes, found);
  for (int i = 0; i < actor.languages_size(); ++i) CheckLanguage(At("languages", i), actor.languages(i), found);
  CheckChannels(actor, found);
  CheckCount("funders", actor.funders_size(), kMostCodes, found);
  CheckLength("source", actor.source(), 0, 100, found);
  CheckLength("source_key", actor.source_key(), 0, 200, found);
  if (!actor.operator_().empty() && actor.operator_() == actor.name()) {
    AddConflict("operator", "name", "ein Akteur ist nicht sein eigener Träger", "an actor does not run itself", found);
  }
  CheckRemarks(actor, found);
}

}  // namespace allmende::registry
