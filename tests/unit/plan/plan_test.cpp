// Plans: balanced blocks, one seed a block, the same for the same seed.
#include "plan/plan.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace faultlab::plan {
namespace {

TEST(Plan, EveryBlockHoldsEveryCellOnce) {
  const Plan plan = make_plan(8, 9, 1);
  ASSERT_EQ(plan.size(), 72U);
  for (unsigned block = 0; block < 9; ++block) {
    std::set<std::size_t> cells;
    for (std::size_t i = 0; i < 8; ++i) {
      const PlannedTrial& trial = plan[block * 8 + i];
      EXPECT_EQ(trial.trial, block);
      cells.insert(trial.cell);
    }
    EXPECT_EQ(cells.size(), 8U) << "block " << block;
  }
}

TEST(Plan, SequencesCountUpFromZero) {
  const Plan plan = make_plan(3, 4, 7);
  for (std::size_t i = 0; i < plan.size(); ++i) EXPECT_EQ(plan[i].sequence, i);
}

TEST(Plan, AllCellsOfABlockShareTheirSeedAndBlocksDiffer) {
  std::map<unsigned, std::set<std::uint64_t>> seeds;
  for (const PlannedTrial& trial : make_plan(5, 6, 1)) seeds[trial.trial].insert(trial.seed);
  std::set<std::uint64_t> all;
  for (const auto& [block, of_block] : seeds) {
    EXPECT_EQ(of_block.size(), 1U) << "block " << block;
    all.insert(of_block.begin(), of_block.end());
  }
  EXPECT_EQ(all.size(), 6U);
}

TEST(Plan, AnotherSeedGivesAnotherOrder) {
  const auto cells_of = [](std::uint64_t seed) {
    std::vector<std::size_t> cells;
    for (const PlannedTrial& trial : make_plan(8, 9, seed)) cells.push_back(trial.cell);
    return cells;
  };
  EXPECT_EQ(cells_of(1), cells_of(1));
  EXPECT_NE(cells_of(1), cells_of(2));
}

TEST(Plan, ATrialIsExpectedToTakeItsWindowAndItsSetUp) {
  config::Trial trial;
  trial.workload.work = config::Seconds{2};
  const double two = expected_seconds(trial, {});
  EXPECT_GT(two, 2);
  trial.workload.work = config::Seconds{5};
  EXPECT_DOUBLE_EQ(expected_seconds(trial, {}), two + 3);
  trial.workload.work = config::Passes{1};
  const double unknown = expected_seconds(trial, {});
  EXPECT_GT(unknown, 0);
  // What does not work by time has none that the config could tell.
  trial.workload.work = config::Seconds{5};
  trial.workload.command = {"true"};
  EXPECT_DOUBLE_EQ(expected_seconds(trial, {}), unknown);
}

TEST(Plan, BlocksAreShuffledDifferently) {
  const Plan plan = make_plan(8, 2, 1);
  bool differ = false;
  for (std::size_t i = 0; i < 8; ++i) differ = differ || plan[i].cell != plan[8 + i].cell;
  EXPECT_TRUE(differ);
}

}  // namespace
}  // namespace faultlab::plan
