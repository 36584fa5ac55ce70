// Probes on captured kernel files: the numbers, and the reasons where there are none.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "catalogue/tables.hpp"
#include "probe/counters.hpp"
#include "record/derive.hpp"
#include "support/temporary_folder.hpp"

namespace faultlab {
namespace {

class ProbesTest : public ::testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    const auto whole = std::filesystem::path(root_.path() + path);
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }
  // Reads once, changes the files, reads again.
  Readings measure(const std::string& probe, const std::function<void()>& change) {
    const auto made = find(probe_table(), probe)->make({.pid = 42, .root = root_.path()});
    made->before();
    change();
    made->after();
    Readings readings;
    made->report(readings);
    return readings;
  }
  testing::TemporaryFolder root_;
};

TEST_F(ProbesTest, TaskStatReadsBehindAnAwkwardName) {
  const std::string head = "42 (a) b ( c) R 1 1 1 0 -1 0 ";
  write("/proc/42/stat", head + "100 10 5 1 30 20 2 3 20 0 1 0");
  const Readings readings =
      measure("task_stat", [&] { write("/proc/42/stat", head + "160 10 9 1 31 20 2 3 20 0 1 0"); });
  EXPECT_EQ(find(readings, "minor_faults", "task_stat")->value.integer(), 60);
  EXPECT_EQ(find(readings, "major_faults", "task_stat")->value.integer(), 4);
  EXPECT_GT(find(readings, "user_ns", "task_stat")->value.integer(), 0);
  EXPECT_TRUE(find(readings, "user_ns", "task_stat")->within.has_value()) << "a clock tick";
}

TEST_F(ProbesTest, IoCountsBytesAndCalls) {
  write("/proc/42/io", "rchar: 1\nwchar: 1\nsyscr: 5\nsyscw: 1\nread_bytes: 4096\nwrite_bytes: 0\n");
  const Readings readings = measure("io", [&] {
    write("/proc/42/io", "rchar: 1\nwchar: 1\nsyscr: 9\nsyscw: 2\nread_bytes: 12288\nwrite_bytes: 512\n");
  });
  EXPECT_EQ(find(readings, "device_read_bytes", "io")->value.integer(), 8192);
  EXPECT_EQ(find(readings, "device_written_bytes", "io")->value.integer(), 512);
  EXPECT_EQ(find(readings, "syscalls", "io")->value.integer(), 5);
}

TEST_F(ProbesTest, VmstatNamesTheRowThatAKernelLacks) {
  write("/proc/vmstat", "pgfault 100\npgmajfault 7\n");
  const Readings readings = measure("vmstat", [&] { write("/proc/vmstat", "pgfault 150\npgmajfault 9\n"); });
  EXPECT_EQ(find(readings, "minor_faults", "vmstat")->value.integer(), 48);
  const Value refaults = find(readings, "refaulted_pages", "vmstat")->value;
  ASSERT_FALSE(refaults.present());
  EXPECT_NE(refaults.why().find("workingset_refault_file"), std::string::npos);
}

TEST_F(ProbesTest, PsiIsInNanoseconds) {
  write("/proc/pressure/memory", "some avg10=0.00 total=100\nfull avg10=0.00 total=50\n");
  const Readings readings = measure("psi", [&] {
    write("/proc/pressure/memory", "some avg10=0.00 total=103\nfull avg10=0.00 total=50\n");
  });
  EXPECT_EQ(find(readings, "psi_some_ns", "psi")->value.integer(), 3000);
  EXPECT_EQ(find(readings, "psi_full_ns", "psi")->value.integer(), 0);
  EXPECT_FALSE(find(readings, "psi_some_ns", "psi")->note.empty()) << "the whole host's";
}

TEST_F(ProbesTest, StealIsReadFromTheEighthColumn) {
  write("/proc/stat", "cpu  1 2 3 4 5 6 7 8 9 10\n");
  const Readings readings = measure("steal", [&] { write("/proc/stat", "cpu  1 2 3 4 5 6 7 11 9 10\n"); });
  EXPECT_EQ(find(readings, "steal_ns", "steal")->value.integer(), 30'000'000);
}

// Whatever the host lacks: every reading is there, as a number or as missing with a reason; the name
// is in the registry, and the probe's own name is one of that metric's sources.
TEST_F(ProbesTest, OnAnEmptyHostNothingReadsZero) {
  for (const ProbeSpec* spec : probe_table()) {
    if (spec->side == ProbeSide::child) continue;
    const Readings readings = measure(std::string(spec->row.name), [] {});
    EXPECT_FALSE(readings.empty()) << spec->row.name;
    for (const Reading& reading : readings) {
      ASSERT_FALSE(reading.value.present()) << spec->row.name << " " << reading.metric;
      EXPECT_FALSE(reading.value.why().empty());
    }
  }
}

TEST_F(ProbesTest, EverySourceIsKnownToItsMetric) {
  for (const ProbeSpec* spec : probe_table()) {
    for (const Reading& reading : measure(std::string(spec->row.name), [] {})) {
      EXPECT_EQ(reading.source, spec->row.name);
      Readings only = {{reading.metric, reading.source, Value(std::int64_t{1})}};
      EXPECT_TRUE(record::primary(only, reading.metric).present()) << reading.metric << "@" << reading.source;
    }
  }
}

}  // namespace
}  // namespace faultlab
