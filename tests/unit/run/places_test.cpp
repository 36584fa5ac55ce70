// Words in braces.
#include "run/places.hpp"

#include <gtest/gtest.h>

namespace faultlab::run {
namespace {

const Places kPlaces{"/d", "/r", "/b"};
using Words = std::vector<std::string>;

TEST(Places, KnownWordsAreFilledInAndOthersStay) {
  EXPECT_EQ(placed({"{bin}/x", "--in={data}/a,{data}/b", "{root}", "{print $1}", "{seed}"}, kPlaces),
            (Words{"/b/x", "--in=/d/a,/d/b", "/r", "{print $1}", "{seed}"}));
}

TEST(Places, ATrialHasItsSeed) {
  EXPECT_EQ(placed({"{seed}", "s={seed}"}, kPlaces, 12), (Words{"12", "s=12"}));
  EXPECT_TRUE(takes_seed({"a", "x{seed}y"}));
  EXPECT_FALSE(takes_seed({"a", "{seeds}"}));
}

TEST(Places, FoldersAreAbsolute) {
  const auto words = placed({"{data}/x"}, Places{"results/.data", "", ""});
  EXPECT_EQ(words[0][0], '/');
  EXPECT_TRUE(words[0].ends_with("/results/.data/x"));
}

}  // namespace
}  // namespace faultlab::run
