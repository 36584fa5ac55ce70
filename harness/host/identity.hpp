// Which process, beyond its number: pids are reused, a pid with its start time and boot is not.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace faultlab::host {

// /proc/sys/kernel/random/boot_id.
Result<std::string> boot_id();

// Field 22 of /proc/PID/stat (proc_pid_stat(5)): ticks from boot to the start of the process.
Result<std::uint64_t> start_ticks(pid_t pid);

// A process with this pid and start time exists and is more than a zombie.
bool is_alive(pid_t pid, std::uint64_t ticks);

// SIGKILL, then waits (bounded) until it has ended; sends nothing when the process is another one by
// now. An error where it is still there.
Result<> kill_process(pid_t pid, std::uint64_t ticks);

}  // namespace faultlab::host
