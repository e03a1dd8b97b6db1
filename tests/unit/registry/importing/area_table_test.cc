#include "services/registry/importing/area_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/testing/matchers.h"

namespace allmende::importing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

constexpr std::int32_t kToday = 20240101;

Area Gemeinde(std::string_view key, std::string_view name, std::vector<std::string> postcodes = {}) {
  Area area;
  area.set_display_name(std::string(name));
  area.set_kind(AreaKind::GEMEINDE);
  registry::v1::AreaKey& entry = *area.add_keys();
  entry.set_scheme(registry::v1::AreaKey::AGS);
  entry.set_value(std::string(key));
  for (std::string& postcode : postcodes) area.add_postcodes(std::move(postcode));
  return area;
}

class AreaTableTest : public ::testing::Test {
 protected:
  AreaTableTest() {
    table_.Add("01001000", Gemeinde("01001000", "Flensburg", {"24937"}));
    table_.Add("01051049", Gemeinde("01051049", "Hennstedt", {"25779"}));
    table_.Add("01061042", Gemeinde("01061042", "Hennstedt", {"25581"}));
    table_.Add("01051008", Gemeinde("01051008", "Bergewöhrden", {"25779"}));
    table_.Add("05111000", Gemeinde("05111000", "Düsseldorf", {"40213"}));
  }
  AreaAnswer Ask(std::string_view locality, std::string_view postcode, std::string_view within = "01") {
    return table_.ByName({locality, postcode, within, {AreaKind::GEMEINDE}});
  }
  AreaTable table_{kToday};
};

TEST_F(AreaTableTest, FindsAnAreaByItsOnlyName) {
  EXPECT_THAT(Ask("Flensburg", "").id, Optional(std::string("01001000")));
  EXPECT_THAT(Ask("FLENSBURG", "99999").id, Optional(std::string("01001000")));
  EXPECT_EQ(Ask("Duesseldorf", "").id, std::nullopt) << "not within 01";
  EXPECT_THAT(Ask("Duesseldorf", "", "05").id, Optional(std::string("05111000")));
}

TEST_F(AreaTableTest, LetsThePostcodeDecideBetweenEqualNames) {
  EXPECT_THAT(Ask("Hennstedt", "25581").id, Optional(std::string("01061042")));
  EXPECT_THAT(Ask("Hennstedt (Dithmarschen)", "25779").id, Optional(std::string("01051049")));
}

TEST_F(AreaTableTest, NeverGuessesByPostcodeAlone) {
  const AreaAnswer several = Ask("Wohnpark", "25779");
  EXPECT_EQ(several.id, std::nullopt);
  EXPECT_THAT(several.candidates, ElementsAre("01051049 (Hennstedt)", "01051008 (Bergewöhrden)"));
  const AreaAnswer one = Ask("Wohnpark", "24937");
  EXPECT_EQ(one.id, std::nullopt);
  EXPECT_THAT(one.candidates, ElementsAre("01001000 (Flensburg)"));
  EXPECT_THAT(Ask("Wohnpark", "00000").candidates, IsEmpty());
}

TEST_F(AreaTableTest, SaysBetweenWhichAreasItDoesNotDecide) {
  EXPECT_EQ(Ask("Hennstedt", "").id, std::nullopt);
  EXPECT_THAT(Ask("Hennstedt", "").candidates, ElementsAre("01051049 (Hennstedt)", "01061042 (Hennstedt)"));
}

TEST_F(AreaTableTest, KnowsOnlyKeysThatAreValidToday) {
  Area old = Gemeinde("01999001", "Altdorf");
  auto& key = *old.mutable_keys(0);
  key.mutable_valid_to()->set_year(2019);
  key.mutable_valid_to()->set_month(12);
  key.mutable_valid_to()->set_day(31);
  key.add_successors("01001000");
  table_.Add("01999001", old);
  EXPECT_EQ(table_.ByKey("01999001"), std::nullopt);
  EXPECT_EQ(table_.HintFor("01999001"), "01001000 (Flensburg)");
  EXPECT_EQ(table_.HintFor("5111000"), "05111000 (Düsseldorf)");
  EXPECT_EQ(table_.HintFor("12345"), "");
  EXPECT_THAT(table_.ByKey("05111000"), Optional(std::string("05111000")));
}

}  // namespace
}  // namespace allmende::importing
