// Which official key was probably meant.
#include "services/registry/rules/area_keys.h"

#include <gtest/gtest.h>

namespace allmende::registry {
namespace {

const std::vector<std::string_view>& Keys() {
  static const std::vector<std::string_view> keys = {"01001000", "01002000", "05111000",
                                                     "05112000", "05334002", "05334004"};
  return keys;
}

TEST(NearestKey, FindsTheGemeindeOfAKreisfreieStadt) { EXPECT_EQ(NearestKey("05 1 11 001", Keys()), "05111000"); }
TEST(NearestKey, ReadsOverBlanks) { EXPECT_EQ(NearestKey("05 1 12 000", Keys()), "05112000"); }
TEST(NearestKey, PutsALostZeroBack) { EXPECT_EQ(NearestKey("1001000", Keys()), "01001000"); }
TEST(NearestKey, PrefersTheSameKreis) { EXPECT_EQ(NearestKey("05334003", Keys()), "05334002"); }
TEST(NearestKey, FindsATypingErrorInTheKreis) { EXPECT_EQ(NearestKey("05134004", Keys()), "05334004"); }
TEST(NearestKey, SaysNothingWhereNothingIsNear) {
  EXPECT_EQ(NearestKey("99999999", Keys()), "");
  EXPECT_EQ(NearestKey("Düsseldorf", Keys()), "");
  EXPECT_EQ(NearestKey("", Keys()), "");
  EXPECT_EQ(NearestKey("05111000", {}), "");
}

}  // namespace
}  // namespace allmende::registry
