// The processes and threads of a trial, as seen from outside.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalogue/probe_spec.hpp"
#include "probe/counters.hpp"

namespace faultlab {

// The one that the harness started, and those of the workers that have announced themselves.
std::vector<pid_t> processes_of(const ProbeTarget& target);

// Of all processes, in the order of /proc/PID/task: a main thread first. Fails on a captured tree, whose
// numbers mean other threads here, or none.
Result<std::vector<pid_t>> threads_of(const ProbeTarget& target);

struct Worker {
  pid_t process = 0;
  pid_t thread = 0;
};
// Those that do the accesses, as they announced themselves on the progress page: neither the first thread,
// which waits for them, nor one of a runtime library. An error where there are none.
Result<std::vector<Worker>> workers_of(const ProbeTarget& target);

// What the scheduler says of threads since they were made, summed. Both are up to date while the
// threads sleep; a thread that ends takes its numbers with it, which is an error.
struct Scheduled {
  std::int64_t cpu_ns = 0;       // on a CPU, time stolen by a hypervisor not included where it is known
  std::int64_t runqueue_ns = 0;  // runnable, but waiting for a CPU
};
Result<Scheduled> scheduled(const ProbeTarget& target, const std::vector<Worker>& workers);

// What `read` says of /proc/PID/`name`, of all processes together.
Counters of_processes(const ProbeTarget& target, std::string_view name,
                      Counters (*read)(const std::string& path));

// "what (remedy)": the reason of a missing reading.
std::string reason_of(const Error& error);

}  // namespace faultlab
