#include "services/allmende/demo/demo.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>

#include "services/allmende/demo/dice.h"
#include "services/allmende/demo/geography.h"
#include "services/allmende/demo/trades.h"
#include "services/allmende/demo/variations.h"
#include "services/allmende/demo/words.h"

namespace allmende::demo {
namespace {

using registry::v1::Actor;
using registry::v1::Site;
using type::v1::Channel;

constexpr int kTwicePercent = 8;  // of the actors that several lists know
constexpr std::size_t kLongestId = 56;
constexpr std::string_view kLanguages[] = {"en", "tr", "ar", "uk", "ru", "pl", "fa", "fr", "ro", "nds"};
constexpr std::string_view kAccessibility[] = {"stufenlos erreichbar", "Aufzug vorhanden", "nur Erdgeschoss stufenlos",
                                               "nicht barrierefrei", "Induktionsschleife im Saal"};

// Builds one Kreis; what is made goes into `kreis`.
class Builder {
 public:
  Builder(std::string landscape, std::uint64_t seed, int number)
      : landscape_(std::move(landscape)),
        seed_(seed),
        number_(number),
        geography_(MakeGeography(landscape_, seed, number)) {
    for (int i = 0; i < static_cast<int>(geography_.towns.size()); ++i) {
      // A town appears in the drum once for every 1500 people.
      for (std::int64_t people = 0; people < geography_.towns[i].persons; people += 1500) drum_.push_back(i);
    }
  }

  Kreis Build() {
    for (const Trade& trade : Trades()) {
      Dice dice(seed_, fmt::format("{}{}", registry::v1::ActorKind_Name(trade.kind), static_cast<int>(trade.run_by)),
                number_);
      for (int i = 0; i < trade.per_kreis; ++i) AddActor(trade, i, dice);
    }
    kreis_.areas = std::move(geography_.areas);
    return std::move(kreis_);
  }

 private:
  using Pool = std::vector<std::pair<int, std::string>>;  // town and full name of actors that run others

  void AddActor(const Trade& trade, int index, Dice& dice);
  void AddSites(const Trade& trade, const Actor& actor, int town, Dice& dice);
  void Repeat(const Actor& actor, int town, Dice& dice);
  void AddChannels(Actor& actor, std::string_view slug, Dice& dice);
  void AddCodes(const Trade& trade, Actor& actor, Dice& dice);
  std::string OperatorOf(RunBy run_by, int town, Dice& dice);
  std::string FillIn(std::string_view pattern, const Town& town, Dice& dice) const;
  std::string NameWith(std::string_view collection, std::string_view slug);
  Site NewSite(const Actor& actor, int town, bool main, Dice& dice);

  const std::string landscape_;
  const std::uint64_t seed_;
  const int number_;
  Geography geography_;
  std::vector<int> drum_;
  Kreis kreis_;
  std::set<std::string> names_taken_;
  std::set<std::string> texts_taken_;
  std::map<registry::v1::ActorKind, Pool> runners_;
  int phones_ = 0;
};

std::string Builder::FillIn(std::string_view pattern, const Town& town, Dice& dice) const {
  std::string text;
  while (!pattern.empty()) {
    const auto open = pattern.find('{');
    text += pattern.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = pattern.find('}', open);
    const std::string_view what = pattern.substr(open + 1, close - open - 1);
    if (what == "town") {
      text += town.name;
    } else if (what == "kreis") {
      text += geography_.kreis_name;
    } else {
      text += dice.Pick(WordsFor(what));
    }
    pattern.remove_prefix(close + 1);
  }
  return text;
}

// Readable ids; where two would be alike the later one gets a number, and every Kreis but the first its own ending.
std::string Builder::NameWith(std::string_view collection, std::string_view slug) {
  std::string stem(slug.substr(0, kLongestId - 12));
  while (stem.ends_with('-')) stem.pop_back();
  if (number_ > 0) stem += fmt::format("-k{}", number_);
  std::string name = fmt::format("landscapes/{}/{}/{}", landscape_, collection, stem);
  for (int repeat = 2; !names_taken_.insert(name).second; ++repeat) {
    name = fmt::format("landscapes/{}/{}/{}-{}", landscape_, collection, stem, repeat);
  }
  return name;
}

std::string Builder::OperatorOf(RunBy run_by, int town, Dice& dice) {
  using registry::v1::ActorKind;
  if (run_by == RunBy::kMixed) {
    constexpr RunBy kWhoRunsKitas[] = {RunBy::kMunicipality, RunBy::kMunicipality, RunBy::kParish, RunBy::kParish,
                                       RunBy::kProvider,     RunBy::kWelfare,      RunBy::kNobody};
    run_by = dice.Pick(kWhoRunsKitas);
  }
  static const std::map<RunBy, ActorKind> kKinds{{RunBy::kMunicipality, registry::v1::MEMBER_MUNICIPALITY},
                                                 {RunBy::kKreis, registry::v1::ADMINISTRATIVE_UNIT},
                                                 {RunBy::kParish, registry::v1::RELIGIOUS_COMMUNITY},
                                                 {RunBy::kProvider, registry::v1::YOUTH_WELFARE_PROVIDER},
                                                 {RunBy::kWelfare, registry::v1::WELFARE_FEDERATION}};
  const auto kind = kKinds.find(run_by);
  if (kind == kKinds.end()) return {};
  const Pool& pool = runners_[kind->second];
  if (run_by == RunBy::kKreis) return pool.front().second;
  Pool near;
  std::ranges::copy_if(pool, std::back_inserter(near), [&](const auto& runner) { return runner.first == town; });
  return dice.Pick(near.empty() ? pool : near).second;
}

void Builder::AddCodes(const Trade& trade, Actor& actor, Dice& dice) {
  const auto some = [&](const std::vector<std::string_view>& codes, auto add) {
    add(std::string(codes.front()));
    for (std::size_t i = 1; i < codes.size(); ++i) {
      if (dice.Percent(55)) add(std::string(codes[i]));
    }
  };
  some(trade.life_phases, [&](std::string code) { actor.add_life_phases(std::move(code)); });
  some(trade.topics, [&](std::string code) { actor.add_topics(std::move(code)); });
  some(trade.target_groups, [&](std::string code) { actor.add_target_groups(std::move(code)); });
  actor.add_languages("de");
  if (dice.Percent(30)) actor.add_languages(std::string(dice.Pick(kLanguages)));
}

void Builder::AddChannels(Actor& actor, std::string_view slug, Dice& dice) {
  const auto add = [&](Channel::Kind kind, std::string value) {
    auto& channel = *actor.add_channels();
    channel.set_kind(kind);
    channel.set_value(std::move(value));
  };
  slug = slug.substr(0, 40);
  while (slug.ends_with('-')) slug.remove_suffix(1);
  const std::string host = fmt::format("{}.example.org", slug);
  if (dice.Percent(90)) add(Channel::PHONE, PhoneNumber(number_ * 997 + phones_++));
  if (dice.Percent(80)) add(Channel::EMAIL, fmt::format("info@{}", host));
  if (dice.Percent(65)) add(Channel::WEBSITE, fmt::format("https://{}/", host));
}

Site Builder::NewSite(const Actor& actor, int town_index, bool main, Dice& dice) {
  const Town& town = geography_.towns[town_index];
  const auto district = static_cast<std::size_t>(dice.Below(static_cast<int>(town.districts.size())));
  Site site;
  site.set_actor(actor.name());
  site.set_main(main);
  site.set_area(town.district_areas[district]);
  site.set_source(actor.source());
  auto& address = *site.mutable_address();
  address.set_street(std::string(dice.Pick(WordsFor("street"))));
  address.set_house_number(fmt::format("{}{}", dice.Between(1, 118), dice.Percent(12) ? "a" : ""));
  address.set_postcode(town.postcode);
  address.set_locality(town.name);
  if (district != 0) address.set_district(town.districts[district]);
  const auto near = [&](double degrees, double reach) {
    return std::round((degrees + dice.Between(-1000, 1000) * reach / 1000) * 1e5) / 1e5;
  };
  site.mutable_point()->set_latitude(near(town.latitude, 0.028));
  site.mutable_point()->set_longitude(near(town.longitude, 0.045));
  if (dice.Percent(35)) site.set_accessibility(std::string(dice.Pick(kAccessibility)));
  return site;
}

void Builder::AddSites(const Trade& trade, const Actor& actor, int town, Dice& dice) {
  const std::string id = actor.name().substr(actor.name().rfind('/') + 1);
  const int branches = trade.branch_sites == 0 ? 0 : dice.Below(trade.branch_sites + 1);
  for (int i = 0; i <= branches; ++i) {
    const int place = i == 0 ? town : dice.Pick(drum_);
    Site site = NewSite(actor, place, i == 0, dice);
    if (i > 0) site.set_display_name(fmt::format("Außenstelle {}", geography_.towns[place].name));
    site.set_name(fmt::format("landscapes/{}/sites/{}{}", landscape_, id, i == 0 ? "" : fmt::format("-s{}", i + 1)));
    kreis_.sites.push_back(std::move(site));
  }
}

std::string_view SourceOf(registry::v1::ActorKind kind) {
  switch (kind) {
    case registry::v1::SCHOOL:
    case registry::v1::VOCATIONAL_SCHOOL:
      return "schulverzeichnis";
    case registry::v1::CHILDCARE_FACILITY:
      return "kita-portal";
    case registry::v1::ASSOCIATION:
      return "vereinsliste";
    default:
      return "bildungsbuero";
  }
}

void Builder::AddActor(const Trade& trade, int index, Dice& dice) {
  using registry::v1::ActorKind;
  const bool of_each_town = trade.kind == registry::v1::MEMBER_MUNICIPALITY;
  const bool of_the_kreis = trade.names.front() == "{kreis}";
  const int town_index = of_each_town ? index : of_the_kreis ? 0 : dice.Pick(drum_);
  const Town& town = geography_.towns[town_index];

  Actor actor;
  std::string name = FillIn(dice.Pick(trade.names), town, dice);
  for (int attempt = 0; attempt < 30 && !texts_taken_.insert(name).second; ++attempt) {
    name = FillIn(dice.Pick(trade.names), town, dice);
  }
  const std::string slug = Slug(name);
  actor.set_display_name(name);
  actor.set_name(NameWith("actors", slug));
  actor.add_kinds(trade.kind);
  actor.set_sphere(trade.sphere);
  actor.set_sector(trade.sector);
  actor.set_legal_form(trade.legal_form);
  actor.set_description(std::string(trade.description));
  actor.set_area(of_the_kreis ? geography_.kreis_area : town.area);
  actor.set_operator_(OperatorOf(trade.run_by, town_index, dice));
  if (trade.kind == registry::v1::ASSOCIATION && dice.Percent(12)) {
    actor.add_funders(dice.Pick(runners_[registry::v1::MEMBER_MUNICIPALITY]).second);
  }
  if (!trade.identifier_scheme.empty()) {
    auto& identifier = *actor.add_identifiers();
    identifier.set_scheme(std::string(trade.identifier_scheme));
    identifier.set_agency("Land Muster");
    identifier.set_value(fmt::format("{}{:04}", 100 + number_, 17 * kreis_.actors.size() % 9973));
  }
  actor.set_source(std::string(SourceOf(trade.kind)));
  actor.set_source_key(fmt::format("{}-{:05}", number_, kreis_.actors.size() + 1));
  AddCodes(trade, actor, dice);
  AddChannels(actor, slug, dice);
  if (dice.Percent(60)) {  // within two years before 2024-06-01
    actor.mutable_verified_time()->set_seconds(1'717'200'000 - 86'400LL * dice.Below(730));
  }
  if (trade.run_by == RunBy::kNobody) runners_[trade.kind].emplace_back(town_index, actor.name());
  AddSites(trade, actor, town_index, dice);
  kreis_.actors.push_back(actor);
  if (trade.run_by != RunBy::kKreis && !of_each_town && !of_the_kreis && dice.Percent(kTwicePercent)) {
    Repeat(actor, town_index, dice);
  }
}

// The same organisation in another list.
void Builder::Repeat(const Actor& actor, int town, Dice& dice) {
  const Variation variation = VaryName(actor.display_name(), geography_.towns[town].name, dice);
  Site site = kreis_.sites[kreis_.sites.size() - 1];
  for (auto found = kreis_.sites.rbegin(); found != kreis_.sites.rend() && found->actor() == actor.name(); ++found) {
    site = *found;  // the main site is the first of the actor's
  }
  Actor again;
  again.set_display_name(variation.text);
  again.set_name(NameWith("actors", Slug(variation.text)));
  *again.mutable_kinds() = actor.kinds();
  again.set_sphere(actor.sphere());
  again.set_area(actor.area());
  again.set_source("mitmachboerse");
  again.set_source_key(fmt::format("m{}-{:05}", number_, kreis_.actors.size() + 1));
  again.add_languages("de");
  *again.mutable_topics() = actor.topics();
  // Either list may lack what the other has.
  for (const Channel& channel : actor.channels()) {
    if (dice.Percent(55)) *again.add_channels() = channel;
  }
  if (dice.Percent(25)) *again.mutable_identifiers() = actor.identifiers();

  site.set_name(fmt::format("landscapes/{}/sites/{}", landscape_, again.name().substr(again.name().rfind('/') + 1)));
  site.set_actor(again.name());
  site.set_source(again.source());
  site.clear_accessibility();
  VaryAddress(*site.mutable_address(), dice);
  kreis_.truth.push_back({actor.name(), again.name(), fmt::format("{}", fmt::join(variation.what, " + "))});
  kreis_.actors.push_back(std::move(again));
  kreis_.sites.push_back(std::move(site));
}

}  // namespace

Kreis MakeKreis(const std::string& landscape, std::uint64_t seed, int number) {
  return Builder(landscape, seed, number).Build();
}

std::string TruthHeader() { return "first,second,why\n"; }
std::string ToCsvLine(const TruthPair& pair) { return fmt::format("{},{},{}\n", pair.first, pair.second, pair.why); }

}  // namespace allmende::demo
