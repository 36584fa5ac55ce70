// Short kernel texts.
#include "host/text.hpp"

#include <gtest/gtest.h>

namespace faultlab::host {
namespace {

TEST(Text, TakesTheBracketedWord) {
  EXPECT_EQ(chosen("always [madvise] never\n"), "madvise");
  EXPECT_EQ(chosen("60\n"), "60");
  EXPECT_EQ(chosen("a ] b [ c"), "a ] b [ c");
}

TEST(Text, TakesWholeNumbersOnly) {
  EXPECT_EQ(to_number("18446744073709551615"), 18446744073709551615ULL);
  EXPECT_FALSE(to_number("18446744073709551616"));
  EXPECT_FALSE(to_number("12 "));
  EXPECT_FALSE(to_number("-1"));
  EXPECT_FALSE(to_number(""));
}

TEST(Text, FindsRowsByTheirWholeName) {
  EXPECT_EQ(number_after("MemFreeX: 1 kB\nMemFree:  2 kB\n", "MemFree"), 2U);
  EXPECT_EQ(number_after("oom_kill_disable 0\noom_kill 3\n", "oom_kill"), 3U);
  EXPECT_FALSE(number_after("oom_kill_disable 0\n", "oom_kill"));
}

TEST(Text, TellsFoldersFromPrefixes) {
  EXPECT_TRUE(lies_in("/a/b", "/a"));
  EXPECT_TRUE(lies_in("/a", "/a"));
  EXPECT_FALSE(lies_in("/ab", "/a"));
  EXPECT_TRUE(lies_in("/a", "/"));
}

TEST(Text, SplitsAtBlanks) {
  EXPECT_EQ(words_of(" a\t b\nc ").size(), 3U);
  EXPECT_TRUE(words_of(" \n").empty());
  EXPECT_EQ(split("rw,memory", ',').size(), 2U);
}

}  // namespace
}  // namespace faultlab::host
