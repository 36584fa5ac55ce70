// Pools of huge pages on a captured tree.
#include "host/huge_pool.hpp"

#include <gtest/gtest.h>

#include "captured.hpp"
#include "catalogue/knob_spec.hpp"

namespace faultlab::host {
namespace {

constexpr Bytes kSmall{std::uint64_t{2} << 20};
constexpr Bytes kLarge{std::uint64_t{1} << 30};

TEST(HugePool, PromisedPagesAreTaken) {
  const CapturedTree tree("v1");
  const auto pool = huge_pool(kSmall, tree.root());
  ASSERT_TRUE(pool) << pool.error().what;
  EXPECT_EQ(pool->total, 12U);
  EXPECT_EQ(pool->used, 7U);  // 3 in use, 4 of the 9 free ones promised
}

TEST(HugePool, EachSizeHasItsOwn) {
  const CapturedTree tree("v1");
  const auto pool = huge_pool(kLarge, tree.root());
  ASSERT_TRUE(pool) << pool.error().what;
  EXPECT_EQ(pool->total, 0U);
  for (const Bytes page : {kSmall, kLarge}) EXPECT_NE(find_knob(huge_pool_knob(page)), nullptr);
}

TEST(HugePool, AKernelWithoutOneSaysSo) {
  const CapturedTree tree("v2");
  EXPECT_FALSE(huge_pool(kSmall, tree.root()));
}

}  // namespace
}  // namespace faultlab::host
