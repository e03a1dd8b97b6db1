#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/text/text.h"

namespace allmende::text {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

TEST(FindInvalidUtf8, AcceptsEveryValidText) {
  EXPECT_EQ(FindInvalidUtf8(""), kNone);
  EXPECT_EQ(FindInvalidUtf8("Grundschule Mühlheim, 9–12 Uhr, 😀"), kNone);
  EXPECT_EQ(FindInvalidUtf8(std::string("a\0b", 3)), kNone);
}

TEST(FindInvalidUtf8, NamesTheFirstByteThatIsWrong) {
  EXPECT_EQ(FindInvalidUtf8("abc\xFC"), 3U);
  EXPECT_EQ(FindInvalidUtf8("eight by\xE4te long text"), 8U);
  EXPECT_EQ(FindInvalidUtf8("sixteen bytes long then M\xFChle"), 25U);
  EXPECT_EQ(FindInvalidUtf8("ü\xC3"), 2U);             // cut off
  EXPECT_EQ(FindInvalidUtf8("\xC0\x80"), 0U);          // overlong
  EXPECT_EQ(FindInvalidUtf8("a\xED\xA0\x80"), 1U);     // surrogate
  EXPECT_EQ(FindInvalidUtf8("\xF4\x90\x80\x80"), 0U);  // beyond Unicode
}

TEST(FromWindows1252, KnowsWhatLatin1DoesNot) {
  EXPECT_EQ(FromWindows1252("M\xFChlheim \x80 \x84Haus\x93 \x96"), "Mühlheim € „Haus“ –");
  EXPECT_EQ(FromWindows1252("\x81\x8D\x8F\x90\x9D"), "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");
}

RC_GTEST_PROP(FromWindows1252, AlwaysGivesUtf8, (std::string bytes)) {
  RC_ASSERT(FindInvalidUtf8(FromWindows1252(bytes)) == kNone);
}

}  // namespace
}  // namespace allmende::text
