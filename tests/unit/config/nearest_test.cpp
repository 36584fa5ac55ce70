// Guesses at mistyped names.
#include "config/nearest.hpp"

#include <gtest/gtest.h>

#include <array>

namespace faultlab::config {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"pread", "mmap_shared", "anon"};

TEST(Nearest, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("pread", "perad"), 1U);  // a swap is one slip
}

TEST(Nearest, GuessesOnlyWhatIsClose) {
  EXPECT_EQ(nearest("mmap_sharde", kNames), "mmap_shared");
  EXPECT_EQ(nearest("read", kNames), "pread");
  EXPECT_EQ(nearest("sendfile", kNames), "");
  EXPECT_EQ(nearest("", kNames), "");
  EXPECT_EQ(nearest(std::string(10000, 'a'), kNames), "");
  EXPECT_EQ(nearest("pread", {}), "");
}

TEST(Nearest, Sentences) {
  EXPECT_EQ(unknown_name("engine", "anom", kNames), "unknown engine \"anom\"; did you mean \"anon\"?");
  EXPECT_EQ(unknown_name("engine", "sendfile", kNames), "unknown engine \"sendfile\"");
  EXPECT_EQ(one_of(kNames), "write one of: pread, mmap_shared, anon");
}

TEST(Nearest, QuotesAreShortAndPrintable) {
  EXPECT_EQ(in_quotes("a\nb\"c"), "\"a\\u000ab\\\"c\"");
  EXPECT_EQ(in_quotes(std::string(200, 'x')), "\"" + std::string(80, 'x') + "...\"");
  // A cut does not split a character.
  EXPECT_EQ(in_quotes(std::string(79, 'x') + "\xC3\xA9"), "\"" + std::string(79, 'x') + "...\"");
}

}  // namespace
}  // namespace faultlab::config
