#include "common/identity/grants.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "common/testing/matchers.h"

namespace allmende::identity {
namespace {

using enum options::v1::Scope;

const std::vector<Role> kRoles = {Role::kPublic, Role::kRepresentative, Role::kEditor,  Role::kModerator,
                                  Role::kAdmin,  Role::kIntegration,    Role::kOperator};

// The table as a person would draw it: one letter per scope in the order of the enum, L: the whole landscape, o: own
// actors, -: no. Columns: LANDSCAPE_READ REGISTRY_READ REGISTRY_EDIT REGISTRY_CURATE REGISTRY_IMPORT LANDSCAPE_ADMIN
// OPERATE.
const std::map<Role, std::string> kTable = {
    {Role::kPublic, "L------"},    {Role::kRepresentative, "LLo----"}, {Role::kEditor, "LLLLL--"},
    {Role::kModerator, "LLLLL--"}, {Role::kAdmin, "LLLLLL-"},          {Role::kIntegration, "LLLLL--"},
    {Role::kOperator, "LLLLLLL"},
};

Reach FromLetter(char letter) {
  return letter == 'L' ? Reach::kLandscape : letter == 'o' ? Reach::kOwnActors : Reach::kNone;
}

std::vector<Scope> AllScopes() {
  std::vector<Scope> scopes;
  const auto* values = options::v1::Scope_descriptor();
  for (int i = 0; i < values->value_count(); ++i) scopes.push_back(static_cast<Scope>(values->value(i)->number()));
  return scopes;
}

Principal With(Role role, std::string landscape) {
  Principal principal{.kind = Principal::Kind::kKey, .subject = "key:test", .roles = {}, .actors = {}};
  principal.roles[std::move(landscape)] = {role};
  return principal;
}

TEST(Grants, AreExactlyTheTable) {
  ASSERT_EQ(AllScopes().size(), kTable.at(Role::kPublic).size() + 1) << "a new scope needs a column here";
  for (const Role role : kRoles) {
    EXPECT_EQ(ReachOf(role, SCOPE_UNSPECIFIED), Reach::kNone);
    for (std::size_t column = 0; column < kTable.at(role).size(); ++column) {
      const auto scope = static_cast<Scope>(column + 1);
      EXPECT_EQ(ReachOf(role, scope), FromLetter(kTable.at(role)[column])) << NameOf(role) << ' ' << Scope_Name(scope);
    }
  }
}

TEST(Grants, NeverReachAnotherLandscape) {
  for (const Role role : kRoles) {
    for (const Scope scope : AllScopes()) {
      EXPECT_THAT(Authorise(With(role, "a-town"), scope, {.landscape = "b-town", .resources = {}}),
                  StatusIs(Reason::NOT_ALLOWED))
          << NameOf(role) << ' ' << Scope_Name(scope);
    }
  }
}

TEST(Grants, ForEveryLandscapeReachEachOne) {
  for (const Role role : kRoles) {
    for (const Scope scope : AllScopes()) {
      const bool allowed = ReachOf(role, scope) == Reach::kLandscape;
      EXPECT_EQ(Authorise(With(role, "*"), scope, {.landscape = "b-town", .resources = {}}).ok(), allowed)
          << NameOf(role) << ' ' << Scope_Name(scope);
    }
  }
}

TEST(Grants, GiveAnonymousCallersNothingAndAskThemWhoTheyAre) {
  for (const Scope scope : AllScopes()) {
    EXPECT_THAT(Authorise({}, scope, {.landscape = "a-town", .resources = {}}), StatusIs(Reason::NOT_AUTHENTICATED));
    EXPECT_THAT(Authorise({}, scope, {.landscape = "", .resources = {}}), StatusIs(Reason::NOT_AUTHENTICATED));
  }
}

TEST(Grants, LetARepresentativeEditOnlyWhenEveryNameIsItsOwn) {
  Principal principal = With(Role::kRepresentative, "a-town");
  principal.actors = {"landscapes/a-town/actors/one", "landscapes/a-town/actors/two"};
  const std::vector<std::string> own = {"landscapes/a-town/actors/two", "landscapes/a-town/actors/one"};
  const std::vector<std::string> mixed = {"landscapes/a-town/actors/one", "landscapes/a-town/actors/three"};
  EXPECT_OK(Authorise(principal, REGISTRY_EDIT, {.landscape = "a-town", .resources = own}));
  EXPECT_THAT(Authorise(principal, REGISTRY_EDIT, {.landscape = "a-town", .resources = mixed}),
              StatusIs(Reason::NOT_ALLOWED));
  EXPECT_THAT(Authorise(principal, REGISTRY_EDIT, {.landscape = "a-town", .resources = {}}),
              StatusIs(Reason::NOT_ALLOWED));
  EXPECT_THAT(Authorise(principal, REGISTRY_CURATE, {.landscape = "a-town", .resources = own}),
              StatusIs(Reason::NOT_ALLOWED));
}

TEST(Grants, LeaveTheOwnerToTheHandlerOnlyWhereTheMethodSaysSo) {
  Principal principal = With(Role::kRepresentative, "a-town");
  principal.actors = {"landscapes/a-town/actors/one"};
  const std::vector<std::string> site = {"landscapes/a-town/sites/seat"};
  const Target named{.landscape = "a-town", .resources = site};
  const Target stored{.landscape = "a-town", .resources = site, .owner_from_store = true};
  const Target elsewhere{.landscape = "b-town", .resources = site, .owner_from_store = true};
  EXPECT_THAT(Authorise(principal, REGISTRY_EDIT, named), StatusIs(Reason::NOT_ALLOWED));
  EXPECT_OK(Authorise(principal, REGISTRY_EDIT, stored));
  EXPECT_THAT(Authorise(principal, REGISTRY_EDIT, elsewhere), StatusIs(Reason::NOT_ALLOWED));
  EXPECT_THAT(Authorise(principal, REGISTRY_CURATE, stored), StatusIs(Reason::NOT_ALLOWED));
}

TEST(Grants, AddUpWhereSomebodyHasSeveralRoles) {
  Principal principal = With(Role::kPublic, "*");
  principal.roles["a-town"] = {Role::kRepresentative, Role::kEditor};
  EXPECT_OK(Authorise(principal, REGISTRY_CURATE, {.landscape = "a-town", .resources = {}}));
  EXPECT_OK(Authorise(principal, LANDSCAPE_READ, {.landscape = "b-town", .resources = {}}));
  EXPECT_THAT(Authorise(principal, REGISTRY_READ, {.landscape = "b-town", .resources = {}}),
              StatusIs(Reason::NOT_ALLOWED));
}

TEST(Grants, CountAnyLandscapeWhereTheCallIsAboutNone) {
  EXPECT_OK(Authorise(With(Role::kPublic, "a-town"), LANDSCAPE_READ, {.landscape = "", .resources = {}}));
  EXPECT_THAT(Authorise(With(Role::kPublic, "a-town"), REGISTRY_READ, {.landscape = "", .resources = {}}),
              StatusIs(Reason::NOT_ALLOWED));
}

TEST(Grants, LetOnlyAnOperatorOfEverythingTouchTheInstallation) {
  EXPECT_OK(Authorise(With(Role::kOperator, "*"), OPERATE, {.landscape = "", .resources = {}}));
  EXPECT_OK(Authorise(With(Role::kOperator, "a-town"), OPERATE, {.landscape = "a-town", .resources = {}}));
  EXPECT_THAT(Authorise(With(Role::kOperator, "a-town"), OPERATE, {.landscape = "", .resources = {}}),
              StatusIs(Reason::NOT_ALLOWED));
}

TEST(Grants, SayWhichRightIsMissingWhere) {
  const ErrorDetail detail =
      DetailOf(Authorise(With(Role::kPublic, "a-town"), REGISTRY_EDIT, {.landscape = "b", .resources = {}}));
  EXPECT_EQ(detail.params().at("scope"), "REGISTRY_EDIT");
  EXPECT_EQ(detail.params().at("landscape"), "b");
}

TEST(Grants, KnowEveryRoleByItsName) {
  for (const Role role : kRoles) EXPECT_EQ(RoleFromName(NameOf(role)), role);
  EXPECT_EQ(RoleFromName("king"), std::nullopt);
}

}  // namespace
}  // namespace allmende::identity
