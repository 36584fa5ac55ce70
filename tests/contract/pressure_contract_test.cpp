// What every pressure must keep, whichever it is.
#include <gtest/gtest.h>

#include <string>

#include "catalogue/tables.hpp"
#include "contract/defaults.hpp"

namespace faultlab {
namespace {

class EveryPressure : public ::testing::TestWithParam<const PressureSpec*> {};

TEST_P(EveryPressure, SaysWhatItIs) {
  EXPECT_FALSE(GetParam()->row.name.empty());
  EXPECT_GT(GetParam()->row.summary.size(), 10U);
  EXPECT_EQ(find(pressure_table(), GetParam()->row.name), GetParam());
  EXPECT_NE(GetParam()->make(), nullptr);
}

TEST_P(EveryPressure, LeavesNoMoreThanWasAskedFor) {
  constexpr Bytes kAsked{std::uint64_t{8} << 20};
  const Bytes left = GetParam()->ceiling(contract::default_options(GetParam()->row, kAsked));
  EXPECT_TRUE(left == kAsked || left == kNoLimit);
  EXPECT_EQ(GetParam()->ceiling(contract::default_options(GetParam()->row)), kNoLimit);
}

// A trial whose host has no cgroups still runs where no memory is limited; else it must be an error.
TEST_P(EveryPressure, WithoutACgroupNeverPretends) {
  constexpr Bytes kAsked{std::uint64_t{8} << 20};
  const auto applied =
      GetParam()->make()->apply({.dataset = kAsked}, contract::default_options(GetParam()->row, kAsked));
  ASSERT_FALSE(applied);
  EXPECT_FALSE(applied.error().remedy.empty());
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryPressure,
                         ::testing::ValuesIn(pressure_table().begin(), pressure_table().end()),
                         [](const auto& chosen) { return std::string(chosen.param->row.name); });

}  // namespace
}  // namespace faultlab
