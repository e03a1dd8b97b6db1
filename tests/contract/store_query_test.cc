// Filters, order and pages: what a query finds and in which order, the same on every database and the same as going
// through everything by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "common/store/sql/condition.h"
#include "common/store/sql/order.h"
#include "tests/contract/store_fixture.h"

namespace allmende {
namespace {

using resource::Filter;
using store::Query;
using store::Transaction;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using namespace std::chrono_literals;

class StoreQuery : public StoreTest {
 protected:
  void Put(std::string_view id, const Actor& actor) { ASSERT_OK(CreateOne(*store_, Actors(), id, actor)); }

  std::vector<std::string> Find(std::string_view filter) {
    const auto found = FindAll(*store_, Actors(), Filtered(filter));
    EXPECT_OK(found);
    return found.ok() ? *found : std::vector<std::string>();
  }

  std::vector<std::string> Ordered(std::string_view order_by, int page = 2) {
    Query query;
    query.order = *resource::ParseOrderBy(order_by);
    query.limit = page;
    const auto found = FindAll(*store_, Actors(), query);
    EXPECT_OK(found);
    return found.ok() ? *found : std::vector<std::string>();
  }

  absl::Status FindError(const Query& query) {
    CallContext call = CallIn("test");
    return store_->Find(call, Actors(), query).status();
  }
};
INSTANTIATE_TEST_SUITE_P(EveryDatabase, StoreQuery, ::testing::ValuesIn(DatabaseKinds()), NameOfKind);

TEST_P(StoreQuery, FiltersByColumnsAndTerms) {
  Actor kita = NewActor("Kita Nord");
  kita.set_kinds(0, registry::v1::CHILDCARE_FACILITY);
  kita.set_sphere(registry::v1::EXTERNAL);
  kita.add_topics("LANGUAGE");
  Put("kita", kita);
  Actor school = NewActor("Schule");
  school.set_sphere(registry::v1::INTERNAL);
  school.set_source("list");
  school.set_source_key("7");
  *school.mutable_verified_time() = ToProto(clock_.Now());
  Put("school", school);
  Put("other", NewActor("Other"));

  EXPECT_THAT(Find(R"(display_name = "Kita Nord")"), ElementsAre("kita"));
  EXPECT_THAT(Find("sphere = INTERNAL"), ElementsAre("school"));
  EXPECT_THAT(Find("sphere != INTERNAL"), ElementsAre("kita", "other"));
  EXPECT_THAT(Find("NOT sphere = INTERNAL"), ElementsAre("kita", "other"));
  EXPECT_THAT(Find("sphere = SPHERE_UNSPECIFIED"), ElementsAre("other"));
  EXPECT_THAT(Find("sphere:*"), ElementsAre("kita", "school"));
  EXPECT_THAT(Find("kinds:SCHOOL"), ElementsAre("other", "school"));
  EXPECT_THAT(Find("NOT kinds:SCHOOL"), ElementsAre("kita"));
  EXPECT_THAT(Find("topics:LANGUAGE OR source = \"list\""), ElementsAre("kita", "school"));
  EXPECT_THAT(Find("kinds:SCHOOL AND source_key = \"7\""), ElementsAre("school"));
  EXPECT_THAT(Find("NOT (kinds:SCHOOL AND source_key = \"7\")"), ElementsAre("kita", "other"));
  EXPECT_THAT(Find("topics:*"), ElementsAre("kita"));
  EXPECT_THAT(Find("NOT topics:*"), ElementsAre("other", "school"));
  EXPECT_THAT(Find("source = \"\""), ElementsAre("kita", "other"));
  EXPECT_THAT(Find("verified_time <= \"2024-01-01T00:00:00Z\""), ElementsAre("school"));
  EXPECT_THAT(Find("verified_time < \"2024-01-01T01:00:00+01:00\""), IsEmpty());
  EXPECT_THAT(Find("display_name > \"Kz\""), ElementsAre("other", "school"));
}

TEST_P(StoreQuery, ComparesNumbersAsNumbers) {
  const auto put = [&](const char* id, double size, std::int64_t people) {
    Area area = NewArea(id);
    area.set_square_kilometres(size);
    if (people >= 0) area.mutable_population()->set_total(people);
    ASSERT_OK(CreateOne(*store_, Areas(), id, area));
  };
  put("small", 9.5, 900);
  put("large", 100.25, 10'000);
  put("unknown", 0, -1);
  EXPECT_THAT(FindAll(*store_, Areas(), Filtered("population > 1000")), IsOkAndHolds(ElementsAre("large")));
  EXPECT_THAT(FindAll(*store_, Areas(), Filtered("population < 10000")), IsOkAndHolds(ElementsAre("small")));
  EXPECT_THAT(FindAll(*store_, Areas(), Filtered("NOT population:*")), IsOkAndHolds(ElementsAre("unknown")));
  EXPECT_THAT(FindAll(*store_, Areas(), Filtered("square_kilometres >= 9.5")),
              IsOkAndHolds(ElementsAre("large", "small")));
  EXPECT_THAT(FindAll(*store_, Areas(), Filtered("square_kilometres = 100.25")), IsOkAndHolds(ElementsAre("large")));
  Query query;
  query.order = *resource::ParseOrderBy("population desc");
  query.limit = 1;
  EXPECT_THAT(FindAll(*store_, Areas(), query), IsOkAndHolds(ElementsAre("large", "small", "unknown")));
}

TEST_P(StoreQuery, RefusesWhatCannotBeFilteredBy) {
  EXPECT_THAT(FindError(Filtered("description = \"x\"")), HasViolation("filter", Reason::FIELD_NOT_FILTERABLE));
  EXPECT_THAT(FindError(Filtered("verified_time > 12")), HasViolation("filter", Reason::WRONG_TYPE));
  EXPECT_THAT(FindError(Filtered("sphere < INTERNAL")), HasViolation("filter", Reason::WRONG_TYPE));
  EXPECT_THAT(FindError(Filtered("kinds > SCHOOL")), HasViolation("filter", Reason::WRONG_TYPE));
  EXPECT_THAT(FindError(Filtered("kinds:SCHOL")), HasViolation("filter", Reason::UNKNOWN_CODE));
  Query by_description;
  by_description.order = {{"description", false}};
  EXPECT_THAT(FindError(by_description), HasViolation("order_by", Reason::FIELD_NOT_FILTERABLE));
  Query by_area;
  by_area.facets = {"description"};
  EXPECT_THAT(FindError(by_area), HasViolation("facets", Reason::FIELD_NOT_FILTERABLE));
}

TEST_P(StoreQuery, NamesTheNearestCodeAndTheFieldsThatArePossible) {
  const ErrorDetail unknown = DetailOf(FindError(Filtered("kinds:SCHOL")));
  ASSERT_EQ(unknown.violations_size(), 1);
  EXPECT_EQ(unknown.violations(0).params().at("hint"), "SCHOOL");
  EXPECT_EQ(unknown.violations(0).params().at("field"), "kinds");
  const ErrorDetail field = DetailOf(FindError(Filtered("colour = red OR nonsense = 1")));
  ASSERT_EQ(field.violations_size(), 2);
  EXPECT_EQ(field.violations(0).params().at("field"), "colour");
  EXPECT_THAT(field.violations(0).params().at("allowed"), ::testing::HasSubstr("display_name, funders, kinds"));
}

TEST_P(StoreQuery, OrdersTextByTheGermanDictionary) {
  for (const char* name : {"Zebra", "Ähre", "Affe", "Schule 10", "Schule 9", "Öl", "Oma"}) {
    Put("x" + std::to_string(std::hash<std::string>{}(name) % 1000), NewActor(name));
  }
  Query query;
  query.order = {{"display_name", false}};
  query.limit = 3;
  std::vector<std::string> names;
  do {
    CallContext call = CallIn("test");
    ASSERT_OK_AND_ASSIGN(const auto page, store_->Find(call, Actors(), query));
    for (const auto& hit : page.hits) {
      Actor actor;
      actor.ParseFromString(hit.record.bytes);
      names.push_back(actor.display_name());
    }
    query.cursor = page.next_cursor;
  } while (!query.cursor.empty());
  EXPECT_THAT(names, ElementsAre("Ähre", "Affe", "Öl", "Oma", "Schule 9", "Schule 10", "Zebra"));
}

TEST_P(StoreQuery, OrdersBySeveralColumnsInEitherDirection) {
  const auto put = [&](const char* id, const char* name, registry::v1::Sphere sphere) {
    Actor actor = NewActor(name);
    actor.set_sphere(sphere);
    Put(id, actor);
  };
  put("a", "x", registry::v1::EXTERNAL);
  put("b", "y", registry::v1::INTERNAL);
  put("c", "x", registry::v1::INTERNAL);
  put("d", "x", registry::v1::INTERNAL);
  put("e", "y", registry::v1::SPHERE_UNSPECIFIED);
  EXPECT_THAT(Ordered("sphere, display_name"), ElementsAre("e", "c", "d", "b", "a"));
  EXPECT_THAT(Ordered("sphere desc, display_name"), ElementsAre("a", "c", "d", "b", "e"));
  EXPECT_THAT(Ordered("display_name, sphere desc"), ElementsAre("a", "d", "c", "b", "e"));
  EXPECT_THAT(Ordered("display_name desc"), ElementsAre("e", "b", "d", "c", "a"));
  EXPECT_THAT(Ordered(""), ElementsAre("a", "b", "c", "d", "e"));
}

TEST_P(StoreQuery, PagesStayInPlaceWhileEntriesComeAndGo) {
  for (const char* id : {"b", "d", "f", "h"}) Put(id, NewActor(id));
  Query query;
  query.order = {{"display_name", false}};
  query.limit = 2;
  CallContext call = CallIn("test");
  ASSERT_OK_AND_ASSIGN(auto page, store_->Find(call, Actors(), query));
  EXPECT_EQ(page.hits.back().record.id, "d");
  Put("a", NewActor("a"));
  Put("e", NewActor("e"));
  ASSERT_OK(Write(*store_, CallIn("test"), [](Transaction& tx) { return tx.Remove(Actors(), "d"); }));
  query.cursor = page.next_cursor;
  query.limit = 10;
  EXPECT_THAT(FindAll(*store_, Actors(), query), IsOkAndHolds(ElementsAre("e", "f", "h")));
}

TEST_P(StoreQuery, RefusesACursorThatItDidNotMake) {
  for (const char* id : {"b", "d", "f"}) Put(id, NewActor(id));
  Query query;
  query.order = {{"display_name", false}};
  query.limit = 1;
  CallContext call = CallIn("test");
  ASSERT_OK_AND_ASSIGN(const auto page, store_->Find(call, Actors(), query));
  const auto refused = HasViolation("page_token", Reason::INVALID_PAGE_TOKEN);
  for (const std::string& cursor : {std::string("x"), page.next_cursor.substr(1), page.next_cursor + "x",
                                    std::string(8, '\xff'), std::string(16, '\0') + "\xff"}) {
    query.cursor = cursor;
    EXPECT_THAT(FindError(query), refused) << cursor.size();
  }
  query.cursor = page.next_cursor;
  query.order = {{"sphere", false}, {"display_name", false}};
  EXPECT_THAT(FindError(query), refused);
}

TEST_P(StoreQuery, CountsAllHitsWhateverThePage) {
  for (const char* id : {"b", "d", "f"}) Put(id, NewActor(id));
  Query query = Filtered("kinds:SCHOOL");
  query.limit = 1;
  query.count_total = true;
  CallContext call = CallIn("test");
  ASSERT_OK_AND_ASSIGN(const auto page, store_->Find(call, Actors(), query));
  EXPECT_THAT(page.hits, SizeIs(1));
  EXPECT_EQ(page.total, 3);
}

TEST_P(StoreQuery, FindsLandscapesAcrossAllOrThoseAllowed) {
  ASSERT_OK(CreateLandscape(*store_, "alpha"));
  ASSERT_OK(CreateLandscape(*store_, "omega"));
  const auto find = [&](const Query& query, const std::optional<std::vector<std::string>>& among) {
    std::vector<std::string> ids;
    CallContext call;
    const auto page = store_->FindLandscapes(call, Landscapes(), query, among);
    EXPECT_OK(page);
    if (page.ok()) {
      for (const auto& hit : page->hits) ids.push_back(hit.record.id);
    }
    return ids;
  };
  EXPECT_THAT(find({}, std::nullopt), ElementsAre("alpha", "omega", "test"));
  EXPECT_THAT(find({}, std::vector<std::string>{"test", "alpha", "none"}), ElementsAre("alpha", "test"));
  EXPECT_THAT(find({}, std::vector<std::string>{}), IsEmpty());
  EXPECT_THAT(find(Filtered("display_name = \"Landkreis omega\""), std::nullopt), ElementsAre("omega"));
}

// ---- the same as going through everything by hand ----

Actor ArbitraryActor() {
  Actor actor;
  actor.set_display_name(*rc::gen::element<std::string>("Ähre", "Affe", "Schule 9", "Schule 10", "x"));
  for (const int kind : *rc::gen::container<std::set<int>>(rc::gen::inRange(1, 4))) {
    actor.add_kinds(static_cast<registry::v1::ActorKind>(kind));
  }
  if (actor.kinds().empty()) actor.add_kinds(registry::v1::OTHER);
  actor.set_sphere(static_cast<registry::v1::Sphere>(*rc::gen::inRange(0, 3)));
  actor.set_source(*rc::gen::element<std::string>("", "list", "Ö"));
  if (*rc::gen::arbitrary<bool>()) actor.mutable_verified_time()->set_seconds(*rc::gen::inRange(0, 3));
  for (const char* topic : {"A", "B"}) {
    if (*rc::gen::arbitrary<bool>()) actor.add_topics(topic);
  }
  return actor;
}

Filter ArbitraryFilter(int depth) {
  Filter filter;
  switch (depth == 0 ? 3 : *rc::gen::inRange(0, 5)) {
    case 0:
      filter.kind = Filter::Kind::kAnd;
      filter.children = {ArbitraryFilter(depth - 1), ArbitraryFilter(depth - 1)};
      return filter;
    case 1:
      filter.kind = Filter::Kind::kOr;
      filter.children = {ArbitraryFilter(depth - 1), ArbitraryFilter(depth - 1)};
      return filter;
    case 2:
      filter.kind = Filter::Kind::kNot;
      filter.children = {ArbitraryFilter(depth - 1)};
      return filter;
    default:
      break;
  }
  static const std::vector<std::string> kComparisons = {"display_name = \"Affe\"",
                                                        "display_name < \"Schule 9\"",
                                                        "display_name >= \"x\"",
                                                        "kinds:ADMINISTRATIVE_UNIT",
                                                        "kinds = MEMBER_MUNICIPALITY",
                                                        "kinds:*",
                                                        "sphere = INTERNAL",
                                                        "sphere != EXTERNAL",
                                                        "sphere:*",
                                                        "sphere = SPHERE_UNSPECIFIED",
                                                        "source = \"\"",
                                                        "source != \"list\"",
                                                        "source > \"list\"",
                                                        "source:*",
                                                        "verified_time > \"1970-01-01T00:00:01Z\"",
                                                        "verified_time != \"1970-01-01T00:00:02Z\"",
                                                        "verified_time:*",
                                                        "topics:A",
                                                        "topics != B",
                                                        "topics:*"};
  return *resource::ParseFilter(*rc::gen::elementOf(kComparisons));
}

TEST_P(StoreQuery, FindsTheSameAsGoingThroughEverythingByHand) {
  int round = 0;
  const bool passed = rc::check([&] {
    const std::string landscape = fmt::format("round-{}", round++);
    RC_ASSERT(CreateLandscape(*store_, landscape).ok());
    std::map<std::string, Actor> actors;
    const int count = *rc::gen::inRange(0, 12);
    for (int i = 0; i < count; ++i) actors[fmt::format("a{}", i)] = ArbitraryActor();
    RC_ASSERT(Write(*store_, CallIn(landscape), [&](Transaction& tx) -> absl::Status {
                for (const auto& [id, actor] : actors) RETURN_IF_ERROR(tx.Create(Actors(), id, actor).status());
                return absl::OkStatus();
              }).ok());
    Query query;
    query.filter = ArbitraryFilter(3);
    query.order = *resource::ParseOrderBy(*rc::gen::element<std::string>(
        "", "display_name", "sphere desc", "verified_time desc, display_name", "sphere, verified_time desc"));
    query.limit = *rc::gen::inRange(1, 5);

    const auto condition = *store::sql::CheckFilter(Actors(), query.filter);
    const auto order = *store::sql::CheckOrder(Actors(), query.order);
    std::vector<store::sql::Position> positions;
    for (const auto& [id, actor] : actors) {
      if (store::sql::Matches(condition, Actors(), actor)) {
        positions.push_back(store::sql::PositionOf(order, actor, id));
      }
    }
    std::sort(positions.begin(), positions.end(),
              [&](const auto& left, const auto& right) { return store::sql::ComesBefore(order, left, right); });
    std::vector<std::string> expected;
    for (const auto& position : positions) expected.push_back(position.id);

    const auto found = FindAll(*store_, Actors(), query, landscape);
    RC_ASSERT(found.ok());
    RC_LOG() << ToString(query.filter);
    RC_ASSERT(*found == expected);
    // The past is searched in memory; at the present revision it must give the same.
    query.at.revision = 2;
    const auto in_past = FindAll(*store_, Actors(), query, landscape);
    if (count > 0) {
      RC_ASSERT(in_past.ok());
      RC_ASSERT(*in_past == expected);
    }
  });
  EXPECT_TRUE(passed);
}

}  // namespace
}  // namespace allmende
