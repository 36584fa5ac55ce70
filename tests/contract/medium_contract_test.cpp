// What every medium must keep, whichever it is.
#include <gtest/gtest.h>

#include <string>

#include "catalogue/tables.hpp"

namespace faultlab {
namespace {

class EveryMedium : public testing::TestWithParam<const MediumSpec*> {};

TEST_P(EveryMedium, SaysWhatItIs) {
  EXPECT_FALSE(GetParam()->row.name.empty());
  EXPECT_GT(GetParam()->row.summary.size(), 10U);
  EXPECT_EQ(find(medium_table(), GetParam()->row.name), GetParam());
}

TEST_P(EveryMedium, NamesAFolder) {
  const auto folder = GetParam()->folder(testing::TempDir());
  ASSERT_TRUE(folder.has_value()) << folder.error().what;
  EXPECT_FALSE(folder->empty());
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryMedium,
                         testing::ValuesIn(medium_table().begin(), medium_table().end()),
                         [](const auto& chosen) { return std::string(chosen.param->row.name); });

}  // namespace
}  // namespace faultlab
