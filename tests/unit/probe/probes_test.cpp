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
    const auto made =
        find(probe_table(), probe)->make({.pid = 42, .root = root_.path(), .progress = &progress_});
    made->before();
    change();
    made->after();
    Readings readings;
    made->report(readings);
    return readings;
  }
  void announce(std::initializer_list<pid_t> workers) {
    std::size_t place = 0;
    for (const pid_t worker : workers) {
      progress_.workers[place].process = 42;
      progress_.workers[place++].thread = worker;
    }
  }
  testing::TemporaryFolder root_;
  ProgressPage progress_{};
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

TEST_F(ProbesTest, OwnMemoryIsWhatIsHeldAtTheEnd) {
  write("/proc/42/status", "VmRSS:\t  900 kB\nRssAnon:\t     128 kB\nRssFile:\t 772 kB\n");
  Readings readings = measure("own_memory", [&] { write("/proc/42/status", "RssAnon:\t     160 kB\n"); });
  EXPECT_EQ(find(readings, "process_anonymous_bytes", "own_memory")->value.integer(), 160 * 1024);
  readings = measure("own_memory", [&] { write("/proc/42/status", "VmRSS:\t  900 kB\n"); });
  EXPECT_FALSE(find(readings, "process_anonymous_bytes", "own_memory")->value.present());
}

TEST_F(ProbesTest, SeveralProcessesAreAdded) {
  announce({42});
  progress_.workers[1].process = 43;
  progress_.workers[1].thread = 44;
  const auto io = [](int calls) {
    return "syscr: " + std::to_string(calls) + "\nsyscw: 0\nread_bytes: 4096\nwrite_bytes: 0\n";
  };
  write("/proc/42/io", io(1));
  write("/proc/43/io", io(10));
  const Readings readings = measure("io", [&] {
    write("/proc/42/io", io(3));
    write("/proc/43/io", io(50));
  });
  EXPECT_EQ(find(readings, "file_syscalls", "io")->value.integer(), 2 + 40);
}

TEST_F(ProbesTest, AProcessThatIsGoneIsMissingAndNotLeftOut) {
  announce({42});
  progress_.workers[1].process = 43;
  write("/proc/42/io", "syscr: 1\nsyscw: 0\nread_bytes: 4096\nwrite_bytes: 0\n");
  const Readings readings = measure("io", [] {});
  EXPECT_FALSE(find(readings, "file_syscalls", "io")->value.present());
}

TEST_F(ProbesTest, IoCountsBytesAndCalls) {
  write("/proc/42/io", "rchar: 1\nwchar: 1\nsyscr: 5\nsyscw: 1\nread_bytes: 4096\nwrite_bytes: 0\n");
  const Readings readings = measure("io", [&] {
    write("/proc/42/io", "rchar: 1\nwchar: 1\nsyscr: 9\nsyscw: 2\nread_bytes: 12288\nwrite_bytes: 512\n");
  });
  EXPECT_EQ(find(readings, "device_read_bytes", "io")->value.integer(), 8192);
  EXPECT_EQ(find(readings, "device_written_bytes", "io")->value.integer(), 512);
  EXPECT_EQ(find(readings, "file_syscalls", "io")->value.integer(), 5);
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

TEST_F(ProbesTest, SchedstatSumsTheWorkersAndNoOtherThread) {
  announce({43, 44});
  write("/proc/42/task/42/schedstat", "7000 7000 7\n");
  write("/proc/42/task/43/schedstat", "100 10 3\n");
  write("/proc/42/task/44/schedstat", "200 20 4\n");
  write("/proc/42/task/45/schedstat", "600 60 6\n");  // of a runtime library
  const Readings readings = measure("schedstat", [&] {
    write("/proc/42/task/42/schedstat", "9000 9000 9\n");
    write("/proc/42/task/43/schedstat", "150 11 4\n");
    write("/proc/42/task/44/schedstat", "260 50 9\n");
    write("/proc/42/task/45/schedstat", "999 999 9\n");
  });
  EXPECT_EQ(find(readings, "cpu_ns", "schedstat")->value.integer(), 110);
  EXPECT_EQ(find(readings, "runqueue_ns", "schedstat")->value.integer(), 31);
}

TEST_F(ProbesTest, AThreadThatEndsTakesItsNumbersWithIt) {
  announce({43});
  write("/proc/42/task/42/schedstat", "7000 7000 7\n");
  write("/proc/42/task/43/schedstat", "100 10 3\n");
  const Readings readings =
      measure("schedstat", [&] { std::filesystem::remove_all(root_.path() + "/proc/42/task/43"); });
  EXPECT_FALSE(find(readings, "cpu_ns", "schedstat")->value.present());
}

TEST_F(ProbesTest, DelaysNameTheKnobThatIsOff) {
  write("/proc/sys/kernel/task_delayacct", "0\n");
  write("/proc/42/task/43/schedstat", "100 10 3\n");
  const Readings readings = measure("delays", [] {});
  EXPECT_NE(find(readings, "io_wait_ns", "delays")->value.why().find("task_delayacct"), std::string::npos);
}

TEST_F(ProbesTest, WithoutWorkersTheirTimeIsMissing) {
  write("/proc/sys/kernel/task_delayacct", "1\n");
  write("/proc/42/task/42/schedstat", "7000 7000 7\n");
  for (const auto& [probe, metric] :
       {std::pair{"schedstat", "cpu_ns"}, {"delays", "io_wait_ns"}, {"time_bpf", "user_work_ns"}}) {
    const Readings readings = measure(probe, [] {});
    EXPECT_NE(find(readings, metric, probe)->value.why().find("no worker thread"), std::string::npos)
        << probe;
  }
}

TEST_F(ProbesTest, ShootdownsAreSummedOverTheCpus) {
  const std::string others =
      "           CPU0       CPU1\n LOC:     100000     200000   Local timer interrupts\n";
  write("/proc/interrupts", others + " TLB:       3550       2811   TLB shootdowns\n");
  const Readings readings = measure("interrupts", [&] {
    write("/proc/interrupts",
          others + " TLB:       3552       2814   TLB shootdowns\n MCE: 0 0 Machine checks\n");
  });
  EXPECT_EQ(find(readings, "tlb_shootdowns", "interrupts")->value.integer(), 5);
  EXPECT_NE(find(readings, "tlb_shootdowns", "interrupts")->note.find("host"), std::string::npos);
}

TEST_F(ProbesTest, WithoutItsRowAShootdownCountIsMissing) {
  write("/proc/interrupts", "           CPU0\nIPI0:      100   Rescheduling interrupts\n");
  const Readings readings = measure("interrupts", [] {});
  ASSERT_FALSE(find(readings, "tlb_shootdowns", "interrupts")->value.present());
  EXPECT_NE(find(readings, "tlb_shootdowns", "interrupts")->value.why().find("TLB"), std::string::npos);
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
