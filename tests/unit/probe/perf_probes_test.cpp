// The probes that count and trace faults, on a process whose faults are known.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include "catalogue/tables.hpp"
#include "measure/progress.hpp"
#include "probe/fault_file.hpp"
#include "probe/fault_rings.hpp"
#include "support/temporary_folder.hpp"
#include "support/toucher.hpp"

namespace faultlab {
namespace {

constexpr std::size_t kUser = 700;
constexpr std::size_t kKernel = 300;

std::int64_t number(const Readings& readings, const char* metric, const char* source) {
  const Reading* reading = find(readings, metric, source);
  if (reading == nullptr || !reading->value.present()) {
    ADD_FAILURE() << metric << "@" << source << ": " << (reading ? reading->value.why() : "absent");
    return -1;
  }
  return reading->value.integer();
}

Readings measure(const char* name, const ProbeTarget& target, testing::Toucher& toucher) {
  const auto probe = find(probe_table(), name)->make(target);
  probe->before();
  toucher.touch();
  probe->after();
  Readings readings;
  probe->report(readings);
  return readings;
}

// Exactly, where no shadow memory faults too.
void expect_count(std::int64_t count, std::size_t expected) {
  if (testing::sanitized()) {
    EXPECT_GE(count, static_cast<std::int64_t>(expected));
  } else {
    EXPECT_EQ(count, static_cast<std::int64_t>(expected));
  }
}

TEST(PerfFaults, CountsTheFaultsOfAnotherProcessByMode) {
  testing::Toucher toucher(kUser, kKernel);
  const Readings readings = measure("perf_faults", {.pid = toucher.pid()}, toucher);
  const Reading* minor = find(readings, "minor_faults", "perf_faults");
  ASSERT_NE(minor, nullptr);
  if (!minor->value.present()) GTEST_SKIP() << minor->value.why();
  expect_count(minor->value.integer(), kUser + kKernel);
  expect_count(number(readings, "user_minor_faults", "perf_faults"), kUser);
  expect_count(number(readings, "kernel_minor_faults", "perf_faults"), kKernel);
  EXPECT_EQ(number(readings, "major_faults", "perf_faults"), 0);
  EXPECT_GE(number(readings, "context_switches", "perf_faults"), 1) << "it waited for the word to go";
  for (const char* metric : {"cycles", "instructions", "dtlb_misses"}) {
    const Reading* reading = find(readings, metric, "perf_faults");
    ASSERT_NE(reading, nullptr) << metric;
    EXPECT_TRUE(reading->value.present() || !reading->value.why().empty()) << metric;
  }
}

TEST(PerfFaults, ASampleIsTheCountSoFar) {
  testing::Toucher toucher(kUser, 0);
  const auto probe = find(probe_table(), "perf_faults")->make({.pid = toucher.pid()});
  probe->before();
  const auto minor_now = [&] {
    Sample sample;
    probe->sample(sample);
    const auto at = std::find_if(sample.begin(), sample.end(),
                                 [](const auto& each) { return each.first == "minor_faults"; });
    return at == sample.end() ? Value(Missing{"not sampled"}) : at->second;
  };
  if (const Value first = minor_now(); !first.present()) GTEST_SKIP() << first.why();
  EXPECT_EQ(minor_now().integer(), 0);
  toucher.touch();
  expect_count(minor_now().integer(), kUser);
}

// A killed trial has its numbers: the events belong to us.
TEST(PerfFaults, OutliveTheProcess) {
  auto toucher = std::make_unique<testing::Toucher>(kUser, 0);
  const auto probe = find(probe_table(), "perf_faults")->make({.pid = toucher->pid()});
  probe->before();
  toucher->touch();
  toucher.reset();
  probe->after();
  Readings readings;
  probe->report(readings);
  if (const auto* minor = find(readings, "minor_faults", "perf_faults"); !minor->value.present())
    GTEST_SKIP() << minor->value.why();
  EXPECT_GE(number(readings, "minor_faults", "perf_faults"), static_cast<std::int64_t>(kUser));
}

TEST(PerfFaults, OfAProcessThatIsGoneEverythingIsMissing) {
  for (const char* name : {"perf_faults", "fault_trace"}) {
    const auto probe = find(probe_table(), name)->make({.pid = 0x3FFFFFFF});
    probe->before();
    probe->after();
    Readings readings;
    probe->report(readings);
    for (const Reading& reading : readings) {
      ASSERT_FALSE(reading.value.present()) << reading.metric;
      EXPECT_NE(reading.value.why().find("has ended"), std::string::npos) << reading.value.why();
    }
  }
}

template <class T>
T value_at(const std::string& bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

TEST(FaultTrace, HoldsExactlyTheAddressesTouched) {
  testing::TemporaryFolder folder;
  testing::Toucher toucher(kUser, kKernel);
  ProgressPage progress{};
  progress.window_begin.store(1234);
  progress.window_end.store(5678);
  const Readings readings = measure(
      "fault_trace",
      {.pid = toucher.pid(), .run_folder = folder.path(), .sequence = 7, .progress = &progress}, toucher);
  if (!find(readings, "traced_faults", "fault_trace")->value.present())
    GTEST_SKIP() << find(readings, "traced_faults", "fault_trace")->value.why();
  const auto traced = static_cast<std::uint64_t>(number(readings, "traced_faults", "fault_trace"));
  EXPECT_EQ(number(readings, "lost_fault_samples", "fault_trace"), 0);
  const Value failed = find(readings, "failed_faults", "fault_trace")->value;
  EXPECT_TRUE(!failed.present() || failed.integer() == 0);

  std::ostringstream text;
  text << std::ifstream(folder.path() + "/faults/00007.faults", std::ios::binary).rdbuf();
  const std::string bytes = text.str();
  ASSERT_GE(bytes.size(), sizeof(FaultFileHeader));
  const auto header = value_at<FaultFileHeader>(bytes, 0);
  EXPECT_EQ(header.records, traced);
  EXPECT_EQ(header.window_begin_ns, 1234U);
  EXPECT_EQ(header.window_end_ns, 5678U);
  EXPECT_EQ(header.process, static_cast<std::uint32_t>(toucher.pid()));
  ASSERT_EQ(header.regions_at, sizeof header + traced * sizeof(FaultRecord));

  const bool user_only = (header.flags & kUserModeOnly) != 0;
  std::vector<std::uint64_t> touched, expected;
  for (std::uint64_t i = 0; i < traced; ++i) {
    const auto record = value_at<FaultRecord>(bytes, sizeof header + i * sizeof(FaultRecord));
    if (record.address < toucher.begin() || record.address >= toucher.end()) continue;
    touched.push_back(record.address);
    EXPECT_EQ(record.kind, FaultKind::minor);
    EXPECT_EQ(record.mode, record.address < toucher.kernel_begin() ? FaultMode::user : FaultMode::kernel);
    EXPECT_EQ(record.thread, static_cast<std::uint32_t>(toucher.pid()));
    EXPECT_NE(record.instruction, 0U);
  }
  for (std::size_t i = 0; i < kUser + (user_only ? 0 : kKernel); ++i)
    expected.push_back(toucher.begin() + i * kPage.value);
  std::sort(touched.begin(), touched.end());
  EXPECT_EQ(touched, expected);
  expect_count(static_cast<std::int64_t>(traced), expected.size());
}

TEST(FaultRings, WhatFindsNoRoomIsCountedAllTheSame) {
  constexpr std::size_t kMany = 4000;
  testing::Toucher toucher(kMany, 0);
  auto rings = FaultRings::open({toucher.pid()}, 8);
  if (!rings) GTEST_SKIP() << rings.error().what;
  toucher.touch();
  ASSERT_TRUE(rings->stop());
  std::size_t visited = 0;
  const std::size_t kept = rings->drain([&](const FaultRecord&) { ++visited; });
  const auto counted = rings->counted();
  ASSERT_TRUE(counted) << counted.error().what;
  EXPECT_EQ(visited, kept);
  EXPECT_GE(kept, 8 * kPage.value / 40 / 2) << "the ring was used";
  EXPECT_LT(kept, kMany) << "and was too small";
  expect_count(static_cast<std::int64_t>(*counted), kMany);
}

TEST(FaultTrace, CountsTrapsThatEndInASignal) {
  if (testing::sanitized()) GTEST_SKIP() << "a sanitizer has a say in SIGSEGV";
  constexpr std::size_t kFailures = 50;
  testing::Toucher toucher(kUser, 0, kFailures);
  const Readings readings = measure("fault_trace", {.pid = toucher.pid()}, toucher);
  const Reading* failed = find(readings, "failed_faults", "fault_trace");
  ASSERT_NE(failed, nullptr);
  if (!failed->value.present()) GTEST_SKIP() << failed->value.why();
  EXPECT_EQ(failed->value.integer(), static_cast<std::int64_t>(kFailures));
  expect_count(number(readings, "traced_faults", "fault_trace"), kUser);
}

TEST(FaultFile, AnUnfinishedFileHasItsWholeRecordsAndNoRegions) {
  testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/00000.faults";
  auto file = FaultFile::create(path);
  ASSERT_TRUE(file) << file.error().what;
  for (std::uint64_t i = 0; i < 10'000; ++i) file->append({.time_ns = i});
  file->flush(77);
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  const auto header = value_at<FaultFileHeader>(text.str(), 0);
  EXPECT_EQ(header.records, 10'000U);
  EXPECT_EQ(header.window_begin_ns, 77U);
  EXPECT_EQ(header.regions_at, 0U);
  EXPECT_EQ(text.str().size(), sizeof header + 10'000 * sizeof(FaultRecord));
  EXPECT_EQ(value_at<FaultRecord>(text.str(), sizeof header + 9'999 * sizeof(FaultRecord)).time_ns, 9'999U);
}

TEST(FaultFile, ParsesTheKernelsMaps) {
  const auto regions = parse_maps(
      "55f21fc00000-55f21fc9d000 r-xp 00001000 fd:01 131 /usr/bin/a program\n"
      "7f10c0e00000-7f10c1000000 rw-p 00000000 00:00 0 \n"
      "7ffc5e5f8000-7ffc5e619000 rw-p 00000000 00:00 0                          [stack]\n"
      "nonsense\n");
  ASSERT_EQ(regions.size(), 3U);
  EXPECT_EQ(regions[0], (Region{0x55f21fc00000, 0x55f21fc9d000, 0x1000, 131, "/usr/bin/a program"}));
  EXPECT_EQ(regions[1], (Region{0x7f10c0e00000, 0x7f10c1000000, 0, 0, ""}));
  EXPECT_EQ(regions[2].path, "[stack]");
}

}  // namespace
}  // namespace faultlab
