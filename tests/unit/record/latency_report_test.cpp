// Latency reports: nothing is lost on the way, thin tails say so, and what is not known is not 0.
#include "record/latency_report.hpp"

#include <gtest/gtest.h>

#include "measure/hgrm.hpp"

namespace faultlab::record {
namespace {

LatencyReport report_example() {
  LatencyReport report{.clock = "tsc", .timer_ns = 18.5, .sampled = false, .no_classes = {}, .counts = {}};
  for (std::uint64_t i = 0; i < 999; ++i) report.counts.classes[index_of(FaultClass::hit)].record(40 + i % 7);
  report.counts.classes[index_of(FaultClass::blocked_minor)].record(2'800'000, 3);
  report.counts.preempted = 2;
  report.counts.harness_ns = 1000;
  report.counts.session_ns = 8'443'000;
  return report;
}

TEST(LatencyReport, ComesBackFromJsonAsItWas) {
  const LatencyReport report = report_example();
  const LatencyReport back = latency_from_json(Json::parse(to_json(report).dump()));
  EXPECT_EQ(to_json(back), to_json(report));
  const Histogram& hits = back.counts.classes[index_of(FaultClass::hit)];
  EXPECT_EQ(hgrm_text(hits), hgrm_text(report.counts.classes[index_of(FaultClass::hit)]));
}

TEST(LatencyReport, TheSummarysSharesMakeUpTheTime) {
  const Json json = summary(report_example(), false);
  ASSERT_EQ(json.at("classes").size(), 2U) << "a class that was not met is not there";
  double shares = 1000.0 / (json.at("classes").at("hit").at("total_ns").get<double>() + 8'400'000 + 1000);
  for (const auto& each : json.at("classes")) shares += each.at("share").get<double>();
  EXPECT_NEAR(shares, 1.0, 1e-12);
}

TEST(LatencyReport, AThinTailIsMissing) {
  const Json hit = summary(report_example(), false).at("classes").at("hit");
  EXPECT_TRUE(hit.at("p99_ns").is_number());
  EXPECT_EQ(hit.at("p999_ns").at("missing"), "999 samples: this percentile needs 1000");
}

TEST(LatencyReport, UnderEmulationOnlyCountsAreLeft) {
  const Json json = summary(report_example(), true);
  EXPECT_EQ(json.at("classes").at("hit"), (Json{{"count", 999}}));
  for (const char* time : {"timer_ns", "threads_ns", "harness_ns"}) {
    EXPECT_EQ(json.at(time).at("missing"), "emulated") << time;
  }
}

TEST(LatencyReport, RefusedEventsAreMissingAndNotZero) {
  LatencyReport report = report_example();
  report.no_classes = "open the perf event minor-faults: Permission denied";
  Readings readings;
  add_readings(report, readings);
  for (const char* metric : {"blocked_faults", "unclassified_accesses", "preempted_accesses"}) {
    ASSERT_FALSE(find(readings, metric, "latency")->value.present()) << metric;
    EXPECT_EQ(find(readings, metric, "latency")->value.why(), report.no_classes);
  }
  EXPECT_TRUE(find(readings, "timer_ns", "latency")->value.present());
  EXPECT_EQ(summary(report, false).at("no_classes").at("missing"), report.no_classes);
}

}  // namespace
}  // namespace faultlab::record
