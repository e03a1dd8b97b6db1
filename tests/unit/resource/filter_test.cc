#include "common/resource/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/testing/matchers.h"

namespace allmende::resource {
namespace {

// The tree in brackets, so that a test shows at a glance what binds to what.
std::string Shape(const Filter& filter) {
  std::string inner;
  for (const Filter& child : filter.children) inner += (inner.empty() ? "" : " ") + Shape(child);
  switch (filter.kind) {
    case Filter::Kind::kEverything:
      return "everything";
    case Filter::Kind::kAnd:
      return "and(" + inner + ")";
    case Filter::Kind::kOr:
      return "or(" + inner + ")";
    case Filter::Kind::kNot:
      return "not(" + inner + ")";
    case Filter::Kind::kComparison:
      return filter.field;
  }
  return "?";
}

std::string ShapeOf(std::string_view text) {
  const auto filter = ParseFilter(text);
  return filter.ok() ? Shape(*filter) : Describe(filter.status());
}

TEST(ParseFilter, TakesNothingForEverything) {
  EXPECT_EQ(ShapeOf(""), "everything");
  EXPECT_EQ(ShapeOf(" \t\n "), "everything");
}

TEST(ParseFilter, ReadsEveryComparator) {
  const std::vector<std::pair<std::string, Comparator>> signs = {
      {"=", Comparator::kEqual},        {"!=", Comparator::kNotEqual}, {"<", Comparator::kLess},
      {"<=", Comparator::kLessOrEqual}, {">", Comparator::kGreater},   {">=", Comparator::kGreaterOrEqual},
      {":", Comparator::kHas}};
  for (const auto& [sign, comparator] : signs) {
    for (const std::string& text : {"a.b" + sign + "7", "a.b " + sign + "  \"7\" "}) {
      ASSERT_OK_AND_ASSIGN(const Filter filter, ParseFilter(text));
      EXPECT_EQ(filter.field, "a.b");
      EXPECT_EQ(filter.comparator, comparator) << text;
      EXPECT_EQ(filter.value, "7");
    }
  }
}

TEST(ParseFilter, BindsOrTighterThanAnd) {
  EXPECT_EQ(ShapeOf("a=1 AND b=2 OR c=3"), "and(a or(b c))");
  EXPECT_EQ(ShapeOf("a=1 OR b=2 AND c=3 OR d=4"), "and(or(a b) or(c d))");
  EXPECT_EQ(ShapeOf("a=1 b=2 OR c=3 d=4"), "and(a or(b c) d)");
  EXPECT_EQ(ShapeOf("(a=1 AND b=2) OR c=3"), "or(and(a b) c)");
}

TEST(ParseFilter, NegatesOneTerm) {
  EXPECT_EQ(ShapeOf("NOT a=1 AND b=2"), "and(not(a) b)");
  EXPECT_EQ(ShapeOf("-a=1 OR -(b=2 c=3)"), "or(not(a) not(and(b c)))");
  EXPECT_EQ(ShapeOf("NOT (NOT a=1)"), "not(not(a))");
}

TEST(ParseFilter, ReadsValuesWithAndWithoutQuotes) {
  const auto value = [](std::string_view text) {
    const auto filter = ParseFilter(text);
    return filter.ok() ? filter->value : Describe(filter.status());
  };
  EXPECT_EQ(value("t >= 2024-01-01T10:30:00+01:00"), "2024-01-01T10:30:00+01:00");
  EXPECT_EQ(value("n > -1.5e3"), "-1.5e3");
  EXPECT_EQ(value("area = landscapes/musterland/areas/05111000"), "landscapes/musterland/areas/05111000");
  EXPECT_EQ(value("name = Mülheim"), "Mülheim");
  EXPECT_EQ(value("name = \"e. V. (\\\"rot\\\") \\\\\""), "e. V. (\"rot\") \\");
  EXPECT_EQ(value("name = 'it\\'s'"), "it's");
  EXPECT_EQ(value("name = \"\""), "");
  EXPECT_EQ(value("topics:*"), "*");
  EXPECT_EQ(value("name = \"AND\""), "AND");
}

TEST(ParseFilter, TakesAKeywordOnlyAsAWholeWord) {
  EXPECT_EQ(ShapeOf("ORT=1 ANDERES=2 NOTE=3"), "and(ORT ANDERES NOTE)");
}

TEST(ParseFilter, KnowsWhereEachComparisonStands) {
  ASSERT_OK_AND_ASSIGN(const Filter filter, ParseFilter(" a=1 AND (bb = 2)"));
  EXPECT_EQ(filter.children[0].position, 1);
  EXPECT_EQ(filter.children[1].position, 10);
}

void ExpectError(std::string_view text, int position, const std::string& expected) {
  const auto filter = ParseFilter(text);
  ASSERT_THAT(filter, HasViolation("filter", Reason::INVALID_FILTER)) << text;
  const auto params = DetailOf(filter.status()).violations(0).params();
  EXPECT_EQ(params.at("position"), std::to_string(position)) << text;
  EXPECT_EQ(params.at("expected"), expected) << text;
}

TEST(ParseFilter, SaysWhereItStoppedAndWhatItExpectedThere) {
  ExpectError("kind", 4, "= != < <= > >= :");
  ExpectError("kind = ", 7, "value");
  ExpectError("kind = \"x", 9, "\"");
  ExpectError("kind = \"x\\", 10, "\"");
  ExpectError("(a=1", 4, ")");
  ExpectError("a=1)", 3, "AND, OR or the end");
  ExpectError("a=1 AND", 7, "field name");
  ExpectError("a=1 OR OR b=2", 7, "field name");
  ExpectError("AND a=1", 0, "field name");
  ExpectError("NOT", 3, "field name");
  ExpectError("a = AND", 4, "value");
  ExpectError("a. = 1", 2, "field name");
  ExpectError("7 = a", 0, "field name");
  ExpectError("()", 1, "field name");
  ExpectError(std::string_view("a=\"\0\"", 5), 3, "text without control characters");
}

TEST(ParseFilter, KeepsItsBounds) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '(') + "a=1" +
           std::string(static_cast<std::size_t>(depth), ')');
  };
  EXPECT_OK(ParseFilter(nested(32)));
  EXPECT_THAT(ParseFilter(nested(33)), HasViolation("filter", Reason::INVALID_FILTER));
  std::string many = "a=1";
  for (int i = 1; i < 100; ++i) many += " a=1";
  EXPECT_OK(ParseFilter(many));
  EXPECT_THAT(ParseFilter(many + " a=1"), HasViolation("filter", Reason::INVALID_FILTER));
  EXPECT_OK(ParseFilter("a=" + std::string(4094, 'x')));
  EXPECT_THAT(ParseFilter("a=" + std::string(4095, 'x')), HasViolation("filter", Reason::INVALID_FILTER));
}

rc::Gen<Filter> AnyComparison() {
  const auto field = rc::gen::elementOf(std::vector<std::string>{"kind", "address.postcode", "_x", "ORT", "notes"});
  const auto comparator = rc::gen::map(rc::gen::inRange(0, 7), [](int i) { return static_cast<Comparator>(i); });
  const auto character = rc::gen::elementOf(std::string("abcAND019 \"'\\()=<>:-*.,/!\xC3"));
  return rc::gen::build<Filter>(
      rc::gen::set(&Filter::kind, rc::gen::just(Filter::Kind::kComparison)), rc::gen::set(&Filter::field, field),
      rc::gen::set(&Filter::comparator, comparator),
      rc::gen::set(&Filter::value, rc::gen::resize(12, rc::gen::container<std::string>(character))));
}

rc::Gen<Filter> AnyFilter(int depth) {
  if (depth == 0) return AnyComparison();
  const auto node = [depth](Filter::Kind kind, int from, int to) {
    return rc::gen::mapcat(rc::gen::inRange(from, to + 1), [depth, kind](int count) {
      return rc::gen::map(
          rc::gen::container<std::vector<Filter>>(static_cast<std::size_t>(count), AnyFilter(depth - 1)),
          [kind](std::vector<Filter> children) {
            Filter filter;
            filter.kind = kind;
            filter.children = std::move(children);
            return filter;
          });
    });
  };
  return rc::gen::oneOf(AnyComparison(), node(Filter::Kind::kAnd, 2, 3), node(Filter::Kind::kOr, 2, 3),
                        node(Filter::Kind::kNot, 1, 1));
}

void ForgetPositions(Filter& filter) {
  filter.position = 0;
  for (Filter& child : filter.children) ForgetPositions(child);
}

RC_GTEST_PROP(Filter, IsReadBackFromItsText, ()) {
  const Filter filter = *AnyFilter(3);
  auto parsed = ParseFilter(ToString(filter));
  RC_ASSERT(parsed.ok());
  ForgetPositions(*parsed);
  RC_ASSERT(*parsed == filter);
}

RC_GTEST_PROP(ParseFilter, AnswersAnyText, ()) {
  const auto pieces = rc::gen::elementOf(
      std::vector<std::string>{"a", "=", "(", ")", "AND", "OR", "NOT", " ", "-", ":", "\"", "<", ".", "7", "*", "\\"});
  std::string text;
  for (const std::string& piece : *rc::gen::container<std::vector<std::string>>(pieces)) text += piece;
  auto parsed = ParseFilter(text);
  if (!parsed.ok()) return;
  auto again = ParseFilter(ToString(*parsed));
  RC_ASSERT(again.ok());
  ForgetPositions(*parsed);
  ForgetPositions(*again);
  RC_ASSERT(*parsed == *again);
}

}  // namespace
}  // namespace allmende::resource
