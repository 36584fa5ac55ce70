// Faults of first touches by the sizes of huge pages that the settings allow.
#include "scenario/huge_model.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_folder.hpp"

namespace faultlab::scenario {
namespace {

constexpr std::uint64_t kN = 8192;

TEST(HugeModel, OneFaultPerHugePageWhereItFits) {
  const HugeSizes largest{{512}, true};
  EXPECT_EQ(faults_of_writes(largest, 0, kN), 16U);
  EXPECT_EQ(faults_of_writes(largest, 1, kN), 511U + 15 + 1);
  EXPECT_EQ(faults_of_writes(largest, 1, 511), 511U);
  EXPECT_EQ(faults_of_writes({}, 0, kN), kN);
}

TEST(HugeModel, SmallerSizesFillTheRest) {
  EXPECT_EQ(faults_of_writes({{16}, true}, 0, kN), 512U);
  EXPECT_EQ(faults_of_writes({{16}, true}, 1, kN), 15U + 511 + 1);
  EXPECT_EQ(faults_of_writes({{512, 16}, true}, 16, 480), 30U);
  EXPECT_EQ(faults_of_writes({{512, 64, 16}, true}, 16, 480), 3U + 6 + 3);
}

TEST(HugeModel, ReadsMapTheHugeZeroPageOrTheSmallOne) {
  EXPECT_EQ(faults_of_reads({{512, 16}, true}, 0, kN), 16U);
  EXPECT_EQ(faults_of_reads({{16}, true}, 0, kN), kN);
}

class HugeSettings : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    const auto path = root() + "/sys/kernel/mm/transparent_hugepage/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text << "\n";
  }
  std::string root() const { return folder_.path(); }
  faultlab::testing::TemporaryFolder folder_;
};

TEST_F(HugeSettings, OneSizeBeforeThereWereSeveral) {
  write("enabled", "always [madvise] never");
  write("use_zero_page", "1");
  EXPECT_EQ(huge_sizes(root())->allowed, std::vector<std::uint64_t>{512});
  write("enabled", "always madvise [never]");
  EXPECT_TRUE(huge_sizes(root())->allowed.empty());
}

TEST_F(HugeSettings, EachSizeHasAModeOrInheritsIt) {
  write("enabled", "always [madvise] never");
  write("use_zero_page", "0");
  write("hugepages-2048kB/enabled", "always [inherit] madvise never");
  write("hugepages-64kB/enabled", "always inherit [madvise] never");
  write("hugepages-16kB/enabled", "always inherit madvise [never]");
  const auto sizes = huge_sizes(root());
  EXPECT_EQ(sizes->allowed, (std::vector<std::uint64_t>{512, 16}));
  EXPECT_FALSE(sizes->zero_page);
}

TEST_F(HugeSettings, AKernelWithoutThemIsAnError) { EXPECT_FALSE(huge_sizes(root())); }

}  // namespace
}  // namespace faultlab::scenario
