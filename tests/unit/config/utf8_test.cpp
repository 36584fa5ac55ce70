// What counts as UTF-8 text.
#include "config/utf8.hpp"

#include <gtest/gtest.h>

namespace faultlab::config {
namespace {

TEST(Utf8, AcceptsEveryLength) {
  EXPECT_EQ(first_bad_byte(""), std::nullopt);
  EXPECT_EQ(first_bad_byte("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), std::nullopt);
}

TEST(Utf8, FindsTheFirstBadByte) {
  EXPECT_EQ(first_bad_byte("ab\xFF"), 2U);
  EXPECT_EQ(first_bad_byte("a\x80"), 1U);
  EXPECT_EQ(first_bad_byte("\xC0\x80"), 0U);          // overlong
  EXPECT_EQ(first_bad_byte("\xE0\x80\x80"), 0U);      // overlong
  EXPECT_EQ(first_bad_byte("\xED\xA0\x80"), 0U);      // surrogate
  EXPECT_EQ(first_bad_byte("\xF4\x90\x80\x80"), 0U);  // beyond Unicode
  EXPECT_EQ(first_bad_byte("ab\xE2\x82"), 2U);        // cut short
  EXPECT_EQ(first_bad_byte(std::string_view("a\0b", 3)), 1U);
}

}  // namespace
}  // namespace faultlab::config
