// The threads of a trial that do its accesses, as seen from outside.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.hpp"
#include "measure/reading.hpp"

namespace faultlab {

// Every thread of the process but its first: the first waits for the others, and its waiting is not the
// workload's. An error where there are none: a command's processes are not followed.
Result<std::vector<pid_t>> workers_of(pid_t process, const std::string& root);

// What the scheduler says of these threads since they were made, summed. Both are up to date while the
// threads sleep; a thread that ends takes its numbers with it, which is an error.
struct Scheduled {
  std::int64_t cpu_ns = 0;       // on a CPU, time stolen by a hypervisor not included where it is known
  std::int64_t runqueue_ns = 0;  // runnable, but waiting for a CPU
};
Result<Scheduled> scheduled(pid_t process, const std::vector<pid_t>& threads, const std::string& root);

// The error in one sentence, for a reading that is missing because of it.
Missing missing_for(const Error& error);

}  // namespace faultlab
