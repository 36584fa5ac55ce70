// Page flags to folios, and the short texts that rules are read from.
#include "scenario/layout.hpp"

#include <gtest/gtest.h>


#include "host/kernel_release.hpp"
#include "host/read_ahead.hpp"
#include "os/file.hpp"
#include "scenario/rules_found.hpp"
#include "support/temporary_folder.hpp"

namespace faultlab::scenario {
namespace {

using os::FrameFlag;
using os::FrameWord;
using os::PageWord;

PageWord at_frame(std::uint64_t frame) { return {std::uint64_t{1} << 63 | frame}; }
FrameWord flags(std::initializer_list<FrameFlag> set) {
  FrameWord word;
  for (const FrameFlag flag : set) word.raw |= std::uint64_t{1} << static_cast<unsigned>(flag);
  return word;
}
const FrameWord kSingle = flags({});
const FrameWord kHead = flags({FrameFlag::compound_head});
const FrameWord kTail = flags({FrameFlag::compound_tail});

TEST(Layout, TailsBelongToTheHeadBeforeThem) {
  const std::vector<PageWord> pages = {at_frame(7), at_frame(100), at_frame(101), at_frame(102),
                                       at_frame(103)};
  const std::vector<FrameWord> frames = {kSingle, kHead, kTail, kTail, kTail};
  EXPECT_EQ(parse_layout(pages, frames), (Layout{{0, 1, false, false}, {1, 4, false, false}}));
}

TEST(Layout, AdjoiningFoliosStayApart) {
  const std::vector<PageWord> pages = {at_frame(8), at_frame(9), at_frame(10), at_frame(11)};
  const std::vector<FrameWord> frames = {kHead, kTail, kHead, kTail};
  EXPECT_EQ(parse_layout(pages, frames), (Layout{{0, 2, false, false}, {2, 2, false, false}}));
}

TEST(Layout, AbsentPagesAreInNoFolio) {
  const std::vector<PageWord> pages = {at_frame(8), PageWord{}, at_frame(9)};
  const std::vector<FrameWord> frames = {kSingle, FrameWord{}, kSingle};
  EXPECT_EQ(parse_layout(pages, frames), (Layout{{0, 1, false, false}, {2, 1, false, false}}));
}

TEST(Layout, DirtinessAndTheMarkOfReadAheadAreTheFolios) {
  const std::vector<PageWord> pages = {at_frame(8), at_frame(9), at_frame(10)};
  const std::vector<FrameWord> frames = {
      flags({FrameFlag::compound_head, FrameFlag::reclaim, FrameFlag::dirty}), kTail,
      flags({FrameFlag::reclaim, FrameFlag::writeback})};
  // Under writeback the same bit means something else.
  EXPECT_EQ(parse_layout(pages, frames), (Layout{{0, 2, true, true}, {2, 1, false, false}}));
}

TEST(PageWord, HiddenFramesAreNone) {
  EXPECT_FALSE(PageWord{}.frame());
  EXPECT_TRUE(PageWord{std::uint64_t{1} << 63}.present());
  EXPECT_FALSE(PageWord{std::uint64_t{1} << 63}.frame());
  EXPECT_EQ(at_frame(5).frame(), 5U);
}

TEST(FaultAround, IsReadInPagesAndRoundedDownAsTheKernelDoes) {
  EXPECT_EQ(parse_fault_around("65536\n").value(), 16U);
  EXPECT_EQ(parse_fault_around("4096").value(), 1U);
  EXPECT_EQ(parse_fault_around("0").value(), 1U);
  EXPECT_EQ(parse_fault_around("20480").value(), 4U);
  EXPECT_FALSE(parse_fault_around("64K"));
}

TEST(KernelRelease, IsItsFirstTwoNumbers) {
  using host::KernelRelease;
  EXPECT_EQ(host::parse_kernel_release("6.18.44-fc-v669\n").value(), (KernelRelease{6, 18}));
  EXPECT_EQ(host::parse_kernel_release("6.1.0-37-cloud-amd64").value(), (KernelRelease{6, 1}));
  EXPECT_EQ(host::parse_kernel_release("7.0-rc1").value(), (KernelRelease{7, 0}));
  EXPECT_FALSE(host::parse_kernel_release("linux"));
  EXPECT_LT((KernelRelease{6, 1}), host::kBlockedFaultsStayMinor);
  EXPECT_GT((KernelRelease{6, 18}), host::kBlockedFaultsStayMinor);
}

TEST(ReadAhead, OfADeviceThatIsNotThereNamesThePath) {
  const testing::TemporaryFolder folder;
  auto fd = os::open_fd("/proc/self/exe", 0);
  ASSERT_TRUE(fd);
  const auto found = host::read_ahead(*fd, folder.path());
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().what.find("read_ahead_kb"), std::string::npos);
}

}  // namespace
}  // namespace faultlab::scenario
