// Where the workers' time went: the parts that follow from other readings, and what they leave over.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "catalogue/engine_spec.hpp"
#include "measure/reading.hpp"

namespace faultlab::record {

// The parts into which threads times wall time is split. They exclude each other.
inline constexpr std::array<std::string_view, 9> kTimeParts = {"user_work_ns", "fault_ns",   "copy_ns",
                                                               "reclaim_ns",   "io_wait_ns", "blocked_ns",
                                                               "runqueue_ns",  "stolen_ns",  "idle_ns"};

struct Split {
  unsigned threads = 1;
  KernelWork kernel_work = KernelWork::unknown;
  std::int64_t tick_ns = 0;  // of the kernel's clock, by whose samples it tells user from system time
};

// Appends the parts that no probe reads: stolen_ns, and from the scheduler's and getrusage(2)'s numbers
// user_work_ns, fault_ns or copy_ns; then unexplained_ns, whose note names the parts, their sources and
// what is missing. Takes stolen time out of the parts that time_bpf measured by the clock.
void derive_time(Readings& readings, const Split& split);

}  // namespace faultlab::record
