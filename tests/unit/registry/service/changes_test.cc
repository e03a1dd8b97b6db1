// What was, and what happens: history, earlier states, trial runs, and the stream of changes.
#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/registry_app.h"

namespace allmende {
namespace {

using namespace registry::v1;  // NOLINT(google-build-using-namespace): the messages of the tests
using testing::ElementsAre;
using testing::IsEmpty;
using type::v1::Change;
using type::v1::ListHistoryRequest;
using type::v1::ListHistoryResponse;
using type::v1::WatchRequest;
using type::v1::WatchResponse;

class Changes : public RegistryTest {
 protected:
  Actor Rename(const std::string& id, const std::string& display_name) {
    UpdateActorRequest request;
    request.mutable_actor()->set_name(Name("actors", id));
    request.mutable_actor()->set_display_name(display_name);
    const auto actor = Call(&Stub::UpdateActor, request);
    EXPECT_OK(actor);
    return actor.value_or(Actor());
  }
  void Remove(const std::string& id) {
    DeleteActorRequest request;
    request.set_name(Name("actors", id));
    EXPECT_OK(Call(&Stub::DeleteActor, request));
  }
};

TEST_F(Changes, AreKeptAsHistoryNewestFirstAlsoAfterRemoval) {
  ASSERT_OK(CreateActor("a", "Eins"));
  Rename("a", "Zwei");
  Remove("a");
  ListHistoryRequest request;
  request.set_name(Name("actors", "a"));
  request.set_page_size(2);
  ASSERT_OK_AND_ASSIGN(const ListHistoryResponse page, Call(&Stub::ListActorHistory, request));
  ASSERT_EQ(page.changes_size(), 2);
  EXPECT_EQ(page.changes(0).kind(), Change::DELETED);
  EXPECT_EQ(page.changes(1).kind(), Change::UPDATED);
  EXPECT_EQ(page.changes(1).method(), "UpdateActor");
  EXPECT_TRUE(page.changes(1).principal().starts_with("key:")) << page.changes(1).principal();
  Actor then;
  ASSERT_TRUE(page.changes(1).resource().UnpackTo(&then));
  EXPECT_EQ(then.display_name(), "Zwei");
  request.set_page_token(page.next_page_token());
  ASSERT_OK_AND_ASSIGN(const ListHistoryResponse rest, Call(&Stub::ListActorHistory, request));
  ASSERT_EQ(rest.changes_size(), 1);
  EXPECT_EQ(rest.changes(0).kind(), Change::CREATED);
  EXPECT_THAT(rest.next_page_token(), IsEmpty());
}

TEST_F(Changes, OfAreasAndSitesHaveAHistoryOfTheirOwn) {
  ASSERT_OK(CreateArea("x", DISTRICT, "Nord"));
  ASSERT_OK(CreateActor("a", "Eins"));
  ASSERT_OK(CreateSite("s", "a", true));
  ListHistoryRequest request;
  request.set_name(Name("areas", "x"));
  EXPECT_OK(Call(&Stub::ListAreaHistory, request));
  request.set_name(Name("sites", "s"));
  EXPECT_OK(Call(&Stub::ListSiteHistory, request));
  // Who may read areas may not thereby read actors.
  request.set_name(Name("actors", "a"));
  ExpectRefused(&Stub::ListAreaHistory, request, Reason::MALFORMED, "name");
  request.set_name(Name("sites", "none"));
  ExpectRefused(&Stub::ListSiteHistory, request, Reason::NOT_FOUND);
}

TEST_F(Changes, LeaveEarlierStatesReadable) {
  ASSERT_OK_AND_ASSIGN(const Actor first, CreateActor("a", "Eins"));
  Rename("a", "Zwei");
  GetActorRequest get;
  get.set_name(Name("actors", "a"));
  get.set_read_revision(first.revision());
  ASSERT_OK_AND_ASSIGN(const Actor then, Call(&Stub::GetActor, get));
  EXPECT_EQ(then.display_name(), "Eins");
  get.set_read_revision(0);
  *get.mutable_read_time() = first.update_time();
  ASSERT_OK_AND_ASSIGN(const Actor at_that_time, Call(&Stub::GetActor, get));
  EXPECT_EQ(at_that_time.display_name(), "Eins");
  ListActorsRequest list;
  list.set_parent(parent());
  list.set_read_revision(1);
  ASSERT_OK_AND_ASSIGN(const ListActorsResponse before, Call(&Stub::ListActors, list));
  EXPECT_EQ(before.actors_size(), 0);
}

TEST_F(Changes, CanBeTriedOutWithoutBeingMade) {
  CreateActorRequest create;
  create.set_parent(parent());
  create.set_actor_id("a");
  create.set_validate_only(true);
  create.mutable_actor()->set_display_name("Eins");
  create.mutable_actor()->add_kinds(SCHOOL);
  ASSERT_OK_AND_ASSIGN(const Actor tried, Call(&Stub::CreateActor, create));
  EXPECT_EQ(tried.name(), Name("actors", "a"));
  GetActorRequest get;
  get.set_name(Name("actors", "a"));
  ExpectRefused(&Stub::GetActor, get, Reason::NOT_FOUND);
  create.mutable_actor()->add_topics("NONE");
  ExpectRefused(&Stub::CreateActor, create, Reason::UNKNOWN_CODE, "actor.topics[0]");

  ASSERT_OK(CreateActor("b", "Zwei"));
  DeleteActorRequest remove;
  remove.set_name(Name("actors", "b"));
  remove.set_validate_only(true);
  EXPECT_OK(Call(&Stub::DeleteActor, remove));
  EXPECT_EQ(GetActor("b").display_name(), "Zwei");
}

// One stream of changes, read by the test.
class Stream {
 public:
  using Stub = RegistryApp::Stub;
  using Open = std::unique_ptr<grpc::ClientReader<WatchResponse>> (Stub::*)(grpc::ClientContext*, const WatchRequest&);

  Stream(RegistryApp& app, Open open, const std::string& parent, std::int64_t from, int heartbeat_seconds = 60) {
    app.Prepare(context_, "operator");
    WatchRequest request;
    request.set_parent(parent);
    request.set_from_revision(from);
    request.mutable_heartbeat()->set_seconds(heartbeat_seconds);
    reader_ = (app.stub().*open)(&context_, request);
  }
  ~Stream() {
    context_.TryCancel();
    if (!ended_) reader_->Finish();
  }
  WatchResponse Next() {
    WatchResponse response;
    EXPECT_TRUE(reader_->Read(&response));
    return response;
  }
  // The next message that tells something.
  WatchResponse NextChange() {
    WatchResponse response = Next();
    while (response.changes().empty() && !testing::Test::HasFailure()) response = Next();
    return response;
  }
  absl::Status End() {
    WatchResponse response;
    EXPECT_FALSE(reader_->Read(&response));
    ended_ = true;
    return rpc::FromGrpc(reader_->Finish());
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<WatchResponse>> reader_;
  bool ended_ = false;
};

std::vector<std::string> Told(const WatchResponse& response) {
  std::vector<std::string> names;
  for (const Change& change : response.changes()) names.push_back(change.resource_name());
  return names;
}

TEST_F(Changes, ReachAWatcherAsTheyHappen) {
  Stream stream(app(), &Stub::WatchActors, parent(), -1);
  stream.Next();  // the heartbeat that opens the stream
  ASSERT_OK(CreateActor("a", "Eins"));
  const WatchResponse response = stream.NextChange();
  EXPECT_THAT(Told(response), ElementsAre(Name("actors", "a")));
  EXPECT_EQ(response.changes(0).kind(), Change::CREATED);
  Actor actor;
  ASSERT_TRUE(response.changes(0).resource().UnpackTo(&actor));
  EXPECT_EQ(actor.display_name(), "Eins");
}

TEST_F(Changes, AreResumedWhereTheWatcherLeftOff) {
  ASSERT_OK(CreateActor("a", "Eins"));
  std::int64_t seen = 0;
  {
    Stream stream(app(), &Stub::WatchActors, parent(), 0);
    const WatchResponse response = stream.NextChange();
    EXPECT_THAT(Told(response), ElementsAre(Name("actors", "a")));
    seen = response.revision();
  }
  Rename("a", "Zwei");
  Remove("a");
  Stream stream(app(), &Stub::WatchActors, parent(), seen);
  EXPECT_EQ(stream.NextChange().changes(0).kind(), Change::UPDATED);
  const WatchResponse last = stream.NextChange();
  EXPECT_EQ(last.changes(0).kind(), Change::DELETED);
  EXPECT_EQ(last.revision(), seen + 2);
}

TEST_F(Changes, OfAWholeCommitComeTogether) {
  ASSERT_OK(CreateActor("a", "Eins"));
  Stream all(app(), &Stub::WatchChanges, parent(), 2);
  Stream sites(app(), &Stub::WatchSites, parent(), 2);
  ASSERT_OK(CreateSite("s", "a", true));
  EXPECT_THAT(Told(all.NextChange()), testing::UnorderedElementsAre(Name("sites", "s"), Name("actors", "a")));
  EXPECT_THAT(Told(sites.NextChange()), ElementsAre(Name("sites", "s")));
}

TEST_F(Changes, AreReplacedByAHeartbeatWhereThereAreNone) {
  Stream stream(app(), &Stub::WatchAreas, parent(), -1, 1);
  stream.Next();
  const auto start = std::chrono::steady_clock::now();
  const WatchResponse heartbeat = stream.Next();
  EXPECT_THAT(heartbeat.changes(), IsEmpty());
  EXPECT_EQ(heartbeat.revision(), 1);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST_F(Changes, FromTheFutureAreRefused) {
  Stream stream(app(), &Stub::WatchActors, parent(), 99);
  EXPECT_THAT(stream.End(), StatusIs(Reason::REVISION_UNAVAILABLE));
}

}  // namespace
}  // namespace allmende
