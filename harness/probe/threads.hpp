// The threads of the trial's process, for probes that open an event on each.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "catalogue/probe_spec.hpp"

namespace faultlab {

// In the order of /proc/PID/task: the main thread first. Fails on a captured tree, whose numbers mean
// other threads here, or none.
Result<std::vector<pid_t>> threads_of(const ProbeTarget& target);

// "what (remedy)": the reason of a missing reading.
std::string reason_of(const Error& error);

}  // namespace faultlab
