// The clock of single accesses: never backwards, and in step with the other clock.
#include "measure/tsc.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace faultlab {
namespace {

void never_goes_backwards(const TickClock& clock) {
  std::uint64_t last = clock.begin();
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t now = i % 2 == 0 ? clock.end() : clock.begin();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(TickClock, NeverGoesBackwards) {
  never_goes_backwards(TickClock::calibrated());
  never_goes_backwards(TickClock::plain());
}

TEST(TickClock, IsInStepWithTheOtherClock) {
  const TickClock clock = TickClock::calibrated();
  const std::uint64_t from_ns = now_ns();
  const std::uint64_t from = clock.begin();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const std::uint64_t inner = clock.ns(clock.end() - from);
  const std::uint64_t outer = now_ns() - from_ns;
  EXPECT_LE(static_cast<double>(inner), static_cast<double>(outer) * 1.01);
  EXPECT_GE(static_cast<double>(inner), 50e6 * 0.99);
}

TEST(TickClock, ZeroOfAReadingIsZero) {
  for (const TickClock& clock : {TickClock::calibrated(), TickClock::plain()}) {
    EXPECT_EQ(TickClock::zero_of(clock.between()), 0U);
    EXPECT_EQ(TickClock::zero_of(clock.begin()), 0U);
  }
}

TEST(TickClock, SaysWhatItIsAndWhatItCosts) {
  EXPECT_EQ(TickClock::plain().name(), "clock_gettime");
  EXPECT_GT(TickClock::plain().pair_ns(), 0.0);
  EXPECT_GT(TickClock::calibrated().pair_ns(), 0.0);
  EXPECT_GT(TickClock::plain().link_ns(), 0.0);
  EXPECT_GT(TickClock::calibrated().link_ns(), 0.0);
}

}  // namespace
}  // namespace faultlab
