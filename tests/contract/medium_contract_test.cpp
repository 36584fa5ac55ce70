// What every medium must keep, whichever it is.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "catalogue/tables.hpp"

namespace faultlab {
namespace {

class EveryMedium : public ::testing::TestWithParam<const MediumSpec*> {};

TEST_P(EveryMedium, SaysWhatItIs) {
  EXPECT_FALSE(GetParam()->row.name.empty());
  EXPECT_GT(GetParam()->row.summary.size(), 10U);
  EXPECT_EQ(find(medium_table(), GetParam()->row.name), GetParam());
}

// By its size the room for it is checked before it is made.
TEST_P(EveryMedium, HasASizeUnlessItIsTheHosts) {
  const auto& options = GetParam()->row.options;
  const bool sized = std::any_of(options.begin(), options.end(),
                                 [](const OptionSpec& option) { return option.name == "size"; });
  EXPECT_EQ(sized, GetParam()->store != Store::host);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryMedium,
                         ::testing::ValuesIn(medium_table().begin(), medium_table().end()),
                         [](const auto& chosen) { return std::string(chosen.param->row.name); });

}  // namespace
}  // namespace faultlab
