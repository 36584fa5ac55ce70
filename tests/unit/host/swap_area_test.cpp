// /proc/swaps: what stands there, and whether an area of ours would come first.
#include "host/swap_area.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_folder.hpp"

namespace faultlab::host {
namespace {

class SwapsTest : public ::testing::Test {
 protected:
  Result<std::vector<SwapUse>> read(const std::string& lines) {
    std::filesystem::create_directories(root_.path() + "/proc");
    std::ofstream(root_.path() + "/proc/swaps") << "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
                                                << lines;
    return swap_areas(root_.path());
  }
  testing::TemporaryFolder root_;
};

TEST_F(SwapsTest, HasALineAnArea) {
  const auto areas = read("/dev/zram0 partition\t65532\t\t128\t\t32767\n/a\\040b/swap file 1020 0 -2\n");
  ASSERT_TRUE(areas) << areas.error().what;
  ASSERT_EQ(areas->size(), 2U);
  EXPECT_EQ((*areas)[0].path, "/dev/zram0");
  EXPECT_EQ((*areas)[0].size, Bytes(65532 * 1024));
  EXPECT_EQ((*areas)[0].used, Bytes(128 * 1024));
  EXPECT_EQ((*areas)[1].path, "/a b/swap");
  EXPECT_EQ((*areas)[1].type, "file");
  EXPECT_EQ((*areas)[1].priority, -2);
}

TEST_F(SwapsTest, NoneIsNoError) {
  const auto areas = read("");
  ASSERT_TRUE(areas);
  EXPECT_TRUE(areas->empty());
}

TEST_F(SwapsTest, AnUnknownFormIsAnError) { EXPECT_FALSE(read("/dev/sda1 partition\n")); }

TEST_F(SwapsTest, AnotherAreaMustComeLater) {
  const auto areas = read("/dev/sda1 partition 1020 0 5\n");
  ASSERT_TRUE(areas);
  EXPECT_TRUE(no_other_first(*areas, 6));
  for (const int priority : {5, 4}) {  // the kernel takes turns between equals
    const auto refused = no_other_first(*areas, priority);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().what.find("/dev/sda1"), std::string::npos);
    EXPECT_NE(refused.error().remedy.find("swapoff"), std::string::npos);
  }
}

}  // namespace
}  // namespace faultlab::host
