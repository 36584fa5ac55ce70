// The same seed gives the same plan, byte for byte, on every machine and compiler.
#include <gtest/gtest.h>

#include "catalogue/tables.hpp"
#include "config/read.hpp"
#include "plan/plan.hpp"
#include "support/golden.hpp"

namespace faultlab {
namespace {

TEST(GoldenPlan, OfTheQuickstart) {
  const std::string path = "experiments/quickstart/experiment.json";
  const auto read = config::read_experiment(testing::read_whole(testing::source_path(path)), path, full_catalogue());
  ASSERT_TRUE(read.problems.empty()) << config::to_string(read.problems.front());
  const auto plan = plan::make_plan(read.experiment.cells.size(), read.experiment.trials, read.experiment.seed);
  testing::expect_golden("tests/golden/quickstart.plan.txt", plan::to_text(plan, read.experiment));
}

}  // namespace
}  // namespace faultlab
