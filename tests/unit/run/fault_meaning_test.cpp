// What a fault on anonymous memory is, by where the memory can go.
#include "run/fault_meaning.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "catalogue/tables.hpp"
#include "os/zero_page.hpp"
#include "support/temporary_folder.hpp"

namespace faultlab::run {
namespace {

class FaultMeaningTest : public ::testing::Test {
 protected:
  FaultMeaningTest() { trial_.start = Start::steady; }
  FaultMeaning of(const char* swap, const char* engine = "anon") {
    trial_.swap.kind = swap;
    return fault_meaning(*find(engine_table(), engine), trial_, full_catalogue(), root_.path());
  }
  void switch_zswap(const char* word) {
    const std::string folder = root_.path() + "/sys/module/zswap/parameters";
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/enabled") << word << '\n';
  }
  config::Trial trial_;
  testing::TemporaryFolder root_;
};

TEST_F(FaultMeaningTest, WithoutSwapTheEnginesOwn) {
  EXPECT_EQ(of("none").minor, os::loads_share_zero_page() ? FaultClass::zero_page : FaultClass::zero_fill);
  EXPECT_EQ(of("none").minor_of_store, FaultClass::zero_fill);
  EXPECT_EQ(of("none").major, FaultClass::major);
}

TEST_F(FaultMeaningTest, AFileIsReadAgainFromItselfNotFromSwap) {
  EXPECT_EQ(of("zram", "mmap_shared").major, FaultClass::major);
  EXPECT_EQ(of("zram", "mmap_shared").minor, FaultClass::minor);
}

TEST_F(FaultMeaningTest, FilledMemoryComesFromTheSwapCacheOrFromItsArea) {
  EXPECT_EQ(of("file").minor, FaultClass::swap_cache);
  EXPECT_EQ(of("file").minor_of_store, FaultClass::swap_cache);
  EXPECT_EQ(of("file").major, FaultClass::device_swap_in);
  EXPECT_EQ(of("loop").major, FaultClass::device_swap_in);
  EXPECT_EQ(of("zram").major, FaultClass::zram_swap_in);
  EXPECT_EQ(of("zram").awake_major, FaultClass::zram_swap_in);
}

TEST_F(FaultMeaningTest, UntouchedMemoryIsFilledFirst) {
  trial_.start = Start::cold;
  EXPECT_EQ(of("zram").minor_of_store, FaultClass::zero_fill);
}

TEST_F(FaultMeaningTest, ZswapServesWhatDoesNotSleep) {
  switch_zswap("N");
  EXPECT_EQ(of("file").awake_major, FaultClass::device_swap_in);
  switch_zswap("Y");
  EXPECT_EQ(of("file").awake_major, FaultClass::zswap_swap_in);
  EXPECT_EQ(of("file").major, FaultClass::device_swap_in);
}

TEST_F(FaultMeaningTest, ZerosAreStoredNowhere) {
  trial_.dataset.content = Content::zero;
  for (const char* swap : {"file", "zram"}) EXPECT_EQ(of(swap).awake_major, FaultClass::zero_swap_in) << swap;
}

}  // namespace
}  // namespace faultlab::run
