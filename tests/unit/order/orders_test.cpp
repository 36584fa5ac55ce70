// What each order promises beyond the common contract.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "catalogue/tables.hpp"

namespace faultlab {
namespace {

using Blocks = std::vector<std::uint64_t>;

Blocks take(const char* name, const OrderSetup& setup, const Options& options, std::size_t count) {
  Blocks blocks(count);
  find(order_table(), name)->make(setup, options)->fill(blocks);
  for (auto& each : blocks) each /= setup.block.value;
  return blocks;
}

OrderSetup of(std::uint64_t blocks, unsigned worker = 0, unsigned workers = 1) {
  return {.blocks = blocks, .block = kPage, .seed = 11, .worker = worker, .workers = workers};
}

Options stride(std::uint64_t value) {
  Options options;
  options.set("stride", value);
  return options;
}

Options hotset(double blocks_percent, double accesses_percent) {
  Options options;
  options.set("hot_blocks_percent", blocks_percent);
  options.set("hot_accesses_percent", accesses_percent);
  return options;
}

std::vector<double> visits(const Blocks& drawn, std::uint64_t blocks) {
  std::vector<double> counts(blocks, 0);
  for (const std::uint64_t block : drawn) ++counts.at(block);
  return counts;
}

double chi_square(const std::vector<double>& counts, double expected) {
  double sum = 0;
  for (const double count : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

TEST(Sequential, GoesUpAndStartsAgain) {
  EXPECT_EQ(take("sequential", of(3), {}, 7), (Blocks{0, 1, 2, 0, 1, 2, 0}));
  EXPECT_EQ(take("sequential", of(7, 1, 3), {}, 3), (Blocks{2, 3, 2}));
}

TEST(Reverse, GoesDownAndStartsAgain) {
  EXPECT_EQ(take("reverse", of(3), {}, 7), (Blocks{2, 1, 0, 2, 1, 0, 2}));
  EXPECT_EQ(take("reverse", of(7, 2, 3), {}, 4), (Blocks{6, 5, 4, 6}));
}

TEST(Stride, VisitsPhaseByPhase) {
  EXPECT_EQ(take("stride", of(7), stride(3), 9), (Blocks{0, 3, 6, 1, 4, 2, 5, 0, 3}));
  EXPECT_EQ(take("stride", of(3), stride(1), 4), (Blocks{0, 1, 2, 0}));
  EXPECT_EQ(take("stride", of(8, 1, 2), stride(2), 5), (Blocks{4, 6, 5, 7, 4}));
}

TEST(Stride, BeyondTheDatasetIsSequential) {
  EXPECT_EQ(take("stride", of(3), stride(~std::uint64_t{0}), 4), (Blocks{0, 1, 2, 0}));
}

TEST(Permutation, ShufflesAnewInEachPass) {
  const Blocks two = take("permutation", of(1000), {}, 2000);
  EXPECT_FALSE(std::equal(two.begin(), two.begin() + 1000, two.begin() + 1000));
  EXPECT_FALSE(std::is_sorted(two.begin(), two.begin() + 1000));
}

TEST(Permutation, SpreadsEachWorkerOverTheDataset) {
  const Blocks half = take("permutation", of(10'000, 0, 2), {}, 5000);
  const auto lower = std::count_if(half.begin(), half.end(), [](std::uint64_t b) { return b < 5000; });
  EXPECT_NEAR(static_cast<double>(lower), 2500, 200);
}

TEST(Uniform, DrawsAllBlocksAlike) {
  const auto counts = visits(take("uniform", of(1000), {}, 1'000'000), 1000);
  EXPECT_NEAR(chi_square(counts, 1000), 999, 5 * std::sqrt(2 * 999.0));
}

TEST(Uniform, DrawsAreIndependentOfTheOneBefore) {
  const Blocks drawn = take("uniform", of(32), {}, 1'024'000);
  std::vector<double> pairs(32UL * 32UL, 0);
  for (std::size_t i = 1; i < drawn.size(); ++i) ++pairs.at(drawn[i - 1] * 32 + drawn[i]);
  EXPECT_NEAR(chi_square(pairs, 1000), 1023, 5 * std::sqrt(2 * 1023.0));
}

TEST(Zipf, GivesTheTheoreticalShareToTheHottestBlocks) {
  Options options;
  options.set("theta", 0.99);
  auto counts = visits(take("zipf", of(1000), options, 1'000'000), 1000);
  std::sort(counts.begin(), counts.end(), std::greater<>());
  double norm = 0;
  for (int k = 1; k <= 1000; ++k) norm += std::pow(k, -0.99);
  for (int k = 1; k <= 10; ++k) {
    const double expected = 1e6 * std::pow(k, -0.99) / norm;
    EXPECT_NEAR(counts[static_cast<std::size_t>(k) - 1], expected, 5 * std::sqrt(expected)) << "rank " << k;
  }
}

TEST(Zipf, WorkersAgreeOnTheHottestBlockAndItsNeighboursAreCold) {
  Options options;
  options.set("theta", 0.99);
  const auto hottest = [](const std::vector<double>& counts) {
    return std::max_element(counts.begin(), counts.end()) - counts.begin();
  };
  const auto first = visits(take("zipf", of(100'000, 0, 2), options, 100'000), 100'000);
  const auto second = visits(take("zipf", of(100'000, 1, 2), options, 100'000), 100'000);
  EXPECT_EQ(hottest(first), hottest(second));
  // Of the ten most frequent blocks no two are within 16 of each other.
  std::vector<std::ptrdiff_t> places(100'000);
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = static_cast<std::ptrdiff_t>(i);
  std::partial_sort(places.begin(), places.begin() + 10, places.end(),
                    [&](std::ptrdiff_t a, std::ptrdiff_t b) {
                      return first[static_cast<std::size_t>(a)] > first[static_cast<std::size_t>(b)];
                    });
  std::sort(places.begin(), places.begin() + 10);
  for (std::size_t i = 1; i < 10; ++i) EXPECT_GT(places[i] - places[i - 1], 16);
}

TEST(Hotset, SplitsTheAccessesAsTold) {
  auto counts = visits(take("hotset", of(1000), hotset(10, 90), 1'000'000), 1000);
  std::sort(counts.begin(), counts.end(), std::greater<>());
  double hot = 0;
  for (std::size_t i = 0; i < 100; ++i) hot += counts[i];
  EXPECT_NEAR(hot / 1e6, 0.9, 0.002);
  const std::vector<double> cold(counts.begin() + 100, counts.end());
  EXPECT_LT(*std::max_element(cold.begin(), cold.end()), 200);  // 111 expected, 9000 of a hot one
}

TEST(Hotset, KeepsToItsLimits) {
  const auto all_hot = visits(take("hotset", of(100), hotset(100, 90), 100'000), 100);
  EXPECT_NEAR(chi_square(all_hot, 1000), 99, 5 * std::sqrt(2 * 99.0));
  const auto one_hot = visits(take("hotset", of(100), hotset(0, 100), 1000), 100);
  EXPECT_EQ(*std::max_element(one_hot.begin(), one_hot.end()), 1000);
}

TEST(HotScan, InterleavesDrawsWithOneScan) {
  Options options;
  options.set("hot_blocks_percent", 10.0);
  options.set("scan_accesses_percent", 50.0);
  const Blocks drawn = take("hot_scan", of(1000), options, 10'000);
  const auto counts = visits(drawn, 1000);
  // Some five scans, and five thousand draws from a hundred blocks.
  const auto hot = std::count_if(counts.begin(), counts.end(), [](double n) { return n > 20; });
  EXPECT_EQ(hot, 100);
  EXPECT_GE(*std::min_element(counts.begin(), counts.end()), 4);
  std::uint64_t next = 0;
  for (const std::uint64_t block : drawn) {
    if (block == next % 1000) ++next;
  }
  EXPECT_NEAR(static_cast<double>(next), 5000, 250);  // the scan is a subsequence, upwards and again
}

TEST(HotScan, ScansEachWorkersPart) {
  Options options;
  options.set("hot_blocks_percent", 10.0);
  options.set("scan_accesses_percent", 100.0);
  EXPECT_EQ(take("hot_scan", of(7, 1, 3), options, 4), (Blocks{2, 3, 2, 3}));
}

TEST(Shifting, DrawsFromAPartThatMovesByItsSizeInAPeriod) {
  Options options;
  options.set("hot_blocks_percent", 10.0);
  options.set("period", std::uint64_t{5000});
  const Blocks drawn = take("shifting", of(1000), options, 60'000);
  const auto part = [&](std::size_t begin, std::size_t count) {
    return std::set<std::uint64_t>(drawn.begin() + static_cast<std::ptrdiff_t>(begin),
                                   drawn.begin() + static_cast<std::ptrdiff_t>(begin + count));
  };
  EXPECT_LE(part(0, 50).size(), 101U);
  EXPECT_GE(part(0, 5000).size(),
            185U);  // one window and the next, but for what is at the edges for a short time
  for (const std::uint64_t block : part(0, 50)) EXPECT_FALSE(part(5000, 50).contains(block));
  EXPECT_EQ(part(0, 50'000).size(), 1000U);
  // Ten periods later it is where it was, and every worker's is in the same place.
  std::set<std::uint64_t> together = part(50'000, 50);
  for (const std::uint64_t block : take("shifting", of(1000, 1, 2), options, 50)) together.insert(block);
  EXPECT_LE(together.size(), 101U);
}

}  // namespace
}  // namespace faultlab
