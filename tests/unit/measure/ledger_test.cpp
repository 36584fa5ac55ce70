// The eviction ledger: sums, distinct pages, who took them, and what cannot be.
#include "measure/ledger.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"

namespace faultlab {
namespace {

constexpr auto kAdd = LedgerEvent::Kind::add;
constexpr auto kRemoval = LedgerEvent::Kind::removal;

LedgerEvent event(LedgerEvent::Kind kind, std::uint64_t page, std::uint64_t pages = 1,
                  Mover mover = Mover::trial) {
  return {0, PageIndex(page), PageCount(pages), kind, mover, 0};
}

TEST(Ledger, BeginsWithWhatIsResident) {
  const Ledger ledger({true, false, true});
  EXPECT_EQ(ledger.totals().resident, 2U);
  EXPECT_EQ(ledger.totals().added, 0U);
}

TEST(Ledger, AFolioCountsAllItsPages) {
  Ledger ledger(std::vector<bool>(64));
  ledger.enter(event(kAdd, 16, 16));
  ledger.enter(event(kRemoval, 16, 16, Mover::kernel_thread));
  ledger.enter(event(kAdd, 20));
  const LedgerTotals& totals = ledger.totals();
  EXPECT_EQ(totals.added, 17U);
  EXPECT_EQ(totals.distinct_added, 16U);
  EXPECT_EQ(totals.added_again(), 1U);
  EXPECT_EQ(totals.removed, 16U);
  EXPECT_EQ(totals.removed_from(Mover::kernel_thread), 16U);
  EXPECT_EQ(totals.removed_from(Mover::trial), 0U);
  EXPECT_EQ(totals.growth(), 1);
  EXPECT_EQ(totals.resident, 1U);
  EXPECT_EQ(totals.inconsistent, 0U);
}

TEST(Ledger, APageOfTheStartThatComesBackIsAddedOnce) {
  Ledger ledger({true});
  ledger.enter(event(kRemoval, 0));
  ledger.enter(event(kAdd, 0));
  EXPECT_EQ(ledger.totals().added_again(), 0U);
  EXPECT_EQ(ledger.totals().growth(), 0);
  EXPECT_EQ(ledger.totals().inconsistent, 0U);
}

TEST(Ledger, WhatLeavesWithoutHavingBeenThereIsInconsistent) {
  Ledger ledger({false, true});
  ledger.enter(event(kRemoval, 0));
  ledger.enter(event(kAdd, 1));
  EXPECT_EQ(ledger.totals().inconsistent, 2U);
  EXPECT_EQ(ledger.totals().removed, 1U) << "counted all the same: the kernel said so";
}

TEST(Ledger, AFolioMayReachBeyondTheEndOfTheFile) {
  Ledger ledger(std::vector<bool>(10));
  ledger.enter(event(kAdd, 8, 8));
  EXPECT_EQ(ledger.totals().resident, 8U);
  ledger.enter(event(kRemoval, 8, 8));
  EXPECT_EQ(ledger.totals().resident, 0U);
  EXPECT_EQ(ledger.totals().inconsistent, 0U);
}

TEST(Ledger, ATruncatedFileLosesItsPagesToWhoCutIt) {
  Ledger ledger(std::vector<bool>(32, true));
  for (std::uint64_t page = 16; page < 32; ++page) ledger.enter(event(kRemoval, page, 1, Mover::other));
  EXPECT_EQ(ledger.totals().resident, 16U);
  EXPECT_EQ(ledger.totals().removed_from(Mover::other), 16U);
}

TEST(Ledger, AnIndexFarOutsideIsInconsistentAndStillBalances) {
  Ledger ledger(std::vector<bool>(4));
  ledger.enter(event(kAdd, std::uint64_t{1} << 40));
  EXPECT_EQ(ledger.totals().growth(), 1);
  EXPECT_EQ(ledger.totals().inconsistent, 1U);
  EXPECT_EQ(ledger.totals().added_again(), 0U);
}

// Against the plainest bookkeeping there is.
TEST(Ledger, AgreesWithASimpleCache) {
  constexpr std::uint64_t kPages = 512, kRoom = 100;
  Ledger ledger{std::vector<bool>(kPages)};
  std::vector<std::uint64_t> fifo;
  std::vector<int> times_added(kPages);
  Random random(7);
  for (int access = 0; access < 20'000; ++access) {
    const std::uint64_t page = random.below(kPages);
    if (std::find(fifo.begin(), fifo.end(), page) != fifo.end()) continue;
    if (fifo.size() == kRoom) {
      ledger.enter(event(kRemoval, fifo.front()));
      fifo.erase(fifo.begin());
    }
    ledger.enter(event(kAdd, page));
    fifo.push_back(page);
    ++times_added[page];
  }
  std::uint64_t again = 0;
  for (const int times : times_added) again += static_cast<std::uint64_t>(times > 1 ? times - 1 : 0);
  EXPECT_EQ(ledger.totals().resident, kRoom);
  EXPECT_EQ(ledger.totals().added_again(), again);
  EXPECT_EQ(ledger.totals().growth(), static_cast<std::int64_t>(kRoom));
  EXPECT_EQ(ledger.totals().inconsistent, 0U);
}

}  // namespace
}  // namespace faultlab
