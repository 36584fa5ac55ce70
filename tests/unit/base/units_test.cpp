// Units: rounding is in the name, differences saturate.
#include "base/units.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"

namespace faultlab {
namespace {

TEST(Units, PagesRoundAsTheirNameSays) {
  EXPECT_EQ(pages_ceil(Bytes(1)), PageCount(1));
  EXPECT_EQ(pages_ceil(Bytes(4096)), PageCount(1));
  EXPECT_EQ(pages_floor(Bytes(8191)), PageCount(1));
  EXPECT_EQ(pages_ceil(kNoLimit), PageCount((std::uint64_t{1} << 52)));
}

TEST(Units, ADifferenceIsNeverNegative) { EXPECT_EQ(Bytes(1) - Bytes(2), Bytes(0)); }

TEST(Random, BelowStaysBelowAndReachesEverything) {
  Random random(3);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.below(7));
  EXPECT_EQ(seen.size(), 7U);
  EXPECT_EQ(*seen.rbegin(), 6U);
}

TEST(Random, PurposesOfOneSeedDoNotShareSequences) {
  EXPECT_NE(derive_seed(1, "a"), derive_seed(1, "b"));
  EXPECT_NE(derive_seed(1, "a", 0), derive_seed(1, "a", 1));
  EXPECT_EQ(derive_seed(1, "a", 1), derive_seed(1, "a", 1));
}

}  // namespace
}  // namespace faultlab
