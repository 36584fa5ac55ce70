// Derived readings: right where their parts are there, missing with the reason where not.
#include "record/derive.hpp"

#include <gtest/gtest.h>

namespace faultlab::record {
namespace {

Readings readings_example() {
  return {{"accesses", "worker", std::int64_t{1000}},
          {"wall_ns", "clock", std::int64_t{500'000'000}},
          {"minor_faults", "rusage", std::int64_t{90}},
          {"minor_faults", "task_stat", std::int64_t{93}},
          {"major_faults", "rusage", std::int64_t{10}},
          {"device_read_bytes", "io", std::int64_t{8 * 4096}},
          {"resident_pages_before", "cachestat", std::int64_t{100}},
          {"resident_pages_after", "cachestat", std::int64_t{103}}};
}

TEST(Derive, ComputesRatesAndRatios) {
  Readings readings = readings_example();
  derive(readings, kPage, "");
  EXPECT_EQ(primary(readings, "bytes").integer(), 1000 * 4096);
  EXPECT_DOUBLE_EQ(primary(readings, "ops_per_second").number(), 2000.0);
  EXPECT_DOUBLE_EQ(primary(readings, "faults_per_access").number(), 0.1);
  EXPECT_DOUBLE_EQ(primary(readings, "read_amplification").number(), 8.0 / 1000.0);
}

TEST(Derive, ACommandsBytesAreWhatItReported) {
  Readings readings = readings_example();
  readings.push_back({"bytes", "command", std::int64_t{500'000}});
  derive(readings, kPage, "");
  EXPECT_EQ(primary(readings, "bytes").integer(), 500'000);
  EXPECT_EQ(find(readings, "bytes", "derived"), nullptr);
  EXPECT_DOUBLE_EQ(primary(readings, "bytes_per_second").number(), 1e6);

  Readings silent = readings_example();
  silent.push_back({"bytes", "command", Missing{"it reported none"}});
  derive(silent, kPage, "");
  EXPECT_EQ(primary(silent, "read_amplification").why(), "it reported none")
      << "no block of ours is its block";
}

TEST(Derive, EvictionsAreWhatCameInAndIsNotThere) {
  Readings readings = readings_example();
  derive(readings, kPage, "");
  EXPECT_EQ(find(readings, "evicted_pages", "io")->value.integer(), 5);
  EXPECT_NE(find(readings, "evicted_pages", "io")->note.find("a lower bound"), std::string::npos)
      << "nothing proves it";
}

TEST(Derive, TheLedgerComesFirstAndProvesTheDerivedCounts) {
  Readings readings = readings_example();
  readings.push_back({"evicted_pages", "page_cache", std::int64_t{7}});
  derive(readings, kPage, "");
  EXPECT_EQ(primary(readings, "evicted_pages").integer(), 7);
  EXPECT_EQ(find(readings, "evicted_pages", "io")->value.integer(), 5);
  EXPECT_TRUE(find(readings, "evicted_pages", "io")->note.empty());

  Readings lost = readings_example();
  lost.push_back({"evicted_pages", "page_cache", Missing{"the rings lost 3 of 9 events"}});
  derive(lost, kPage, "");
  EXPECT_EQ(primary(lost, "evicted_pages").integer(), 5);
  EXPECT_FALSE(find(lost, "evicted_pages", "io")->note.empty());
}

TEST(Derive, WhatTheDeviceGaveToEverybodyIsAnUpperBound) {
  Readings readings = readings_example();
  readings.push_back({"device_read_bytes", "disk", std::int64_t{9 * 4096}});
  derive(readings, kPage, "");
  EXPECT_EQ(find(readings, "evicted_pages", "disk")->value.integer(), 6);
  EXPECT_NE(find(readings, "evicted_pages", "disk")->note.find("an upper bound"), std::string::npos);
}

TEST(Derive, RefaultsAreFlaggedWhereShadowsWereTrimmed) {
  Readings readings = readings_example();
  readings.push_back({"refaulted_pages", "memcg", std::int64_t{40}});
  readings.push_back({"refaulted_pages", "page_cache", std::int64_t{50}});
  readings.push_back({"trimmed_shadow_nodes", "memcg", Missing{"no row on v1"}});
  readings.push_back({"trimmed_shadow_nodes", "vmstat", std::int64_t{2}});
  derive(readings, kPage, "");
  EXPECT_NE(find(readings, "refaulted_pages", "memcg")->note.find("trimmed 2 nodes"), std::string::npos);
  EXPECT_TRUE(find(readings, "refaulted_pages", "page_cache")->note.empty());

  Readings none = readings_example();
  none.push_back({"refaulted_pages", "vmstat", std::int64_t{40}});
  none.push_back({"trimmed_shadow_nodes", "vmstat", std::int64_t{0}});
  derive(none, kPage, "");
  EXPECT_TRUE(find(none, "refaulted_pages", "vmstat")->note.empty());
}

TEST(Derive, FaultsWithoutATrapAreTheAccountLessThePerfEvents) {
  Readings readings = readings_example();
  derive(readings, kPage, "");
  EXPECT_EQ(find(readings, "untrapped_faults", "derived"), nullptr) << "nobody counted traps";
  readings = readings_example();
  readings.push_back({"minor_faults", "perf_faults", std::int64_t{80}});
  readings.push_back({"major_faults", "perf_faults", std::int64_t{7}});
  Readings outside = readings;
  derive(readings, kPage, "");
  EXPECT_EQ(find(readings, "untrapped_faults", "derived")->value.integer(), 90 + 10 - 80 - 7);
  EXPECT_EQ(find(readings, "minor_faults", "spread")->value.integer(), 3)
      << "a trap is not a fault's account";
  outside.push_back({"major_faults", "task_stat", std::int64_t{10}});
  derive(outside, kPage, "");
  EXPECT_EQ(find(outside, "untrapped_faults", "derived")->value.integer(), 93 + 10 - 80 - 7)
      << "read from outside, as perf_faults is";
}

TEST(Derive, ABackgroundReclaimerIsNamed) {
  Readings readings = readings_example();
  derive(readings, kPage, "kdamond.0");
  EXPECT_NE(find(readings, "evicted_pages", "io")->note.find("kdamond.0"), std::string::npos);
}

TEST(Derive, ABackgroundReclaimersShareIsWhatReclaimDoesNotAccountFor) {
  Readings readings = readings_example();
  readings.push_back({"reclaimed_pages", "vmstat", std::int64_t{2}});
  derive(readings, kPage, "kdamond.0");
  EXPECT_EQ(primary(readings, "background_evicted_pages").integer(), 3);

  Readings none = readings_example();
  derive(none, kPage, "");
  EXPECT_FALSE(primary(none, "background_evicted_pages").present());
}

TEST(Derive, DisagreementOfTheTrialsOwnSourcesIsAReading) {
  Readings readings = readings_example();
  derive(readings, kPage, "");
  EXPECT_EQ(find(readings, "minor_faults", "spread")->value.integer(), 3);
  EXPECT_EQ(find(readings, "major_faults", "spread"), nullptr) << "one source cannot disagree";
}

TEST(Derive, WithoutResidencyEvictionsAreMissing) {
  Readings readings = {{"device_read_bytes", "io", std::int64_t{4096}}};
  derive(readings, kPage, "");
  EXPECT_FALSE(find(readings, "evicted_pages", "io")->value.present());
  EXPECT_FALSE(primary(readings, "ops_per_second").present());
}

TEST(Primary, TakesTheFirstPresentSourceInTheRegistrysOrder) {
  Readings readings = {{"minor_faults", "task_stat", std::int64_t{7}},
                       {"minor_faults", "rusage", Missing{"gone"}}};
  EXPECT_EQ(primary(readings, "minor_faults").integer(), 7);
  readings[1].value = std::int64_t{6};
  EXPECT_EQ(primary(readings, "minor_faults").integer(), 6);
}

TEST(Primary, KeepsTheReasonWhenNothingIsPresent) {
  const Readings readings = {{"minor_faults", "rusage", Missing{"gone"}}};
  EXPECT_EQ(primary(readings, "minor_faults").why(), "gone");
  EXPECT_FALSE(primary(readings, "psi_some_ns").present());
}

TEST(RemoveTimes, LeavesCountsAlone) {
  Readings readings = readings_example();
  derive(readings, kPage, "");
  remove_times(readings);
  EXPECT_EQ(primary(readings, "wall_ns").why(), "emulated");
  EXPECT_EQ(primary(readings, "ops_per_second").why(), "emulated");
  EXPECT_EQ(primary(readings, "minor_faults").integer(), 90);
}

TEST(RemoveTimes, LeavesAReasonOfItsOwnAlone) {
  Readings readings = {{"wall_ns", "clock", Missing{"the trial ended inside the window"}}};
  remove_times(readings);
  EXPECT_EQ(primary(readings, "wall_ns").why(), "the trial ended inside the window");
}

}  // namespace
}  // namespace faultlab::record
