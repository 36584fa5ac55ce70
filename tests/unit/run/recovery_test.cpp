// When a trial is itself again after a squeeze.
#include "run/recovery.hpp"

#include <gtest/gtest.h>

namespace faultlab::run {
namespace {

// Ten samples a second; the speed by the tenth.
std::vector<Progress> series(const std::vector<std::uint64_t>& speeds) {
  std::vector<Progress> points = {{0, 0}};
  for (const std::uint64_t speed : speeds) {
    points.push_back({points.back().t_ns + 100'000'000, points.back().accesses + speed});
  }
  return points;
}

TEST(Recovery, IsCountedFromTheEndOfTheLastChange) {
  // 0.5 s at 100, 0.3 s squeezed, 0.2 s at less than half the speed, then as before.
  const auto points = series({100, 100, 100, 100, 100, 5, 5, 5, 40, 40, 100, 100, 100, 100});
  EXPECT_EQ(recovery(points, 500'000'000, 800'000'000), Value(std::int64_t{200'000'000}));
}

TEST(Recovery, OneBurstIsNoRecovery) {
  const auto points = series({100, 100, 100, 100, 5, 5, 150, 5, 5, 95, 95, 95, 95});
  EXPECT_EQ(recovery(points, 400'000'000, 600'000'000), Value(std::int64_t{300'000'000}));
}

TEST(Recovery, IsMissingWhereItNeverComes) {
  EXPECT_FALSE(
      recovery(series({100, 100, 100, 100, 5, 5, 40, 40, 40, 40}), 400'000'000, 600'000'000).present());
  EXPECT_FALSE(recovery(series({100, 5, 5, 5}), 50'000'000, 200'000'000).present());
  EXPECT_FALSE(recovery({}, 0, 0).present());
}

}  // namespace
}  // namespace faultlab::run
