// The page-cache tracepoints against a real file: what is seen, what is filtered out, what a ring loses.
#include "probe/page_cache_events.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/magic.h>
#include <unistd.h>

#include <mutex>
#include <string>

#include "dataset/dataset.hpp"
#include "host/doctor.hpp"
#include "probe/ledger_keeper.hpp"
#include "support/temporary_folder.hpp"

namespace faultlab {
namespace {

constexpr std::uint64_t kPages = 2048;
constexpr Bytes kFileSize{kPages * kPage.value};
constexpr Bytes kRoomy{std::uint64_t{64} << 20};

class PageCacheEventsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto lack = host::lacks(Need::page_cache_tracepoints)) GTEST_SKIP() << lack->why;
    if (os::space_at(folder_.path())->file_system_magic == TMPFS_MAGIC) {
      GTEST_SKIP() << "the temporary folder is on tmpfs, whose pages cannot be dropped: set TMPDIR";
    }
    for (const std::string& path : {path_, other_}) {
      auto fd = os::open_fd(path, O_WRONLY | O_CREAT);
      ASSERT_TRUE(os::write_all(*fd, std::string(kFileSize.value, 'x'), "write"));
    }
    for (const std::string& path : {path_, other_}) {
      const auto dropped = dataset::drop(path);
      ASSERT_TRUE(dropped) << dropped.error().what;
    }
  }
  PageCacheEvents open(Bytes rings) {
    auto events = PageCacheEvents::open({*os::file_status(path_)}, rings);
    EXPECT_TRUE(events.has_value()) << events.error().what;
    return std::move(*events);
  }
  // Single pages, in one pass.
  static void read(const std::string& path) { ASSERT_TRUE(dataset::warm(path, kFileSize, kPage, 1)); }

  testing::TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/file";
  std::string other_ = folder_.path() + "/other";
};

TEST_F(PageCacheEventsTest, SeeEveryPageOfTheirFileAndNoneOfAnother) {
  PageCacheEvents events = open(kRoomy);
  read(other_);
  std::vector<PageCacheEvent> seen;
  events.drain(seen);
  std::erase_if(seen, [](const PageCacheEvent& event) { return event.kind == PageCacheEvent::Kind::fork; });
  EXPECT_TRUE(seen.empty()) << "another file's pages";
  read(path_);
  ASSERT_TRUE(events.stop());
  events.drain(seen);
  std::uint64_t added = 0;
  for (const PageCacheEvent& event : seen) {
    if (event.kind != PageCacheEvent::Kind::add) continue;
    EXPECT_EQ(event.process, ::getpid());
    EXPECT_LT(event.page, kPages);
    added += std::uint64_t{1} << event.order;
  }
  EXPECT_GE(added, kPages);
  EXPECT_EQ(*events.lost(), 0U);
}

TEST_F(PageCacheEventsTest, WhatASmallRingLosesIsCounted) {
  PageCacheEvents events = open(Bytes(0));
  read(path_);
  ASSERT_TRUE(events.stop());
  std::vector<PageCacheEvent> seen;
  events.drain(seen);
  std::uint64_t samples = 0;
  for (const PageCacheEvent& event : seen) samples += event.kind == PageCacheEvent::Kind::fork ? 0U : 1U;
  std::uint64_t counted = 0;
  const auto counts = events.counts();
  ASSERT_TRUE(counts.has_value());
  for (const std::uint64_t count : *counts) counted += count;
  EXPECT_GE(counted, kPages);
  EXPECT_GT(*events.lost(), 0U) << "16 pages of ring hold no " << kPages << " events";
  EXPECT_EQ(*events.lost(), counted - samples);
}

TEST_F(PageCacheEventsTest, ATruncatedFileBalances) {
  const auto fd = os::open_fd(path_, O_RDWR);
  std::uint64_t before = 0, after = 0;
  const auto look = [&](std::uint64_t& resident) {
    return [&]() -> Result<> {
      const auto counts = dataset::cache_counts(*fd, Bytes(0), dataset::kToTheEnd);
      if (!counts) return Failure(counts.error());
      resident = counts->resident;
      return {};
    };
  };
  if (host::lacks(Need::cachestat)) GTEST_SKIP() << "no cachestat(2)";
  PageCacheEvents events = open(kRoomy);
  std::mutex nobody_else;
  auto begin = look_while_still(events, nobody_else, look(before), [](const auto&) {});
  ASSERT_TRUE(begin.has_value()) << begin.error().what;
  ASSERT_EQ(before, 0U);
  LedgerKeeper keeper(std::move(events), std::move(*begin), Ledger(std::vector<bool>(kPages)),
                      PageMovers({::getpid()}, ""), std::nullopt);
  read(path_);
  // In the middle of a page: the file keeps half of what it had, rounded up.
  ASSERT_EQ(::truncate(path_.c_str(), static_cast<off_t>(kFileSize.value / 2 - 100)), 0);
  const auto finished = keeper.finish(look(after), 0);
  ASSERT_TRUE(finished.has_value()) << finished.error().what;
  EXPECT_EQ(keeper.lost(), 0U);
  const LedgerTotals& totals = keeper.final_totals();
  EXPECT_EQ(totals.growth(), static_cast<std::int64_t>(after));
  EXPECT_EQ(totals.resident, after);
  EXPECT_EQ(totals.inconsistent, 0U);
  EXPECT_GE(totals.removed_from(Mover::trial), kPages / 2 - totals.removed_from(Mover::kernel_thread));
  EXPECT_EQ(totals.added_from(Mover::trial), totals.added);
}

}  // namespace
}  // namespace faultlab
