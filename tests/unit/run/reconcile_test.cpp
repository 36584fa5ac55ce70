// What each source must say of a forecast, and what is made of what it says.
#include "run/reconcile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace faultlab::run {
namespace {

Range predicted(const Forecast& forecast, std::string_view source, std::string_view metric,
                const KernelRules& rules = {}) {
  for (const Expectation& each : expectations(forecast, rules)) {
    if (each.source == source && each.metric == metric) return each.predicted;
  }
  ADD_FAILURE() << source << " " << metric << " is not expected at all";
  return {};
}

// What a kernel that keeps to the rules would say.
Counts obedient(const Forecast& forecast) {
  Counts counts;
  for (const Expectation& each : expectations(forecast, {})) {
    counts.push_back({std::string(each.source), std::string(each.metric), Value(each.predicted.least)});
  }
  for (const char* metric : {"pgfault", "pgfault_least", "pgmajfault", "pgmajfault_least", "traps"}) {
    counts.push_back({std::string(kOthers), metric, Value(std::int64_t{0})});
    counts.push_back({std::string(kOthersCharged), metric, Value(std::int64_t{0})});
  }
  return counts;
}

void set(Counts& counts, std::string_view source, std::string_view metric, Value value) {
  for (Count& count : counts) {
    if (count.source == source && count.metric == metric) count.value = value;
  }
}

const JudgedRow& row(const std::vector<JudgedRow>& rows, std::string_view source, std::string_view metric) {
  return *std::find_if(rows.begin(), rows.end(), [&](const JudgedRow& r) {
    return r.expected.source == source && r.expected.metric == metric;
  });
}

TEST(Expectations, UserFaultsAreSeenByEverySource) {
  const Forecast forecast{.minor = 100};
  for (const char* source : {"rusage", "task_stat", "perf", "perf_user"}) {
    EXPECT_EQ(predicted(forecast, source, "minor"), Range(100)) << source;
  }
  EXPECT_EQ(predicted(forecast, "perf", "traps"), Range(100));
  EXPECT_EQ(predicted(forecast, "perf_kernel", "minor"), Range(0));
  EXPECT_EQ(predicted(forecast, "tracepoint", "user"), Range(100));
  EXPECT_EQ(predicted(forecast, "tracepoint", "kernel"), Range(0));
  EXPECT_EQ(predicted(forecast, "memcg", "pgfault"), Range(100));
  EXPECT_EQ(predicted(forecast, "memcg", "pgmajfault"), Range(0));
}

TEST(Expectations, SwapIsSpokenOfWhereTheForecastSwaps) {
  const auto counts_swap = [](const Forecast& forecast) {
    const auto all = expectations(forecast, {});
    return std::any_of(all.begin(), all.end(), [](const auto& each) { return each.metric == "pswpin"; });
  };
  EXPECT_FALSE(counts_swap({.minor = 100}));
  const Forecast forecast{.major = 100, .misses = 100, .swaps = true, .device_in = 100, .zero_out = 3};
  EXPECT_TRUE(counts_swap(forecast));
  for (const char* source : {"memcg", "vmstat"}) {
    EXPECT_EQ(predicted(forecast, source, "pswpin"), Range(100)) << source;
    EXPECT_EQ(predicted(forecast, source, "pswpout"), Range(0)) << source;
    EXPECT_EQ(predicted(forecast, source, "zswpin"), Range(0)) << source;
    EXPECT_EQ(predicted(forecast, source, "swpout_zero"), Range(3)) << source;
  }
}

TEST(Rows, OfSwapContradictByASinglePage) {
  const Forecast forecast{.major = 100, .misses = 100, .swaps = true, .device_in = 100};
  for (const std::string_view metric : swap_counters()) {
    Counts counts = obedient(forecast);
    EXPECT_EQ(row(reconcile(forecast, {}, counts), "vmstat", metric).verdict, Verdict::closes) << metric;
    set(counts, "vmstat", metric, Value(std::int64_t{metric == "pswpin" ? 99 : 1}));
    EXPECT_EQ(row(reconcile(forecast, {}, counts), "vmstat", metric).verdict, Verdict::off) << metric;
  }
}

TEST(Expectations, FaultsWithoutATrapAreHiddenFromPerf) {
  const Forecast forecast{.minor = 100, .direct_minor = 100};
  EXPECT_EQ(predicted(forecast, "rusage", "minor"), Range(100));
  EXPECT_EQ(predicted(forecast, "perf", "minor"), Range(0));
  EXPECT_EQ(predicted(forecast, "perf", "traps"), Range(0));
  EXPECT_EQ(predicted(forecast, "memcg", "pgfault"), Range(100));
}

TEST(Expectations, CopiesTrapInKernelMode) {
  const Forecast forecast{.minor = 100, .kernel_minor = 100, .failed_copies = 7};
  EXPECT_EQ(predicted(forecast, "perf", "minor"), Range(100));
  EXPECT_EQ(predicted(forecast, "perf_user", "minor"), Range(0));
  EXPECT_EQ(predicted(forecast, "perf_kernel", "minor"), Range(100));
  EXPECT_EQ(predicted(forecast, "perf", "traps"), Range(100));
  EXPECT_EQ(predicted(forecast, "tracepoint", "kernel"), Range(107));
}

TEST(Expectations, FailedTrapsAreInNoAccount) {
  const Forecast forecast{.failed = 100, .failed_counted = 40, .failed_kernel = 10};
  EXPECT_EQ(predicted(forecast, "rusage", "minor"), Range(0));
  EXPECT_EQ(predicted(forecast, "perf", "traps"), Range(100));
  EXPECT_EQ(predicted(forecast, "perf_user", "traps"), Range(90));
  EXPECT_EQ(predicted(forecast, "perf_kernel", "traps"), Range(10));
  EXPECT_EQ(predicted(forecast, "memcg", "pgfault"), Range(40));
}

TEST(Expectations, MajorsAndMissesAreTwoThings) {
  const Forecast forecast{.minor = 90, .major = 10, .misses = 1};
  EXPECT_EQ(predicted(forecast, "rusage", "major"), Range(10));
  EXPECT_EQ(predicted(forecast, "perf", "traps"), Range(100));
  EXPECT_EQ(predicted(forecast, "memcg", "pgfault"), Range(100));
  EXPECT_EQ(predicted(forecast, "memcg", "pgmajfault"), Range(1));
}

TEST(Expectations, OlderKernelsCountRetriedPassesToo) {
  const Forecast forecast{.minor = 90, .major = 10, .misses = 10};
  EXPECT_EQ(predicted(forecast, "memcg", "pgfault", {.pgfault_counts_retries = true}), Range(100, 110));
  EXPECT_EQ(predicted(forecast, "rusage", "major", {.pgfault_counts_retries = true}), Range(10));
}

TEST(Reconcile, ClosesWhereEverySourceSaysWhatItMust) {
  const Forecast forecast{.minor = 100, .major = 3, .misses = 3, .kernel_minor = 20, .failed = 5};
  const auto rows = reconcile(forecast, {}, obedient(forecast));
  EXPECT_TRUE(all_close(rows));
  for (const JudgedRow& each : rows) EXPECT_EQ(each.verdict, Verdict::closes) << each.expected.source;
}

TEST(Reconcile, EveryRowFailsWhenItsPredictionIsShifted) {
  const Forecast forecast{.minor = 100, .major = 3, .misses = 3, .kernel_minor = 20, .failed = 5};
  for (const std::int64_t shift : {-1, 1}) {
    for (const JudgedRow& each : reconcile(forecast, {}, obedient(forecast), shift)) {
      EXPECT_EQ(each.verdict, Verdict::off) << each.expected.source << " " << each.expected.metric;
      EXPECT_EQ(each.residual, -shift);
    }
  }
}

TEST(Reconcile, ARangeIsLeftBehindByAShift) {
  const Forecast forecast{.minor = Range(100, 200)};
  Counts counts = obedient({.minor = 150});
  for (const std::int64_t shift : {-1, 1}) {
    EXPECT_EQ(row(reconcile(forecast, {}, counts, shift), "rusage", "minor").verdict, Verdict::off);
  }
}

TEST(Reconcile, InARangeTheSourcesMustStillAgree) {
  const Forecast forecast{.minor = Range(100, 200)};
  Counts counts = obedient({.minor = 150});
  EXPECT_TRUE(all_close(reconcile(forecast, {}, counts)));
  set(counts, "perf", "minor", Value(std::int64_t{151}));
  const auto rows = reconcile(forecast, {}, counts);
  EXPECT_EQ(row(rows, "perf", "minor").verdict, Verdict::off);
  EXPECT_EQ(row(rows, "perf", "minor").residual, 1);
  EXPECT_FALSE(all_close(rows));
}

TEST(Reconcile, OutsideItsRangeTheAccountIsOff) {
  const auto rows = reconcile({.minor = Range(100, 200)}, {}, obedient({.minor = 250}));
  EXPECT_EQ(row(rows, "rusage", "minor").residual, 50);
  EXPECT_FALSE(all_close(rows));
}

TEST(Reconcile, WhatOthersAreCountedToHaveHadIsTheirs) {
  const Forecast forecast{.minor = 100};
  Counts counts = obedient(forecast);
  set(counts, "vmstat", "pgfault", Value(std::int64_t{112}));
  EXPECT_EQ(row(reconcile(forecast, {}, counts), "vmstat", "pgfault").verdict, Verdict::off);
  set(counts, kOthers, "pgfault_least", Value(std::int64_t{3}));
  set(counts, kOthers, "pgfault", Value(std::int64_t{5}));
  EXPECT_EQ(row(reconcile(forecast, {}, counts), "vmstat", "pgfault").verdict, Verdict::unsettled);
  set(counts, kOthers, "pgfault_least", Value(std::int64_t{11}));
  set(counts, kOthers, "pgfault", Value(std::int64_t{13}));
  const auto rows = reconcile(forecast, {}, counts);
  EXPECT_EQ(row(rows, "vmstat", "pgfault").verdict, Verdict::explained);
  EXPECT_EQ(row(rows, "vmstat", "pgfault").detail, "others=11..13");
  EXPECT_TRUE(all_close(rows));
}

// Nobody trapped, but others populated memory: only their cgroups have counted that.
TEST(Reconcile, FaultsOfOthersWithoutATrapAreInTheirCgroups) {
  const Forecast forecast{.minor = 100};
  Counts counts = obedient(forecast);
  set(counts, "vmstat", "pgfault", Value(std::int64_t{112}));
  set(counts, kOthersCharged, "pgfault", Missing{"not in sight"});
  EXPECT_EQ(row(reconcile(forecast, {}, counts), "vmstat", "pgfault").verdict, Verdict::unsettled);
  set(counts, kOthersCharged, "pgfault", Value(std::int64_t{12}));
  set(counts, kOthersCharged, "pgfault_least", Value(std::int64_t{12}));
  const auto rows = reconcile(forecast, {}, counts);
  EXPECT_EQ(row(rows, "vmstat", "pgfault").verdict, Verdict::explained);
  EXPECT_EQ(row(rows, "vmstat", "pgfault").detail, "others_memcg=12");
}

TEST(Reconcile, OthersExplainNothingInTheTasksOwnSources) {
  const Forecast forecast{.minor = 100};
  Counts counts = obedient(forecast);
  set(counts, "memcg", "pgfault", Value(std::int64_t{112}));
  for (const char* metric : {"pgfault", "pgfault_least", "traps"})
    set(counts, kOthers, metric, Value(std::int64_t{12}));
  EXPECT_EQ(row(reconcile(forecast, {}, counts), "memcg", "pgfault").verdict, Verdict::off);
}

TEST(Reconcile, MissingSourcesAreNeitherRightNorWrong) {
  const Forecast forecast{.minor = 100};
  Counts counts = obedient(forecast);
  set(counts, "perf", "minor", Missing{"no right"});
  const auto rows = reconcile(forecast, {}, counts);
  EXPECT_EQ(row(rows, "perf", "minor").verdict, Verdict::missing);
  EXPECT_EQ(row(rows, "perf", "minor").residual, std::nullopt);
  EXPECT_TRUE(all_close(rows));
  EXPECT_FALSE(all_close(reconcile(forecast, {}, {}))) << "nothing read confirms nothing";
}

}  // namespace
}  // namespace faultlab::run
