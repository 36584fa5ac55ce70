// Parts of the ledger's probe that need no tracepoint: the eviction file, and who a process is.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "os/file.hpp"
#include "probe/eviction_file.hpp"
#include "probe/page_movers.hpp"
#include "support/temporary_folder.hpp"

namespace faultlab {
namespace {

template <class Number>
Number at(const std::string& bytes, std::size_t offset) {
  Number number;
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

TEST(EvictionFile, HasTheFormatThatTheManualGives) {
  const testing::TemporaryFolder folder;
  const std::string path = EvictionFile::path_in(folder.path(), 7);
  EXPECT_EQ(path, folder.path() + "/evictions/00007.evictions");
  auto file = EvictionFile::create(path, PageCount(512), 42);
  ASSERT_TRUE(file.has_value()) << file.error().what;
  const LedgerEvent removal{
      123456789, PageIndex(33), PageCount(4), LedgerEvent::Kind::removal, Mover::kernel_thread, 3};
  ASSERT_TRUE(file->append({1, PageIndex(0), PageCount(1), LedgerEvent::Kind::add, Mover::other, 0}));
  ASSERT_TRUE(file->append(removal));
  ASSERT_TRUE(file->finish(1000));
  EXPECT_EQ(file->written(), 2U);
  EXPECT_EQ(file->dropped(), 0U);

  const std::string bytes = *os::read_text(path);
  ASSERT_EQ(bytes.size(), 64U + 2 * 24U);
  EXPECT_EQ(bytes.substr(0, 8), "FLEVICT1");
  EXPECT_EQ(at<std::uint32_t>(bytes, 8), 1U);
  EXPECT_EQ(at<std::uint32_t>(bytes, 12), 24U);
  EXPECT_EQ(at<std::uint64_t>(bytes, 16), 2U);
  EXPECT_EQ(at<std::uint64_t>(bytes, 24), 1000U);
  EXPECT_EQ(at<std::uint64_t>(bytes, 32), 512U);
  EXPECT_EQ(at<std::uint64_t>(bytes, 40), 42U);
  EXPECT_EQ(at<std::uint8_t>(bytes, 64 + 21), 2U) << "another process";
  EXPECT_EQ(at<std::uint64_t>(bytes, 88), 123456789U);
  EXPECT_EQ(at<std::uint64_t>(bytes, 96), 33U);
  EXPECT_EQ(at<std::uint32_t>(bytes, 104), 4U);
  EXPECT_EQ(at<std::uint8_t>(bytes, 108), 1U);
  EXPECT_EQ(at<std::uint8_t>(bytes, 109), 1U);
  EXPECT_EQ(at<std::uint16_t>(bytes, 110), 3U);
}

TEST(EvictionFile, AnUnclosedFileHasItsHeaderAlready) {
  const testing::TemporaryFolder folder;
  const std::string path = EvictionFile::path_in(folder.path(), 1);
  { const auto file = EvictionFile::create(path, PageCount(8), 1); }
  const std::string bytes = *os::read_text(path);
  ASSERT_EQ(bytes.size(), 64U);
  EXPECT_EQ(at<std::uint64_t>(bytes, 16), 0U);
}

class PageMoversTest : public ::testing::Test {
 protected:
  void write_stat(pid_t process, const std::string& rest) {
    const auto folder = std::filesystem::path(root_.path()) / "proc" / std::to_string(process);
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "stat") << process << " " << rest;
  }
  testing::TemporaryFolder root_;
};

TEST_F(PageMoversTest, KernelThreadsAreToldByTheirFlag) {
  write_stat(31, "(kdamond.0) S 2 0 0 0 -1 2129984 0 0 0 0");
  write_stat(900, "(cat (1) x) R 1 900 900 0 -1 4194304 0 0 0 0");
  PageMovers movers({42}, root_.path());
  EXPECT_EQ(movers.who(42).mover, Mover::trial);
  EXPECT_EQ(movers.who(31).mover, Mover::kernel_thread);
  EXPECT_EQ(movers.who(31).name, "kdamond.0");
  EXPECT_EQ(movers.who(900).mover, Mover::other);
  EXPECT_EQ(movers.who(900).name, "cat (1) x");
  EXPECT_EQ(movers.who(901).mover, Mover::other) << "it has ended";
}

TEST_F(PageMoversTest, ChildrenOfTheTrialAreTheTrial) {
  PageMovers movers({42}, root_.path());
  EXPECT_EQ(movers.who(50).mover, Mover::other);
  movers.forked(42, 50);  // the number has been given away again
  movers.forked(50, 51);
  EXPECT_EQ(movers.who(50).mover, Mover::trial);
  EXPECT_EQ(movers.who(51).mover, Mover::trial);
  movers.forked(7, 51);
  EXPECT_EQ(movers.who(51).mover, Mover::other);
}

}  // namespace
}  // namespace faultlab
