// What must hold before something is stored, what follows from it, and what a repetition is answered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/contract/store_fixture.h"

namespace allmende {
namespace {

using store::Message;
using store::ResourceSpec;
using store::Transaction;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class StoreRules : public StoreTest {
 protected:
  absl::Status Remove(const store::ResourceType& type, std::string_view id) {
    return Write(*store_, CallIn("test"), [&](Transaction& tx) { return tx.Remove(type, id); }).status();
  }
};
INSTANTIATE_TEST_SUITE_P(EveryDatabase, StoreRules, ::testing::ValuesIn(DatabaseKinds()), NameOfKind);

// ---- what the protos say ----

TEST_P(StoreRules, NamesEveryViolationAtOnce) {
  Actor actor;
  actor.set_sphere(static_cast<registry::v1::Sphere>(77));
  actor.add_channels()->set_kind(static_cast<type::v1::Channel::Kind>(99));
  actor.set_area(AreaName("none"));
  actor.add_funders("landscapes/elsewhere/actors/x");
  const auto status = CreateOne(*store_, Actors(), "a", actor);
  EXPECT_THAT(status, StatusIs(Reason::INVALID_FIELDS));
  EXPECT_THAT(status, HasViolation("actor.display_name", Reason::FIELD_REQUIRED));
  EXPECT_THAT(status, HasViolation("actor.kinds", Reason::FIELD_REQUIRED));
  EXPECT_THAT(status, HasViolation("actor.sphere", Reason::UNKNOWN_CODE));
  EXPECT_THAT(status, HasViolation("actor.channels[0].kind", Reason::UNKNOWN_CODE));
  EXPECT_THAT(status, HasViolation("actor.area", Reason::UNKNOWN_REFERENCE));
  EXPECT_THAT(status, HasViolation("actor.funders[0]", Reason::UNKNOWN_REFERENCE));
}

TEST_P(StoreRules, RefusesWhatADatabaseCannotHold) {
  Actor actor = NewActor(std::string("a\0b", 3));
  actor.add_topics("A\nB");
  actor.set_source(std::string(2000, 'x'));
  const auto status = CreateOne(*store_, Actors(), "a", actor);
  EXPECT_THAT(status, HasViolation("actor.display_name", Reason::MALFORMED));
  EXPECT_THAT(status, HasViolation("actor.topics", Reason::MALFORMED));
  EXPECT_THAT(status, HasViolation("actor.source", Reason::TOO_LARGE));
}

TEST_P(StoreRules, AReferenceMustNameAResourceOfItsTypeInThisLandscape) {
  ASSERT_OK(CreateLandscape(*store_, "other"));
  ASSERT_OK(CreateOne(*store_, Areas(), "x", NewArea("X"), "other"));
  const auto create_in = [&](std::string area) {
    Actor actor = NewActor("a");
    actor.set_area(std::move(area));
    return CreateOne(*store_, Actors(), "a", actor);
  };
  const auto refused = HasViolation("actor.area", Reason::UNKNOWN_REFERENCE);
  EXPECT_THAT(create_in("landscapes/other/areas/x"), refused);
  EXPECT_THAT(create_in("landscapes/test/actors/a"), refused);
  EXPECT_THAT(create_in("x"), refused);
  EXPECT_THAT(create_in(AreaName("x")), refused);
  ASSERT_OK(CreateOne(*store_, Areas(), "x", NewArea("X")));
  EXPECT_OK(create_in(AreaName("x")));
}

TEST_P(StoreRules, AResourceMayReferToItselfAndToWhatTheSameTransactionCreates) {
  EXPECT_OK(Write(*store_, CallIn("test"), [](Transaction& tx) -> absl::Status {
    Actor actor = NewActor("a");
    actor.set_operator_(ActorName("a"));
    actor.set_area(AreaName("new"));
    RETURN_IF_ERROR(tx.Create(Areas(), "new", NewArea("N")).status());
    return tx.Create(Actors(), "a", actor).status();
  }));
}

TEST_P(StoreRules, WhatIsReferredToCannotGo) {
  ASSERT_OK(CreateOne(*store_, Areas(), "x", NewArea("X")));
  Actor operated = NewActor("operated");
  operated.set_area(AreaName("x"));
  ASSERT_OK(CreateOne(*store_, Actors(), "payer", NewActor("payer")));
  operated.add_funders(ActorName("payer"));
  operated.set_operator_(ActorName("payer"));
  ASSERT_OK(CreateOne(*store_, Actors(), "operated", operated));

  const absl::Status area = Remove(Areas(), "x");
  EXPECT_THAT(area, StatusIs(Reason::STILL_REFERENCED));
  EXPECT_EQ(DetailOf(area).params().at("by"), ActorName("operated"));
  EXPECT_THAT(Remove(Actors(), "payer"), StatusIs(Reason::STILL_REFERENCED));
  // Once nobody refers to it, also only since this transaction, it can.
  EXPECT_OK(Write(*store_, CallIn("test"), [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Replace(Actors(), "operated", NewActor("operated")).status());
    return tx.Remove(Actors(), "payer");
  }));
  EXPECT_OK(Remove(Areas(), "x"));
}

TEST_P(StoreRules, WhatThisTransactionMakesReferToItCannotGoEither) {
  ASSERT_OK(CreateOne(*store_, Areas(), "x", NewArea("X")));
  EXPECT_THAT(Write(*store_, CallIn("test"),
                    [&](Transaction& tx) -> absl::Status {
                      Actor actor = NewActor("a");
                      actor.set_area(AreaName("x"));
                      RETURN_IF_ERROR(tx.Create(Actors(), "a", actor).status());
                      return tx.Remove(Areas(), "x");
                    }),
              StatusIs(Reason::STILL_REFERENCED));
}

TEST_P(StoreRules, ReferencesThatNoDeclarationNamesAreFoundAllTheSame) {
  static const ResourceSpec<Actor> bare{{.collection = "actors"}};
  Reopen({&Landscapes(), &Areas(), &bare});
  ASSERT_OK(CreateOne(*store_, Areas(), "x", NewArea("X")));
  Actor actor = NewActor("a");
  actor.set_area(AreaName("x"));
  ASSERT_OK(CreateOne(*store_, bare, "a", actor));
  EXPECT_THAT(Remove(Areas(), "x"), StatusIs(Reason::STILL_REFERENCED));
  store::Query query;
  query.filter = *resource::ParseFilter("area:*");
  CallContext call = CallIn("test");
  EXPECT_THAT(store_->Find(call, bare, query), HasViolation("filter", Reason::FIELD_NOT_FILTERABLE));
}

// ---- what a service says ----

// Actors with rules: the source is filled in, "bad" is no name, and each actor has an area of the same id.
const ResourceSpec<Actor>& ActorsWithRules() {
  static const ResourceSpec<Actor> spec{
      {.collection = "actors",
       .columns = {store::Sorted("display_name"), store::Column("source")},
       .complete = [](Transaction&, const Message*, Message& after) -> absl::Status {
         auto& actor = static_cast<Actor&>(after);
         if (actor.source().empty()) actor.set_source("manual");
         return absl::OkStatus();
       },
       .check = [](Transaction&, const Message& after, Violations& violations) -> absl::Status {
         if (static_cast<const Actor&>(after).display_name() == "bad") {
           violations.Add("display_name", Reason::MALFORMED);
         }
         return absl::OkStatus();
       },
       .follow = [](Transaction& tx, const Message* before, const Message* after) -> absl::Status {
         const auto& actor = static_cast<const Actor&>(after != nullptr ? *after : *before);
         const std::string id = actor.name().substr(actor.name().rfind('/') + 1);
         if (after == nullptr) return tx.Remove(Areas(), id);
         if (before == nullptr) return tx.Create(Areas(), id, NewArea(actor.display_name())).status();
         return tx.Replace(Areas(), id, NewArea(actor.display_name())).status();
       }}};
  return spec;
}

TEST_P(StoreRules, CompletesChecksAndFollows) {
  const auto& actors = ActorsWithRules();
  Reopen({&Landscapes(), &Areas(), &actors});
  ASSERT_OK_AND_ASSIGN(const std::int64_t revision, CreateOne(*store_, actors, "a", NewActor("good")));
  EXPECT_EQ(ReadOne(*store_, actors, "a")->source(), "manual");
  EXPECT_EQ(ReadOne(*store_, Areas(), "a")->display_name(), "good");
  EXPECT_EQ(ReadOne(*store_, Areas(), "a")->revision(), revision);
  EXPECT_THAT(CreateOne(*store_, actors, "b", NewActor("bad")), HasViolation("actor.display_name", Reason::MALFORMED));
  ASSERT_OK(Remove(actors, "a"));
  EXPECT_THAT(ReadOne(*store_, Areas(), "a"), StatusIs(Reason::NOT_FOUND));
}

TEST_P(StoreRules, AWriteWhoseConsequenceFailsIsUndoneWhileTheTransactionGoesOn) {
  const auto& actors = ActorsWithRules();
  Reopen({&Landscapes(), &Areas(), &actors});
  ASSERT_OK(CreateOne(*store_, Areas(), "taken", NewArea("X")));
  ASSERT_OK(Write(*store_, CallIn("test"), [&](Transaction& tx) -> absl::Status {
    EXPECT_THAT(tx.Create(actors, "taken", NewActor("a")), StatusIs(Reason::ALREADY_EXISTS));
    EXPECT_THAT(tx.FindIds(actors, "source", std::string("manual"), 5), IsOkAndHolds(IsEmpty()));
    return tx.Create(actors, "free", NewActor("b")).status();
  }));
  EXPECT_THAT(ReadOne(*store_, actors, "taken"), StatusIs(Reason::NOT_FOUND));
  EXPECT_OK(ReadOne(*store_, actors, "free"));
}

// ---- repetitions ----

TEST_P(StoreRules, ARepeatedRequestGetsTheFirstAnswer) {
  int runs = 0;
  const auto send = [&](const std::string& id, const std::string& fingerprint, CallContext& call) {
    call = CallIn("test", id, fingerprint);
    return store_->Transact(call, [&](Transaction& tx) -> absl::StatusOr<std::string> {
      RETURN_IF_ERROR(tx.Create(Actors(), fmt::format("a{}", ++runs), NewActor("x")).status());
      return fmt::format("answer {}", runs);
    });
  };
  CallContext call;
  EXPECT_THAT(send("r1", "f1", call), IsOkAndHolds(std::string("answer 1")));
  EXPECT_EQ(call.revision, 2);
  EXPECT_THAT(send("r2", "f1", call), IsOkAndHolds(std::string("answer 2")));
  EXPECT_THAT(send("r1", "f1", call), IsOkAndHolds(std::string("answer 1")));
  EXPECT_EQ(call.revision, 2);
  EXPECT_THAT(send("r1", "other", call), StatusIs(Reason::REQUEST_ID_REUSED));
  EXPECT_EQ(runs, 2);
  clock_.Advance(25h);
  EXPECT_THAT(send("r3", "f1", call), IsOkAndHolds(std::string("answer 3")));
  EXPECT_THAT(send("r1", "f1", call), IsOkAndHolds(std::string("answer 4")));
}

TEST_P(StoreRules, RequestIdsOfDifferentCallersAreDifferent) {
  int runs = 0;
  for (const char* subject : {"key:a", "key:b"}) {
    CallContext call = CallIn("test", "r1", "f");
    call.principal.subject = subject;
    EXPECT_OK(Write(*store_, call, [&](Transaction& tx) {
      return tx.Create(Actors(), fmt::format("a{}", ++runs), NewActor("x")).status();
    }));
  }
  EXPECT_EQ(runs, 2);
}

TEST_P(StoreRules, ARequestThatFailedMayBeRepeated) {
  ASSERT_FALSE(CreateOne(*store_, Actors(), "a", Actor()).ok());
  CallContext call = CallIn("test", "r1", "f");
  EXPECT_THAT(Write(*store_, call, [](Transaction&) { return Error(Reason::CONFLICTING_FIELDS); }),
              StatusIs(Reason::CONFLICTING_FIELDS));
  EXPECT_OK(Write(*store_, call, [](Transaction& tx) { return tx.Create(Actors(), "a", NewActor("x")).status(); }));
}

TEST_P(StoreRules, TheSameRequestSentManyTimesAtOnceHasOneEffect) {
  std::atomic<int> runs = 0;
  std::vector<std::thread> senders;
  for (int i = 0; i < 16; ++i) {
    senders.emplace_back([&] {
      CallContext call = CallIn("test", "r1", "f");
      EXPECT_THAT(store_->Transact(call,
                                   [&](Transaction& tx) -> absl::StatusOr<std::string> {
                                     ++runs;
                                     RETURN_IF_ERROR(tx.Create(Actors(), "a", NewActor("x")).status());
                                     return "once";
                                   }),
                  IsOkAndHolds(std::string("once")));
      EXPECT_EQ(call.revision, 2);
    });
  }
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(runs, 1);
}

// ---- landscapes, deadlines, declarations ----

TEST_P(StoreRules, KnowsOnlyLandscapesThatWereCreated) {
  CallContext call = CallIn("nowhere");
  const std::vector<std::string> ids = {"a"};
  const auto unknown = StatusIs(Reason::UNKNOWN_LANDSCAPE);
  for (const char* landscape : {"nowhere", "", "No/Id", "'; --"}) {
    call.landscape = landscape;
    EXPECT_THAT(store_->Read(call, Actors(), ids, {}), unknown);
    EXPECT_THAT(store_->Find(call, Actors(), {}), unknown);
    EXPECT_THAT(store_->Suggest(call, Actors(), "x", 1), unknown);
    EXPECT_THAT(store_->Changes(call, 0, 1, {}), unknown);
    EXPECT_THAT(store_->History(call, Actors(), "a", 0, 1), unknown);
    EXPECT_THAT(store_->Revision(call), unknown);
    EXPECT_THAT(store_->AwaitRevision(call, 0, std::chrono::steady_clock::now()), unknown);
    EXPECT_THAT(store_->DropLandscape(call), unknown);
    EXPECT_THAT(CreateOne(*store_, Actors(), "a", NewActor("x"), landscape), unknown);
  }
  EXPECT_THAT(CreateLandscape(*store_, "test"), StatusIs(Reason::ALREADY_EXISTS));
}

TEST_P(StoreRules, ALandscapeThatCouldNotBeCreatedIsNotThere) {
  CallContext call = CallIn("fresh");
  const auto fail = [](Transaction&) -> absl::StatusOr<std::string> { return Error(Reason::CONFLICTING_FIELDS); };
  EXPECT_FALSE(store_->Transact(call, fail, {.create_landscape = true}).ok());
  EXPECT_THAT(store_->Revision(call), StatusIs(Reason::UNKNOWN_LANDSCAPE));
  EXPECT_OK(CreateLandscape(*store_, "fresh"));
}

TEST_P(StoreRules, ADroppedLandscapeLeavesNothingAndHarmsNoOther) {
  ASSERT_OK(CreateLandscape(*store_, "other"));
  Actor actor = NewActor("Musikschule");
  actor.add_topics("A");
  for (const char* landscape : {"test", "other"}) ASSERT_OK(CreateOne(*store_, Actors(), "a", actor, landscape));
  CallContext call = CallIn("test");
  ASSERT_OK(store_->DropLandscape(call));
  EXPECT_THAT(store_->Revision(call), StatusIs(Reason::UNKNOWN_LANDSCAPE));
  ASSERT_OK(CreateLandscape(*store_, "test"));
  EXPECT_THAT(store_->Revision(call), IsOkAndHolds(1));
  EXPECT_THAT(FindAll(*store_, Actors(), {}), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(FindAll(*store_, Actors(), Filtered("topics:A")), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(store_->History(call, Actors(), "a", 0, 5), IsOkAndHolds(IsEmpty()));
  store::Query words;
  words.text = store::TextQuery{"musikschule", false};
  EXPECT_THAT(FindAll(*store_, Actors(), words), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(FindAll(*store_, Actors(), words, "other"), IsOkAndHolds(ElementsAre("a")));
}

TEST_P(StoreRules, TenantsDoNotSeeEachOther) {
  ASSERT_OK(CreateLandscape(*store_, "other"));
  ASSERT_OK(CreateOne(*store_, Actors(), "a", NewActor("x")));
  EXPECT_THAT(ReadOne(*store_, Actors(), "a", {}, "other"), StatusIs(Reason::NOT_FOUND));
  EXPECT_THAT(FindAll(*store_, Actors(), {}, "other"), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(FindAll(*store_, Actors(), Filtered("kinds:SCHOOL"), "other"), IsOkAndHolds(IsEmpty()));
  CallContext call = CallIn("other");
  EXPECT_THAT(store_->Changes(call, 0, 10, {}), IsOkAndHolds(SizeIs(1)));
  EXPECT_THAT(store_->History(call, Actors(), "a", 0, 10), IsOkAndHolds(IsEmpty()));
  EXPECT_OK(Write(*store_, CallIn("other"), [](Transaction& tx) -> absl::Status {
    EXPECT_THAT(tx.Get(Actors(), "a"), StatusIs(Reason::NOT_FOUND));
    EXPECT_THAT(tx.FindIds(Actors(), "display_name", std::string("x"), 5), IsOkAndHolds(IsEmpty()));
    return absl::OkStatus();
  }));
}

TEST_P(StoreRules, ACallWhoseTimeIsUpIsNotRun) {
  bool ran = false;
  CallContext late = CallIn("test");
  late.deadline = std::chrono::steady_clock::now() - 1ms;
  const auto note = [&](Transaction&) {
    ran = true;
    return absl::OkStatus();
  };
  EXPECT_THAT(Write(*store_, late, note), StatusIs(Reason::DEADLINE_PASSED));
  // One that waits behind a long one is given up in time.
  std::thread slow([&] {
    EXPECT_OK(Write(*store_, CallIn("test"), [](Transaction&) {
      std::this_thread::sleep_for(600ms);
      return absl::OkStatus();
    }));
  });
  std::this_thread::sleep_for(100ms);
  CallContext waiting = CallIn("test");
  const auto start = std::chrono::steady_clock::now();
  waiting.deadline = start + 100ms;
  EXPECT_THAT(Write(*store_, waiting, note), StatusIs(Reason::DEADLINE_PASSED));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 300ms);
  slow.join();
  EXPECT_OK(store_->Ping());
  EXPECT_FALSE(ran);
}

TEST_P(StoreRules, AChangedDeclarationIsIndexedAnew) {
  Actor actor = NewActor("Musikschule");
  actor.set_legal_form(static_cast<registry::v1::LegalForm>(1));
  actor.add_languages("tr");
  actor.set_description("ehemals Konservatorium");
  ASSERT_OK(CreateOne(*store_, Actors(), "a", actor));
  ASSERT_OK(CreateOne(*store_, Actors(), "b", NewActor("gone")));
  ASSERT_OK(Remove(Actors(), "b"));

  static const ResourceSpec<Actor> changed{
      {.collection = "actors",
       .columns = {store::Sorted("name_shown", "display_name"), store::Column("legal_form")},
       .terms = {store::Terms("languages")},
       .text = store::For<Actor>(
           [](const Actor& a) { return store::IndexedText{.title = {a.description()}, .body = {}}; })}};
  Reopen({&Landscapes(), &Areas(), &changed});
  const auto found = ElementsAre("a");
  EXPECT_THAT(FindAll(*store_, changed, {}), IsOkAndHolds(found));
  EXPECT_THAT(FindAll(*store_, changed, Filtered("languages:tr AND legal_form:*")), IsOkAndHolds(found));
  EXPECT_THAT(FindAll(*store_, changed, Filtered("name_shown = Musikschule")), IsOkAndHolds(found));
  store::Query words;
  words.text = store::TextQuery{"konservatorium", false};
  EXPECT_THAT(FindAll(*store_, changed, words), IsOkAndHolds(found));
  ASSERT_OK_AND_ASSIGN(const Actor read, ReadOne(*store_, changed, "a"));
  EXPECT_EQ(read.revision(), 2);
  CallContext call = CallIn("test");
  EXPECT_THAT(store_->Revision(call), IsOkAndHolds(4));
  EXPECT_OK(CreateOne(*store_, changed, "c", NewActor("new")));

  // And back again.
  Reopen(TestTypes());
  EXPECT_THAT(FindAll(*store_, Actors(), Filtered("kinds:SCHOOL")), IsOkAndHolds(ElementsAre("a", "c")));
}

TEST_P(StoreRules, KeepsEverythingOverARestart) {
  ASSERT_OK(CreateOne(*store_, Actors(), "a", NewActor("Musikschule")));
  CallContext call = CallIn("test", "r1", "f");
  ASSERT_OK(Write(*store_, call, [](Transaction& tx) { return tx.Create(Actors(), "b", NewActor("x")).status(); }));
  Reopen(TestTypes());
  EXPECT_THAT(FindAll(*store_, Actors(), {}), IsOkAndHolds(ElementsAre("a", "b")));
  EXPECT_OK(Write(*store_, call, [](Transaction&) { return Error(Reason::INTERNAL_ERROR); }));
  ASSERT_OK(CreateOne(*store_, Actors(), "c", NewActor("Musikschule")));
  store::Query words;
  words.text = store::TextQuery{"musikschule", false};
  EXPECT_THAT(FindAll(*store_, Actors(), words), IsOkAndHolds(ElementsAre("a", "c")));
}

TEST_P(StoreRules, TypedTransactionsGiveTheirReply) {
  CallContext call = CallIn("test", "r1", "f");
  const auto create = [](Transaction& tx) -> absl::StatusOr<Actor> {
    ASSIGN_OR_RETURN(const auto stored, tx.Create(Actors(), "a", NewActor("x")));
    return static_cast<const Actor&>(*stored);
  };
  ASSERT_OK_AND_ASSIGN(const Actor first, store_->Run<Actor>(call, create));
  EXPECT_EQ(first.name(), ActorName("a"));
  ASSERT_OK_AND_ASSIGN(const Actor second, store_->Run<Actor>(call, create));
  EXPECT_THAT(second, EqualsProto(first));
}

}  // namespace
}  // namespace allmende
