#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "allmende/registry/v1/registry_service.pb.h"
#include "common/resource/order_by.h"
#include "common/resource/page_token.h"
#include "common/testing/matchers.h"

namespace allmende::resource {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

registry::v1::ListActorsRequest FirstPage() {
  registry::v1::ListActorsRequest request;
  request.set_parent("landscapes/musterland");
  request.set_filter("kinds:SCHOOL");
  request.set_page_size(50);
  return request;
}

TEST(PageToken, IsEmptyForTheFirstPage) { EXPECT_THAT(ReadPageToken(FirstPage()), IsOkAndHolds(IsEmpty())); }

TEST(PageToken, LeadsToTheNextPageWhateverItsSize) {
  registry::v1::ListActorsRequest request = FirstPage();
  request.set_page_token(MakePageToken(request, "cursor"));
  request.set_page_size(7);
  EXPECT_THAT(ReadPageToken(request), IsOkAndHolds("cursor"));
  // The token of the third page is made from the request for the second.
  request.set_page_token(MakePageToken(request, "further"));
  EXPECT_THAT(ReadPageToken(request), IsOkAndHolds("further"));
}

TEST(PageToken, DoesNotFitAnotherRequest) {
  const std::string token = MakePageToken(FirstPage(), "cursor");
  registry::v1::ListActorsRequest other = FirstPage();
  other.set_page_token(token);
  other.set_filter("kinds:MUSEUM");
  EXPECT_THAT(ReadPageToken(other), HasViolation("page_token", Reason::INVALID_PAGE_TOKEN));
  registry::v1::ListSitesRequest other_type;
  other_type.set_parent("landscapes/musterland");
  other_type.set_filter("kinds:SCHOOL");
  other_type.set_page_token(token);
  EXPECT_THAT(ReadPageToken(other_type), HasViolation("page_token", Reason::INVALID_PAGE_TOKEN));
}

RC_GTEST_PROP(PageToken, CarriesAnyCursor, ()) {
  const auto cursor = *rc::gen::nonEmpty(rc::gen::arbitrary<std::string>());
  auto request = FirstPage();
  request.set_page_token(MakePageToken(request, cursor));
  RC_ASSERT(*ReadPageToken(request) == cursor);
}

RC_GTEST_PROP(PageToken, IsRefusedWhenOneCharacterIsAnother, (std::string cursor)) {
  auto request = FirstPage();
  std::string token = MakePageToken(request, cursor + "x");
  const auto at = *rc::gen::inRange<std::size_t>(0, token.size() - 1);
  token[at] = token[at] == 'A' ? 'B' : 'A';
  request.set_page_token(token);
  RC_ASSERT(!ReadPageToken(request).ok());
}

TEST(PageToken, OfAnyOtherTextIsRefused) {
  auto request = FirstPage();
  for (const char* text : {"x", "AAAAAAAAAAA", "not base64!", "ä"}) {
    request.set_page_token(text);
    EXPECT_THAT(ReadPageToken(request), HasViolation("page_token", Reason::INVALID_PAGE_TOKEN)) << text;
  }
  request.set_page_token(std::string(100'000, 'A'));
  EXPECT_THAT(ReadPageToken(request), HasViolation("page_token", Reason::INVALID_PAGE_TOKEN));
}

TEST(PageSize, HasAFallbackAndAnUpperLimit) {
  auto request = FirstPage();
  EXPECT_THAT(ReadPageSize(request, 20), IsOkAndHolds(50));
  request.set_page_size(0);
  EXPECT_THAT(ReadPageSize(request, 20), IsOkAndHolds(20));
  request.set_page_size(1000);
  EXPECT_THAT(ReadPageSize(request, 20), IsOkAndHolds(1000));
  request.set_page_size(1001);
  EXPECT_THAT(ReadPageSize(request, 20), HasViolation("page_size", Reason::OUT_OF_RANGE));
  request.set_page_size(-1);
  EXPECT_THAT(ReadPageSize(request, 20), HasViolation("page_size", Reason::OUT_OF_RANGE));
}

TEST(ParseOrderBy, ReadsFieldsAndDirections) {
  EXPECT_THAT(ParseOrderBy(""), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(ParseOrderBy("  "), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(ParseOrderBy(" display_name  desc ,kind asc,area.name"),
              IsOkAndHolds(ElementsAre(OrderTerm{"display_name", true}, OrderTerm{"kind", false},
                                       OrderTerm{"area.name", false})));
}

TEST(ParseOrderBy, RefusesEverythingElse) {
  for (const char* text : {",", "a,", "a b", "a desc desc", "a DESC", "a;b", "a,a desc", "a,b,c,d,e,f", "a..b", ".a",
                           "a.", "a\tdesc", "ä"}) {
    EXPECT_THAT(ParseOrderBy(text), HasViolation("order_by", Reason::MALFORMED)) << text;
  }
}

TEST(ParseOrderBy, QuotesNoHalfCharacter) {
  const auto terms = ParseOrderBy("x" + std::string(49, 'y') + std::string(25, '-') + "ääääääääääääääääääääää");
  ASSERT_THAT(terms, HasViolation("order_by", Reason::MALFORMED));
  const std::string quoted = DetailOf(terms.status()).violations(0).params().at("value");
  EXPECT_EQ(quoted.size(), 99U);
  EXPECT_TRUE(quoted.ends_with("ä"));
}

}  // namespace
}  // namespace allmende::resource
