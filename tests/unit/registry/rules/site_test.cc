// The rules of a site, and how an actor's entry follows its sites.
#include "services/registry/rules/site.h"

#include <gtest/gtest.h>

#include <string>

#include "common/testing/matchers.h"

namespace allmende::registry {
namespace {

Site SiteOf(const std::string& id, const std::string& postcode = "24937") {
  Site site;
  site.set_name("landscapes/x/sites/" + id);
  site.set_actor("landscapes/x/actors/a");
  site.mutable_address()->set_postcode(postcode);
  return site;
}

absl::Status Check(const Site& site) {
  Violations found;
  CheckSite(site, found);
  return found.ToStatus();
}

std::vector<std::string> SitesOf(const v1::Actor& actor) {
  std::vector<std::string> ids;
  for (const auto& place : actor.sites()) ids.push_back(place.site().substr(std::string("landscapes/x/sites/").size()));
  return ids;
}

TEST(CheckSite, WantsFiveDigitsInGermanyOnly) {
  EXPECT_OK(Check(SiteOf("s")));
  EXPECT_THAT(Check(SiteOf("s", "2493")), HasViolation("address.postcode", Reason::MALFORMED));
  Site danish = SiteOf("s", "6330");
  danish.mutable_address()->set_country("DK");
  EXPECT_OK(Check(danish));
  danish.mutable_address()->set_country("DE");
  EXPECT_THAT(Check(danish), HasViolation("address.postcode", Reason::MALFORMED));
  danish.mutable_address()->set_country("Dänemark");
  EXPECT_THAT(Check(danish), HasViolation("address.country", Reason::MALFORMED));
}

TEST(CheckSite, WantsAPlaceOnEarth) {
  Site site = SiteOf("s");
  site.mutable_point()->set_longitude(200);
  EXPECT_THAT(Check(site), HasViolation("point.longitude", Reason::OUT_OF_RANGE));
}

TEST(CheckSite, BoundsItsTexts) {
  Site site = SiteOf("s");
  site.set_display_name(std::string(201, 'x'));
  site.mutable_address()->set_street(std::string(201, 'x'));
  site.set_accessibility(std::string(1001, 'x'));
  EXPECT_THAT(Check(site), HasViolation("display_name", Reason::OUT_OF_RANGE));
  EXPECT_THAT(Check(site), HasViolation("address.street", Reason::OUT_OF_RANGE));
  EXPECT_THAT(Check(site), HasViolation("accessibility", Reason::OUT_OF_RANGE));
}

TEST(KeepSite, AddsUpdatesAndDrops) {
  v1::Actor actor;
  EXPECT_TRUE(KeepSite(SiteOf("s"), actor));
  EXPECT_TRUE(KeepSite(SiteOf("t"), actor));
  EXPECT_FALSE(KeepSite(SiteOf("t"), actor));
  EXPECT_TRUE(KeepSite(SiteOf("s", "24939"), actor));
  EXPECT_THAT(SitesOf(actor), testing::ElementsAre("s", "t"));
  EXPECT_EQ(actor.sites(0).address().postcode(), "24939");
  EXPECT_TRUE(DropSite("landscapes/x/sites/s", actor));
  EXPECT_FALSE(DropSite("landscapes/x/sites/s", actor));
  EXPECT_THAT(SitesOf(actor), testing::ElementsAre("t"));
}

TEST(KeepSite, PutsTheMainSiteFirst) {
  v1::Actor actor;
  KeepSite(SiteOf("s"), actor);
  KeepSite(SiteOf("t"), actor);
  Site main = SiteOf("u");
  main.set_main(true);
  EXPECT_TRUE(KeepSite(main, actor));
  EXPECT_THAT(SitesOf(actor), testing::ElementsAre("u", "s", "t"));
}

TEST(KeepSite, ForgetsAPlaceThatIsNoLongerKnown) {
  v1::Actor actor;
  Site site = SiteOf("s");
  site.mutable_point()->set_latitude(54);
  KeepSite(site, actor);
  EXPECT_TRUE(actor.sites(0).has_point());
  site.clear_point();
  KeepSite(site, actor);
  EXPECT_FALSE(actor.sites(0).has_point());
}

}  // namespace
}  // namespace allmende::registry
