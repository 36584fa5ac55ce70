// The split of the workers' time: nothing is lost, nothing is made up, and every gap is named.
#include "record/derive_time.hpp"

#include <gtest/gtest.h>

#include "measure/metrics.hpp"
#include "record/derive.hpp"

namespace faultlab::record {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr Split kMapping{.threads = 2, .kernel_work = KernelWork::faults, .tick_ns = 4 * kMs};
constexpr Split kReading{.threads = 2, .kernel_work = KernelWork::calls, .tick_ns = 4 * kMs};

Readings common() {
  return {{"wall_ns", "clock", 500 * kMs},       {"setup_ns", "worker", 1 * kMs},
          {"idle_ns", "worker", 10 * kMs},       {"steal_ns", "steal", std::int64_t{0}},
          {"busy_ns", "steal", 800 * kMs},       {"user_ns", "rusage", 100 * kMs},
          {"system_ns", "rusage", 300 * kMs},    {"cpu_ns", "schedstat", 400 * kMs},
          {"runqueue_ns", "schedstat", 90 * kMs}};
}

Readings with_delays() {
  Readings readings = common();
  readings.push_back({"reclaim_ns", "delays", 50 * kMs});
  readings.push_back({"io_wait_ns", "delays", 480 * kMs});
  return readings;
}

Readings with_bpf() {
  Readings readings = with_delays();
  for (const auto& [metric, ms] : {std::pair{"user_work_ns", 110},
                                   {"fault_ns", 220},
                                   {"copy_ns", 0},
                                   {"reclaim_ns", 60},
                                   {"io_wait_ns", 490},
                                   {"blocked_ns", 5},
                                   {"runqueue_ns", 100}}) {
    readings.push_back({metric, "time_bpf", ms * kMs});
  }
  return readings;
}

std::int64_t sum_of_parts(const Readings& readings) {
  std::int64_t sum = 0;
  for (const std::string_view part : kTimeParts) {
    const Value value = primary(readings, part);
    if (value.present()) sum += value.integer();
  }
  return sum;
}

TEST(DeriveTime, PartsAndRestAreThreadsTimesWall) {
  for (Readings readings : {common(), with_delays(), with_bpf()}) {
    derive_time(readings, kMapping);
    EXPECT_EQ(sum_of_parts(readings) + primary(readings, "unexplained_ns").integer(), 2 * 500 * kMs);
  }
}

TEST(DeriveTime, KernelTimeIsTheEnginesOwnKindLessReclaim) {
  Readings mapping = with_delays();
  derive_time(mapping, kMapping);
  EXPECT_EQ(find(mapping, "user_work_ns", "rusage")->value.integer(), 100 * kMs);
  EXPECT_EQ(find(mapping, "fault_ns", "rusage")->value.integer(), 250 * kMs);
  EXPECT_FALSE(primary(mapping, "copy_ns").present());

  Readings reading = with_delays();
  derive_time(reading, kReading);
  EXPECT_EQ(find(reading, "copy_ns", "rusage")->value.integer(), 250 * kMs);
  EXPECT_FALSE(primary(reading, "fault_ns").present());
}

TEST(DeriveTime, UserTimeIsAsFineAsTheTick) {
  Readings readings = with_delays();
  derive_time(readings, kMapping);
  const auto within = find(readings, "user_work_ns", "rusage")->within;
  ASSERT_TRUE(within);
  // A hundred ticks, a quarter of them in user mode: 2 x sqrt(100 / 4 x 3 / 4) ticks, and one.
  EXPECT_NEAR(static_cast<double>(*within), 4e6 * (1 + 2 * 4.3301), 1e3);
}

TEST(DeriveTime, WhatIsMissingIsNamedInTheRest) {
  Readings readings = common();
  derive_time(readings, kMapping);
  const Reading* rest = find(readings, "unexplained_ns", "derived");
  EXPECT_NE(rest->note.find("holds what is missing"), std::string::npos);
  EXPECT_NE(rest->note.find("io_wait_ns"), std::string::npos);
  EXPECT_NE(rest->note.find("runqueue_ns@schedstat"), std::string::npos);
  EXPECT_NE(find(readings, "fault_ns", "rusage")->note.find("reclaim is in it"), std::string::npos);
}

TEST(DeriveTime, WhatWasMeasuredGoesBeforeWhatWasInferred) {
  Readings readings = with_bpf();
  derive_time(readings, kMapping);
  EXPECT_EQ(primary(readings, "fault_ns").integer(), 220 * kMs);
  EXPECT_EQ(primary(readings, "unexplained_ns").integer(),
            (1000 - 110 - 220 - 60 - 490 - 5 - 100 - 10) * kMs);
  EXPECT_NE(find(readings, "unexplained_ns", "derived")->note.find("fault_ns@time_bpf"), std::string::npos);
}

TEST(DeriveTime, AnOverlapIsANegativeRest) {
  Readings readings = with_delays();
  for (Reading& reading : readings) {
    if (reading.metric == "io_wait_ns") reading.value = 700 * kMs;
  }
  derive_time(readings, kMapping);
  EXPECT_LT(primary(readings, "unexplained_ns").integer(), 0);
}

TEST(DeriveTime, StolenTimeComesOutOfThePartsThatRan) {
  Readings readings = with_bpf();
  for (Reading& reading : readings) {
    if (reading.metric == "steal_ns") reading.value = 80 * kMs;
    if (reading.metric == "busy_ns") reading.value = 780 * kMs;
  }
  derive_time(readings, kMapping);
  // The workers ran for 390 ms of the host's 780.
  EXPECT_EQ(primary(readings, "stolen_ns").integer(), 40 * kMs);
  EXPECT_LT(primary(readings, "fault_ns").integer(), 220 * kMs);
  EXPECT_FALSE(find(readings, "fault_ns", "time_bpf")->note.empty());
  EXPECT_EQ(primary(readings, "io_wait_ns").integer(), 490 * kMs);
  EXPECT_EQ(sum_of_parts(readings) + primary(readings, "unexplained_ns").integer(), 1000 * kMs);
}

TEST(DeriveTime, ALongSetUpSpoilsTheProportion) {
  Readings readings = with_delays();
  for (Reading& reading : readings) {
    if (reading.metric == "setup_ns") reading.value = 100 * kMs;
  }
  derive_time(readings, kMapping);
  EXPECT_NE(primary(readings, "user_work_ns").why().find("time_bpf"), std::string::npos);
  EXPECT_FALSE(primary(readings, "unexplained_ns").present());
}

TEST(DeriveTime, WithNothingNothingReadsZero) {
  Readings readings = {{"wall_ns", "clock", 500 * kMs}};
  derive_time(readings, kMapping);
  for (const std::string_view part : kTimeParts) EXPECT_FALSE(primary(readings, part).present()) << part;
  EXPECT_FALSE(primary(readings, "unexplained_ns").present());
}

TEST(DeriveTime, EmulatedTimesAreMissing) {
  Readings readings = with_bpf();
  derive_time(readings, kMapping);
  remove_times(readings);
  for (const std::string_view part : kTimeParts) EXPECT_EQ(primary(readings, part).why(), "emulated") << part;
  EXPECT_EQ(primary(readings, "unexplained_ns").why(), "emulated");
}

}  // namespace
}  // namespace faultlab::record
