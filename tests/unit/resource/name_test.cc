#include "common/resource/name.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace allmende::resource {
namespace {

TEST(ParseName, ReadsARecordAndALandscape) {
  const auto actor = ParseName("landscapes/musterland/actors/ggs-am-park");
  ASSERT_TRUE(actor.has_value());
  EXPECT_EQ(*actor, (Name{"musterland", "actors", "ggs-am-park"}));
  const auto landscape = ParseName("landscapes/musterland");
  ASSERT_TRUE(landscape.has_value());
  EXPECT_EQ(*landscape, (Name{"musterland", "landscapes", "musterland"}));
}

TEST(ParseName, RefusesWhatIsNoName) {
  for (const char* text :
       {"", "/", "landscapes", "landscapes/", "landscapes/ab", "landscapes/Muster", "landscapes/musterland/",
        "landscapes/musterland/actors", "landscapes/musterland/actors/", "landscapes/musterland/actors/A",
        "landscapes/musterland/actors/a/b", "landscapes/musterland/Actors/a", "landscapes/musterland/landscapes/a",
        "/landscapes/musterland", "landscapes//actors/a", "other/musterland", "landscapes/musterland/actors/-a",
        "landscapes/musterland/actors/a b", "landscapes/musterland/actors/ä"}) {
    EXPECT_FALSE(ParseName(text).has_value()) << text;
  }
}

TEST(ParseParent, TakesLandscapesOnly) {
  EXPECT_EQ(ParseParent("landscapes/musterland"), "musterland");
  EXPECT_FALSE(ParseParent("landscapes/musterland/actors/a").has_value());
  EXPECT_FALSE(ParseParent("musterland").has_value());
}

TEST(IsValidId, AllowsSixtyThreeCharactersAndNoMore) {
  EXPECT_TRUE(IsValidId(std::string(63, 'a')));
  EXPECT_FALSE(IsValidId(std::string(64, 'a')));
  EXPECT_TRUE(IsValidId("05111000"));
  EXPECT_FALSE(IsValidId(".hidden"));
  EXPECT_FALSE(IsValidId(std::string("a\0b", 3)));
}

RC_GTEST_PROP(Name, IsReadBackFromItsText, ()) {
  const auto chars = [](const char* set) { return rc::gen::elementOf(std::string(set)); };
  const auto word = rc::gen::resize(30, rc::gen::container<std::string>(chars("abcxyz019-._")));
  Name name;
  name.landscape = "abc" + *rc::gen::resize(30, rc::gen::container<std::string>(chars("abc09-")));
  name.collection = "actors";
  name.id = "0" + *word;
  RC_ASSERT(ParseName(name.ToString()) == name);
}

}  // namespace
}  // namespace allmende::resource
